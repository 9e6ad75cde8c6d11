"""Lines of a given width: paragraphs, facts, tables, commands. Numbers are never broken, and nothing is cut.

A table that is too wide first folds the columns that may fold, between words. Then it omits columns in the order of
``Column.leaves``, and a line below names them. Only then words are broken, after a slash or similar characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.text import Text

GAP = 2
RULE = "-"
NARROWEST = 8
"""Least width of a column that folds."""
COMFORTABLE = 48
"""Longest word of a table for which columns are omitted; longer words are broken instead."""
ENDS = "/\\_-.:=,)"
"""Characters after which a word may be broken."""
UNIT = re.compile(r" (?:%|B|kB|KB|KiB|MiB|s|ms|us|dB|MHz|points?)(?![A-Za-z])")
"""A unit, which stays with the number before it."""


class Styled(NamedTuple):
    """A string with the name of a style."""

    text: str
    style: str


Part = str | Styled
Fact = tuple[str, Part]
"""A label and its text."""


def clean(text: str) -> str:
    """The text with an escape for every character that is not printable."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def as_ascii(text: str) -> str:
    """The text for an ASCII terminal."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        folds: whether it may be narrowed, with cells over several lines.
        leaves: order in which columns are omitted on a narrow page, 1 first. 0: never, as for costs and verdicts.
        of: function that returns a record's cell, for :meth:`Sheet.records`.
    """

    title: str
    right: bool = False
    style: str = "plain"
    folds: bool = False
    leaves: int = 0
    of: Callable[[Any], Part] = str


@dataclass(frozen=True)
class Span:
    """A row of a table with one text, from an indent to the end."""

    indent: int
    parts: tuple[Part, ...]


Row = Sequence[Part] | Span | None
"""Cells, a text across all columns, or None for a rule."""


class Sheet:
    """The lines of a page of one width.

    Args:
        width: columns of the terminal.
        ascii: whether other characters are written as escapes.
    """

    def __init__(self, width: int, ascii: bool = False) -> None:
        self.width = width
        self.ascii = ascii
        self.lines: list[Text] = []

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """One paragraph; its further lines are indented by ``hang``."""
        hang = indent if hang is None else hang
        for number, row in enumerate(fold(self._text(parts), self.width - hang, self.width - indent)):
            self.lines.append(Text(" " * (hang if number else indent)).append_text(row))

    def fits(self, *parts: Part) -> bool:
        """Whether a line is not too wide."""
        return self._text(parts).cell_len <= self.width

    def blank(self) -> None:
        """An empty line, unless there is one or the page is empty."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def verbatim(self, text: str, style: str = "plain", indent: int = 0) -> None:
        """Lines that keep their own blanks; one that is too long is folded."""
        for row in text.split("\n"):
            styled = self._text([Styled(row, style)])
            for number, piece in enumerate(chop(styled, self.width - indent)):
                self.lines.append(Text(" " * (indent + 2 * bool(number))).append_text(piece))

    def facts(self, *pairs: Fact, indent: int = 0) -> None:
        """Labels on the left, their texts on the right; pairs without a text are left out."""
        rows = [(label, value) for label, value in pairs if value]
        wide = max((cell_len(label) for label, _ in rows), default=0)
        for label, value in rows:
            lead = Text(" " * indent).append(f"{label:<{wide}}", "dim").append(" " * GAP)
            for row in fold(self._text([value]), self.width - indent - wide - GAP):
                self.lines.append(lead.append_text(row))
                lead = Text(" " * (indent + wide + GAP))

    def commands(self, pairs: Sequence[tuple[str, str]], indent: int = 2) -> None:
        """Commands with their purposes in the same line, or above them if that is too wide. A command that is longer
        than a line is continued in the shell's syntax; a word that is longer is not broken: a shell would read two."""
        wide = max(cell_len(command) for command, _ in pairs)
        has_room = indent + wide + GAP + max(cell_len(purpose) for _, purpose in pairs) <= self.width
        for command, purpose in pairs:
            if has_room:
                self.verbatim(f"{command:<{wide}}  {purpose}", indent=indent)
                continue
            self.line(Styled(f"{purpose}:", "dim"), indent=indent)
            for number, row in enumerate(continued(clean(command), self.width - indent - 6)):
                self.lines.append(Text(" " * (indent + (6 if number else 2))).append_text(self._text([row])))

    def rule(self, indent: int = 2, end: int | None = None) -> None:
        """A horizontal rule."""
        self.lines.append(Text(" " * indent).append(RULE * ((end or self.width) - indent), "dim"))

    def table(self, columns: Sequence[Column], rows: Sequence[Row], indent: int = 0, titles: bool = True) -> None:
        """A table below its titles; if it is not indented, after an empty line."""
        if not indent:
            self.blank()
        cells = [self._cells(row, columns) for row in rows]
        indices, widths = self._fitted(columns, [row for row in cells if row], indent, titles)
        end = indent + sum(widths) + GAP * (len(indices) - 1)
        fitting = [columns[index] for index in indices]
        if titles:
            self._row([Text(column.title, "dim") for column in fitting], fitting, widths, indent)
            self.rule(indent, end)
        for row, texts in zip(rows, cells, strict=True):
            if isinstance(row, Span):
                self.line(*row.parts, indent=indent + row.indent)
            elif texts is None:
                self.rule(indent, end)
            else:
                self._row([texts[index] for index in indices], fitting, widths, indent)
        omitted = [column.title for index, column in enumerate(columns) if index not in indices and column.title]
        if omitted and titles:
            self.line(Styled(f"left out at {self.width} columns: {', '.join(omitted)}", "dim"), indent=indent)

    def records(self, records: Iterable[Any], *columns: Column | None, indent: int = 0) -> None:
        """A table of records, with cells by ``Column.of``; None stands for a column that is not shown."""
        present = [column for column in columns if column is not None]
        self.table(present, [[column.of(record) for column in present] for record in records], indent)

    def _cells(self, row: Row, columns: Sequence[Column]) -> list[Text] | None:
        if row is None or isinstance(row, Span):
            return None
        return [self._text([cell], column.style) for cell, column in zip(row, columns, strict=True)]

    def _fitted(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Text]], indent: int, titles: bool
    ) -> tuple[list[int], list[int]]:
        """Indices of the columns that fit, and the width of each."""
        indices = list(range(len(columns)))
        full, least = [], []
        for index, column in enumerate(columns):
            texts = [*([column.title] if titles else []), *(row[index].plain for row in rows)]
            full.append(max(map(cell_len, texts), default=0))
            word = max((cell_len(word) for text in texts for word in text.split()), default=0)
            least.append(max(NARROWEST, min(word, COMFORTABLE)) if column.folds else full[index])

        def room() -> int:
            return self.width - indent - GAP * (len(indices) - 1)

        def needed() -> int:
            return sum(min(full[index], least[index]) for index in indices)

        for index in sorted((i for i in indices if columns[i].leaves), key=lambda i: columns[i].leaves):
            if needed() <= room():
                break
            indices.remove(index)
        widths = [full[index] for index in indices]
        for floor in ([least[index] for index in indices], [NARROWEST] * len(indices)):
            while sum(widths) > room():
                able = [i for i, index in enumerate(indices) if columns[index].folds and widths[i] > floor[i]]
                if not able:
                    break
                widths[max(able, key=lambda i: widths[i])] -= 1
        return indices, widths

    def _row(self, cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int], indent: int) -> None:
        folded = [list(fold(cell, width)) for cell, width in zip(cells, widths, strict=True)]
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
            words, look = part if isinstance(part, Styled) else (part, style)
            words = clean(words)
            text.append(as_ascii(words) if self.ascii else words, look)
        return text


