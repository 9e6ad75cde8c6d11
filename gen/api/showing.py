"""The command line's pages in a notebook."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod

from ..report.page import STYLES, Page


def _tinted(colour: str) -> str:
    """CSS for the theme's text colour with a tint: a contrast of at least 4.5 : 1 on white and on dark themes."""
    return f"color:color-mix(in srgb,{colour} 45%,currentcolor)"


COLOURS = {
    "head": "font-weight:bold",
    "name": f"font-weight:bold;{_tinted('#006d77')}",
    "gate": f"font-weight:bold;{_tinted('#2a6f2a')}",
    "dim": "opacity:0.75",
    "note": _tinted("#8a5a00"),
    "good": f"font-weight:bold;{_tinted('#1b6e1b')}",
    "bad": f"font-weight:bold;{_tinted('#a4161a')}",
    "plain": "",
}
"""CSS of the styles of pages."""
assert set(COLOURS) == set(STYLES)


class Shown(ABC):
    """A result with a page: ``str`` is its text, and a notebook shows it with colours."""

    @abstractmethod
    def page(self) -> Page:
        """The page of the command line."""

    def picture(self) -> str:
        """SVG that a notebook shows below the page; empty if there is none."""
        return ""

    def __str__(self) -> str:
        return self.page().plain()

    def _repr_html_(self) -> str:
        """The HTML for Jupyter."""
        lines = []
        for line in self.page().lines:
            parts, at = [], 0
            for span in sorted(line.spans, key=lambda one: one.start):
                parts.append(html.escape(line.plain[at : span.start]))
                text, style = html.escape(line.plain[span.start : span.end]), COLOURS.get(str(span.style), "")
                parts.append(f'<span style="{style}">{text}</span>' if style else text)
                at = span.end
            parts.append(html.escape(line.plain[at:]))
            lines.append("".join(parts))
        style = "line-height:1.3;font-family:ui-monospace,monospace;color:inherit;background:none;white-space:pre-wrap"
        return f'<pre style="{style}">{chr(10).join(lines)}</pre>{self.picture()}'
