"""Windows as C walks them: the innermost axis position by position, the axes before it by pointers to rows.

A window over one axis is given to C as its frames (``x``), one over more as one pointer for each row that it sees,
NULL where a row is padding. So a row of the output can be computed from rows that lie anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ...core.graph import Shape
from ...layers.windows import Window


def times(value: str | int, factor: int) -> str:
    """A product as a term of a sum; ``value`` is a name, a number, or a sum."""
    if isinstance(value, int) or value.isdigit():
        return str(int(value) * factor)
    if factor == 1:
        return value
    return f"({value}) * {factor}" if " " in value else f"{value} * {factor}"


def total(*terms: str | int) -> str:
    """A sum without its zeros."""
    kept = [str(term) for term in terms if str(term) != "0"]
    text = " + ".join(kept) or "0"
    return text.replace("+ -", "- ")


@dataclass(frozen=True)
class Line:
    """An axis of n values and the window that walks it."""

    window: Window
    n: int

    @property
    def count(self) -> int:
        """Outputs."""
        found = self.window.length(self.n)
        assert found is not None
        return found

    @property
    def low(self) -> bool:
        """Whether some window begins in the padding."""
        return self.window.left > 0

    @property
    def high(self) -> bool:
        """Whether some window ends in the padding."""
        return self.window.start(self.count - 1) + self.window.extent > self.n

    @property
    def padded(self) -> bool:
        return self.low or self.high

    @property
    def first(self) -> str:
        """The first of the window's values that exists."""
        return "first" if self.low else "0"

    @property
    def last(self) -> str:
        """The one behind the last."""
        return "last" if self.high else str(self.window.kernel)

    @property
    def taps(self) -> str:
        """How many exist."""
        if not self.high and not self.low:
            return str(self.window.kernel)
        return total(self.last, "-first" if self.low else 0)

    def place(self, position: str) -> str:
        """Where a window starts."""
        return total(times(position, self.window.stride), -self.window.left)

    def clip(self, start: str, kind: str) -> list[str]:
        """The statements that define ``first`` and ``last`` where they are needed."""
        window, lines, d = self.window, [], self.window.dilation
        if self.low:
            begin = f"-{start}" if d == 1 else f"({d - 1} - {start}) / {d}"
            lines.append(f"const {kind} first = {start} < 0 ? {begin} : 0;")
        if self.high:
            end = f"{self.n} - {start}" if d == 1 else f"({self.n + d - 1} - {start}) / {d}"
            lines.append(f"const {kind} last = {start} + {window.extent} > {self.n} ? {end} : {window.kernel};")
        return lines


@dataclass(frozen=True)
class Rows:
    """The axes of an op with windows.

    Args:
        outer: all but the innermost.
        inner: the innermost.
        channels: values at each position of the input.
        made: the same of the output.
    """

    outer: tuple[Line, ...]
    inner: Line
    channels: int
    made: int

    @property
    def pointers(self) -> int:
        """Rows that a window sees."""
        return prod(line.window.kernel for line in self.outer)

    @property
    def padded(self) -> bool:
        """Whether some of them may be padding."""
        return any(line.padded for line in self.outer)

    @property
    def row(self) -> int:
        """Values of a row of the input."""
        return self.inner.n * self.channels

    @property
    def made_row(self) -> int:
        """Values of a row of the output."""
        return self.inner.count * self.made

    def step(self, axis: int) -> int:
        """Values from one position of an outer axis to the next."""
        return prod(line.n for line in self.outer[axis + 1 :]) * self.row

    def made_step(self, axis: int) -> int:
        """The same of the output."""
        return prod(line.count for line in self.outer[axis + 1 :]) * self.made_row

    def anew(self, column: str) -> str:
        """The condition that a window's places do not follow from those one column before, all moved on alike; empty
        if they never do."""
        line, last = self.inner, self.inner.count - 1
        if line.window.stride != 1 or line.window.dilation != 1:
            return ""
        ends = line.n - line.window.extent + line.window.left
        tests = [f"{column} <= {line.window.left}"]
        tests += [f"{column} > {ends}"] if line.high and ends < last else []
        row = "rows[{}] == NULL"
        tests += [row.format(k) for k in range(self.pointers)] if self.padded else []
        return " || ".join(tests)


def rows_of(windows: Sequence[Window], given: Shape, made: Shape) -> Rows:
    """The axes of an op, from its windows and its core shapes."""
    lines = [Line(window, int(n or 0)) for window, n in zip(windows, given, strict=False)]
    return Rows(tuple(lines[:-1]), lines[-1], int(given[-1] or 0), int(made[-1] or 0))


def nested(heads: Sequence[Sequence[str]], body: Sequence[str]) -> list[str]:
    """Blocks inside each other, braces and all: of each, the lines that open it, the last of which ends in ``{``; what
    lies between them is inside the block that was opened last."""
    lines: list[str] = []
    depth = 0
    for head in heads:
        for line in head:
            lines.append("    " * depth + line)
            depth += line.endswith("{")
    lines += ["    " * depth + line for line in body]
    return [*lines, *("    " * level + "}" for level in reversed(range(depth)))]


def index(words: Sequence[str], sizes: Sequence[int]) -> str:
    """A place counted through, the last axis fastest."""
    text = ""
    for word, size in zip(words, sizes, strict=True):
        text = f"{times(text, size)} + {word}" if text else word
    return text