def fold(text: Text, width: int, first: int | None = None) -> Iterator[Text]:
    """The text, broken at blanks; a word longer than the line is broken inside. ``first``: width of the first line."""
    room = width if first is None else first
    if text.cell_len <= room:
        yield text
        return
    plain, start = text.plain, 0
    while start < len(plain):
        end = _reach(plain, start, room)
        room = width
        if end < len(plain):
            end = _break(plain, start, end)
        piece = text[start:end]
        piece.rstrip()
        yield piece
        start = end
        while start < len(plain) and plain[start] == " ":
            start += 1


def chop(text: Text, width: int) -> Iterator[Text]:
    """The text, broken at the last blank of a line's second half, or inside a word; blanks are kept."""
    plain, start = text.plain, 0
    if not plain:
        yield text
    while start < len(plain):
        room = width - 2 * bool(start)
        end = _reach(plain, start, room)
        if end < len(plain):
            blank = plain.rfind(" ", start, end) + 1
            end = blank if blank > start + room // 2 else _inside(plain, start, end)
        yield text[start:end]
        start = end


def continued(command: str, width: int) -> list[str]:
    """A command in lines that a shell reads as one: broken between words, with backslashes at the ends."""
    words = re.findall(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""", command)
    if cell_len(command) <= width or " ".join(words) != command:
        return [command]
    rows = [words[0]]
    for word in words[1:]:
        if cell_len(rows[-1]) + 1 + cell_len(word) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return [*(f"{row} \\" for row in rows[:-1]), rows[-1]]


def _break(plain: str, start: int, end: int) -> int:
    """The last blank to break at: not between a number and its unit, and inside a shape's brackets only if there is no
    other."""
    spaces = [at for at in range(start + 1, end + 1) if plain[at] == " " and plain[start:at].strip()]
    spaces = [at for at in spaces if not (plain[at - 1].isdigit() and UNIT.match(plain, at))] or spaces
    outside = [at for at in spaces if plain.count("(", start, at) <= plain.count(")", start, at)]
    return max(outside or spaces) if spaces else _inside(plain, start, end)


def _inside(plain: str, start: int, end: int) -> int:
    """The position to break a word that is too long: after a slash or similar character that is not between digits,
    else before its last number, else at the end."""
    for at in range(end, start + (end - start) // 2, -1):
        if plain[at - 1] in ENDS and not (plain[at - 2 : at - 1].isdigit() and plain[at : at + 1].isdigit()):
            return at
    if plain[end - 1].isdigit() and plain[end : end + 1].isdigit():
        number = re.search(r"[\d.,]+$", plain[start:end])
        if number and number.start():
            return start + number.start()
    return end


def _reach(plain: str, start: int, width: int) -> int:
    end, used = start, 0
    while end < len(plain) and (end == start or used + cell_len(plain[end]) <= width):
        used += cell_len(plain[end])
        end += 1
    return end
