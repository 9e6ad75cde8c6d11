"""A page of text: as wide as the terminal, 100 columns elsewhere, nothing cut, and names never taken for markup.

A page has a function that draws it on a :class:`~gatesmith.report.sheet.Sheet` of any width. :func:`clean` escapes all
strings, so that names in a model file cannot colour, move or clear a terminal. The styles are the names in
:data:`STYLES`; no information depends on colour alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import IO, Concatenate, ParamSpec

from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from .sheet import Column, Fact, Part, Row, Sheet, Span, Styled, clean
from .terminal import WIDTH, colourful, columns_of, only_ascii

__all__ = [
    "STYLES", "WIDTH", "Column", "Fact", "Page", "Part", "Row", "Sheet", "Span", "Styled", "clean", "paged", "show",
]  # fmt: skip

Arguments = ParamSpec("Arguments")
STYLES = {
    "head": "bold",
    "name": "bold cyan",
    "gate": "bold green",
    "dim": "dim",
    "note": "yellow",
    "good": "bold green",
    "bad": "bold red",
    "plain": "none",
}


@dataclass(frozen=True)
class Page:
    """A page, drawn when its width is known."""

    draw: Callable[[Sheet], None]

    def with_head(self, text: str) -> Page:
        """The page below a line of text."""

        def draw(sheet: Sheet) -> None:
            sheet.line(text)
            self.draw(sheet)

        return Page(draw)

    def at(self, width: int, ascii: bool = False) -> list[Text]:
        """The lines at a width; ``ascii`` as in :class:`Sheet`."""
        sheet = Sheet(width, ascii)
        self.draw(sheet)
        return sheet.lines

    @property
    def lines(self) -> list[Text]:
        """The lines at the full width."""
        return self.at(WIDTH)

    def plain(self, width: int = WIDTH, ascii: bool = False) -> str:
        """The page without colour."""
        return "".join(f"{line.plain.rstrip()}\n" for line in self.at(width, ascii))

    def ansi(self, width: int = WIDTH, ascii: bool = False) -> str:
        """The page with colour."""
        text = io.StringIO()
        console = Console(
            file=text, force_terminal=True, color_system="standard", no_color=False, width=width, theme=Theme(STYLES),
            highlight=False, markup=False, emoji=False, legacy_windows=False,
        )  # fmt: skip
        for line in self.at(width, ascii):
            console.print(line, soft_wrap=True)
        return text.getvalue()


def paged(draw: Callable[Concatenate[Sheet, Arguments], None]) -> Callable[Arguments, Page]:
    """Turns a function that draws on a sheet into one that returns a page."""

    @wraps(draw)
    def page(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Page:
        return Page(lambda sheet: draw(sheet, *arguments, **keywords))

    return page


def show(page: Page, stream: IO[str], choice: str = "auto") -> None:
    """Write a page to a stream."""
    text_at = page.ansi if colourful(stream, choice) else page.plain
    stream.write(text_at(columns_of(stream), only_ascii(stream)))
    stream.flush()
