"""A report in pictures: one HTML file that needs neither network nor JavaScript."""

from .document import html

__all__ = ["html"]
