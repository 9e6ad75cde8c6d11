"""Pages of the command line as what a notebook shows."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod

from ..report.page import STYLES, Page

COLOURS = {
    "head": "font-weight:bold",
    "name": "font-weight:bold;color:#006d77",
    "gate": "font-weight:bold;color:#2a6f2a",
    "dim": "color:#5c5c5c",
    "note": "color:#8a5a00",
    "good": "font-weight:bold;color:#1b6e1b",
    "bad": "font-weight:bold;color:#a4161a",
    "plain": "",
}
"""CSS of the styles of pages: at least 4.5 : 1 on white."""
assert set(COLOURS) == set(STYLES)


class Shown(ABC):
    """Something with a page: its text where text is shown, the same with colours in a notebook."""

    @abstractmethod
    def page(self) -> Page:
        """The page that the command line would show."""

    def __str__(self) -> str:
        return self.page().plain()

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
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
        return f'<pre style="line-height:1.3;font-family:ui-monospace,monospace">{chr(10).join(lines)}</pre>'
