"""A report in pictures: one HTML file that needs neither network nor JavaScript."""

from .document import html, trace_of

__all__ = ["html", "trace_of"]
