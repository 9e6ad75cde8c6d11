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

WORDS = {1: ("step",), 2: ("row", "column"), 3: ("plane", "row", "column")}
"""What a position along each axis is called."""


@dataclass(frozen=True)
class Line:
    """An axis of n values and the window that walks it.

    Args:
        count: outputs.
        word: what a position along it is called; its capitals begin the enumerators of its sizes.
    """

    window: Window
    n: int
    count: int
    word: str = "row"

    @property
    def names(self) -> str:
        return self.word.upper()

    @property
    def out(self) -> str:
        """C's index of an output along it."""
        return f"out_{self.word}"

    @property
    def tap(self) -> str:
        """C's index of a place in the window."""
        return f"tap_{self.word}"

    @property
    def seen(self) -> str:
        """C's index of the input there."""
        return f"in_{self.word}"

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

    def outside(self, place: str, end: str) -> list[str]:
        """The conditions that a place of the axis is padding, as far as it can be; ``end`` is C's number of places."""
        return [f"{place} < 0"] * self.low + [f"{place} >= {end}"] * self.high


@dataclass(frozen=True)
class Rows:
    """The axes of an op with windows.

    Args:
        outer: all but the innermost.
        inner: the innermost.
        channels: values at each position of the input.
        out: the same of the output.
    """

    outer: tuple[Line, ...]
    inner: Line
    channels: int
    out: int

    @property
    def lines(self) -> tuple[Line, ...]:
        """All axes."""
        return (*self.outer, self.inner)

    @property
    def taps(self) -> int:
        """Places of a window."""
        return prod(line.window.kernel for line in self.lines)

    @property
    def pointers(self) -> str:
        """C's number of the rows that a window sees."""
        return " * ".join(f"{line.names}_TAPS" for line in self.outer) or "1"

    @property
    def padded(self) -> bool:
        """Whether some of them may be padding."""
        return any(line.padded for line in self.outer)

    @property
    def tap(self) -> str:
        """C's index of a place in the window, in a loop over rows and one over what a row has of it."""
        return f"i * {self.inner.names}_TAPS + tap" if self.outer else "tap"

    @property
    def source(self) -> str:
        """The pointer to what a window sees of a row, in such loops."""
        return "rows[i]" if self.outer else "x"

    @property
    def place(self) -> str:
        """C's index of what the window sees at ``tap``: of a row, or of frames from the first that exists."""
        a = self.inner.names
        at = f"(start + tap * {a}_DILATION)" if self.outer else f"(tap - first) * {a}_DILATION"
        return f"{at} * CHANNELS"

    @property
    def begin(self) -> str:
        """The pointer to the first that exists, of a window without dilation."""
        return f"{self.source} + (start + first) * CHANNELS" if self.outer else "x"

    @property
    def outside(self) -> str:
        """The condition that a place is padding; empty if none is."""
        tests = ["rows[i] == NULL"] * self.padded + ["tap < first"] * self.inner.low + ["tap >= last"] * self.inner.high
        return " || ".join(tests)

    @property
    def places(self) -> str:
        """C's number of the places of a window that are no padding, where no row is."""
        return " * ".join(["(last - first)", *(f"{line.names}_TAPS" for line in self.outer)])

    def anew(self, column: str) -> str:
        """The condition that a window's places do not follow from those one column before, all moved on alike; empty
        if they never do."""
        line, last = self.inner, self.inner.count - 1
        if line.window.stride != 1 or line.window.dilation != 1:
            return ""
        ends = line.n - line.window.extent + line.window.left
        tests = [f"{column} <= {line.window.left}"]
        tests += [f"{column} > {ends}"] if line.high and ends < last else []
        rows = range(prod(line.window.kernel for line in self.outer))
        return " || ".join([*tests, *(f"rows[{k}] == NULL" for k in rows if self.padded)])


def rows_of(windows: Sequence[Window], inputs: Shape, outputs: Shape) -> Rows:
    """The axes of an op, from its windows and the core shapes of input and output."""
    words = WORDS[len(windows)]
    axes = zip(windows, inputs, outputs, words, strict=False)
    lines = [Line(window, int(n or 0), int(m or 0), word) for window, n, m, word in axes]
    return Rows(tuple(lines[:-1]), lines[-1], int(inputs[-1] or 0), int(outputs[-1] or 0))


def moved(place: str, by: int) -> str:
    """An expression and a number that is added to it, of either sign."""
    return place if by == 0 else f"{place} + {by}" if by > 0 else f"{place} - {-by}"


def index(words: Sequence[str], sizes: Sequence[str | int | None]) -> str:
    """A place counted through, the last axis fastest: the expression of its index, by those along each axis."""
    text = ""
    for word, size in zip(words, sizes, strict=False):
        text = f"{within(text)} * {size} + {word}" if text else word
    return text


def within(expression: str) -> str:
    """An expression as a factor."""
    return f"({expression})" if " " in expression else expression


def indices(lines: Sequence[Line], seen: str = "{}") -> tuple[str, str, str]:
    """The indices of an input, an output and a place in the window.

    Args:
        seen: an input's index along an axis, by C's index and the axis's name.
    """
    return (
        within(index([seen.format(line.seen, line.names) for line in lines], [f"{line.names}S_IN" for line in lines])),
        within(index([line.out for line in lines], [f"{line.names}S" for line in lines])),
        within(index([line.tap for line in lines], [f"{line.names}_TAPS" for line in lines])),
    )
