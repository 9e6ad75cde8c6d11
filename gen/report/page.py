"""A page of text: at most 100 columns, nothing cut, no byte of a file taken for markup or control.

Every string passes :func:`clean` on its way in, so what a model file calls its layers cannot colour, move or clear a
terminal. Styles are the few names in :data:`STYLES`; without colour the words and the layout carry everything.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from rich.theme import Theme

WIDTH = 100
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
RULE = "-"
GAP = 2


class Styled(NamedTuple):
    """A string with the name of a style."""

    text: str
    style: str


Part = str | Styled


def clean(text: str) -> str:
    """The text with everything that is not a printable character written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def as_ascii(text: str) -> str:
    """The text for a terminal that only has ASCII."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    right: bool = False
    style: str = "plain"
    folds: bool = False
    """May be narrowed: its cells then run over several lines."""


@dataclass(frozen=True)
class Span:
    """A row of a table that is one text from an indent to the end."""

    indent: int
    parts: tuple[Part, ...]


Row = Sequence[Part] | Span | None
"""Cells, a text across, or a rule."""


@dataclass
class Page:
    """Lines as they are written, wrapped on the way in."""

    ascii: bool = False
    lines: list[Text] = field(default_factory=list)

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """One paragraph; its further lines are indented by ``hang``."""
        hang = indent if hang is None else hang
        for number, row in enumerate(self._fold(self._text(parts), WIDTH - hang, WIDTH - indent)):
            self.lines.append(Text(" " * (hang if number else indent)).append_text(row))

    def blank(self) -> None:
        """An empty line, unless there is one or the page is empty."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def verbatim(self, text: str, style: str = "plain", indent: int = 0) -> None:
        """Lines that keep their own blanks; one that is too long is folded."""
        for row in text.split("\n"):
            kept = self._text([Styled(row, style)])
            for number, piece in enumerate(self._chop(kept, WIDTH - indent)):
                self.lines.append(Text(" " * (indent + 2 * bool(number))).append_text(piece))

    def facts(self, pairs: Sequence[tuple[str, Part | Sequence[Part]]], indent: int = 2, style: str = "dim") -> None:
        """Labels on the left, what they say on the right."""
        wide = max((cell_len(label) for label, _ in pairs), default=0)
        for label, value in pairs:
            parts: Sequence[Part] = [value] if isinstance(value, (str, Styled)) else value
            lead = Text(" " * indent).append(f"{label:<{wide}}", style).append(" " * GAP)
            for row in self._fold(self._text(parts), WIDTH - indent - wide - GAP):
                self.lines.append(lead.append_text(row))
                lead = Text(" " * (indent + wide + GAP))

    def rule(self, indent: int = 2, end: int = WIDTH) -> None:
        """A line across."""
        self.lines.append(Text(" " * indent).append(RULE * (end - indent), "dim"))

    def table(self, columns: Sequence[Column], rows: Sequence[Row], indent: int = 2, titles: bool = True) -> None:
        """A table under its titles. Columns that fold make room for the others."""
        cells = [self._cells(row, columns) for row in rows]
        widths = [
            max([cell_len(column.title) if titles else 0, *(row[index].cell_len for row in cells if row)])
            for index, column in enumerate(columns)
        ]
        self._narrow(widths, columns, WIDTH - indent - GAP * (len(columns) - 1))
        end = indent + sum(widths) + GAP * (len(columns) - 1)
        if titles:
            self._row([Text(column.title, "dim") for column in columns], columns, widths, indent)
            self.rule(indent, end)
        for row, texts in zip(rows, cells, strict=True):
            if isinstance(row, Span):
                self.line(*row.parts, indent=indent + row.indent)
            elif texts is None:
                self.rule(indent, end)
            else:
                self._row(texts, columns, widths, indent)

    def _cells(self, row: Row, columns: Sequence[Column]) -> list[Text] | None:
        if row is None or isinstance(row, Span):
            return None
        return [self._text([cell], column.style) for cell, column in zip(row, columns, strict=True)]

    def _narrow(self, widths: list[int], columns: Sequence[Column], room: int) -> None:
        while sum(widths) > room:
            able = [index for index, column in enumerate(columns) if column.folds and widths[index] > 8]
            if not able:
                break
            widest = max(able, key=lambda index: widths[index])
            widths[widest] -= 1

    def _row(self, cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int], indent: int) -> None:
        folded = [list(self._fold(cell, width)) for cell, width in zip(cells, widths, strict=True)]
        for level in range(max(map(len, folded))):
            line = Text(" " * indent)
            for index, (pieces, column, width) in enumerate(zip(folded, columns, widths, strict=True)):
                piece = pieces[level] if level < len(pieces) else Text()
                space = " " * (width - piece.cell_len)
                line.append(space if column.right else "").append_text(piece).append("" if column.right else space)
                line.append(" " * GAP if index < len(columns) - 1 else "")
            line.rstrip()
            self.lines.append(line)

    def _text(self, parts: Sequence[Part], style: str = "plain") -> Text:
        text = Text()
        for part in parts:
            words, own = part if isinstance(part, Styled) else (part, style)
            words = clean(words)
            text.append(as_ascii(words) if self.ascii else words, own)
        return text

    def _fold(self, text: Text, width: int, first: int | None = None) -> Iterator[Text]:
        """Broken at blanks; a word longer than the line is broken where the line ends. The first line's width may be
        its own."""
        room = width if first is None else first
        if text.cell_len <= room:
            yield text
            return
        plain, start = text.plain, 0
        while start < len(plain):
            end = self._reach(plain, start, room)
            room = width
            if end < len(plain):
                end = self._break(plain, start, end)
            piece = text[start:end]
            piece.rstrip()
            yield piece
            start = end
            while start < len(plain) and plain[start] == " ":
                start += 1

    @staticmethod
    def _break(plain: str, start: int, end: int) -> int:
        """The last blank to break at; one inside a shape's brackets only where there is no other."""
        spaces = [at for at in range(start + 1, end + 1) if plain[at] == " " and plain[start:at].strip()]
        outside = [at for at in spaces if plain.count("(", start, at) <= plain.count(")", start, at)]
        return max(outside or spaces, default=end)

    def _chop(self, text: Text, width: int) -> Iterator[Text]:
        """Broken where the line ends, blanks kept."""
        plain, start = text.plain, 0
        if not plain:
            yield text
        while start < len(plain):
            end = self._reach(plain, start, width - 2 * bool(start))
            yield text[start:end]
            start = end

    @staticmethod
    def _reach(plain: str, start: int, width: int) -> int:
        end, used = start, 0
        while end < len(plain) and (end == start or used + cell_len(plain[end]) <= width):
            used += cell_len(plain[end])
            end += 1
        return end

    def plain(self) -> str:
        """The page without colour."""
        return "".join(f"{line.plain.rstrip()}\n" for line in self.lines)

    def ansi(self) -> str:
        """The page with colour."""
        out = io.StringIO()
        console = Console(
            file=out, force_terminal=True, color_system="standard", no_color=False, width=WIDTH, theme=Theme(STYLES),
            highlight=False, markup=False, emoji=False, legacy_windows=False,
        )  # fmt: skip
        for line in self.lines:
            console.print(line, soft_wrap=True)
        return out.getvalue()


def colourful(stream: IO[str], choice: str) -> bool:
    """Whether a stream gets colour: ``always``, ``never``, or ``auto``, which asks the terminal and the environment."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def only_ascii(stream: IO[str]) -> bool:
    """Whether the stream's encoding is something other than UTF-8."""
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "") not in ("utf8", "utf8sig")


def show(page: Page, stream: IO[str], choice: str = "auto") -> None:
    """Write a page."""
    stream.write(page.ansi() if colourful(stream, choice) else page.plain())
    stream.flush()
