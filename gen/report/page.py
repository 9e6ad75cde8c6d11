"""A page of text: as wide as the terminal, 100 columns elsewhere, nothing cut, no byte of a file taken for markup.

A page keeps what it says; :class:`~gatesmith.report.sheet.Sheet` sets it at a width. Every string passes
:func:`clean` on its way in, so what a model file calls its layers cannot colour, move or clear a terminal. Styles are
the few names in :data:`STYLES`; without colour the words and the layout carry everything.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from .sheet import Column, Part, Row, Sheet, Span, Styled, clean
from .terminal import WIDTH, colourful, columns_of

__all__ = ["STYLES", "WIDTH", "Column", "Page", "Part", "Row", "Sheet", "Span", "Styled", "clean", "show"]

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


@dataclass
class Page:
    """What is said, in order; :meth:`at` sets it. The methods are those of :class:`Sheet`."""

    ascii: bool = False
    blocks: list[Callable[[Sheet], None]] = field(default_factory=list)

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """One paragraph; its further lines are indented by ``hang``."""
        self.blocks.append(lambda sheet: sheet.line(*parts, indent=indent, hang=hang))

    def either(self, *parts: Part, otherwise: Callable[[Sheet], None]) -> None:
        """One line, or something else where that is too wide."""
        self.blocks.append(lambda sheet: sheet.either(parts, otherwise))

    def blank(self) -> None:
        """An empty line, unless there is one or the page is empty."""
        self.blocks.append(lambda sheet: sheet.blank())

    def verbatim(self, text: str, style: str = "plain", indent: int = 0) -> None:
        """Lines that keep their own blanks; one that is too long is folded."""
        self.blocks.append(lambda sheet: sheet.verbatim(text, style, indent))

    def facts(self, pairs: Sequence[tuple[str, Part | Sequence[Part]]], indent: int = 2, style: str = "dim") -> None:
        """Labels on the left, what they say on the right."""
        kept = list(pairs)
        self.blocks.append(lambda sheet: sheet.facts(kept, indent, style))

    def commands(self, pairs: Sequence[tuple[str, str]], indent: int = 2) -> None:
        """Commands and what they are for."""
        kept = list(pairs)
        self.blocks.append(lambda sheet: sheet.commands(kept, indent))

    def table(self, columns: Sequence[Column], rows: Sequence[Row], indent: int = 2, titles: bool = True) -> None:
        """A table under its titles."""
        shown, kept = list(columns), list(rows)
        self.blocks.append(lambda sheet: sheet.table(shown, kept, indent, titles))

    def at(self, width: int) -> list[Text]:
        """The lines at a width."""
        sheet = Sheet(width, self.ascii)
        for block in self.blocks:
            block(sheet)
        return sheet.lines

    @property
    def lines(self) -> list[Text]:
        """The lines at the full width."""
        return self.at(WIDTH)

    def plain(self, width: int = WIDTH) -> str:
        """The page without colour."""
        return "".join(f"{line.plain.rstrip()}\n" for line in self.at(width))

    def ansi(self, width: int = WIDTH) -> str:
        """The page with colour."""
        out = io.StringIO()
        console = Console(
            file=out, force_terminal=True, color_system="standard", no_color=False, width=width, theme=Theme(STYLES),
            highlight=False, markup=False, emoji=False, legacy_windows=False,
        )  # fmt: skip
        for line in self.at(width):
            console.print(line, soft_wrap=True)
        return out.getvalue()


def show(page: Page, stream: IO[str], choice: str = "auto") -> None:
    """Write a page."""
    width = columns_of(stream)
    stream.write(page.ansi(width) if colourful(stream, choice) else page.plain(width))
    stream.flush()
