"""Windows in C: a walk along the innermost axis position by position, with pointers to the rows of the axes before it.

A window over one axis gets its frames (``x``); a window over more axes gets one pointer for each of its rows, NULL for
a row of padding. So a row of the output can be computed from rows at any places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ...core.graph import Shape
from ...layers.windows import Window

WORDS = {1: ("step",), 2: ("row", "column"), 3: ("plane", "row", "column")}
"""Names of a position along each axis."""


@dataclass(frozen=True)
class WindowAxis:
    """An axis of n values and the window that walks it.

    Args:
        count: outputs.
        word: the name of a position along it; its capitals begin the enumerators of its sizes.
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
        """C's index of an output along the axis."""
        return f"out_{self.word}"

    @property
    def tap(self) -> str:
        """C's index of a place in the window."""
        return f"tap_{self.word}"

    @property
    def input(self) -> str:
        """C's index of the input at that place."""
        return f"in_{self.word}"

    @property
    def low(self) -> bool:
        """Whether a window begins in the padding."""
        return self.window.left > 0

    @property
    def high(self) -> bool:
        """Whether a window ends in the padding."""
        return self.window.start(self.count - 1) + self.window.extent > self.n

    @property
    def padded(self) -> bool:
        return self.low or self.high

    def outside(self, place: str, end: str) -> list[str]:
        """The conditions for a place of the axis to be padding, if it can be; ``end`` is C's number of places."""
        return [f"{place} < 0"] * self.low + [f"{place} >= {end}"] * self.high


@dataclass(frozen=True)
class WindowAxes:
    """The axes of an op with windows.

    Args:
        outer: all axes except the innermost.
        inner: the innermost axis.
        channels: values at each position of the input.
        out: the same for the output.
    """

    outer: tuple[WindowAxis, ...]
    inner: WindowAxis
    channels: int
    out: int

    @property
    def lines(self) -> tuple[WindowAxis, ...]:
        """All axes."""
        return (*self.outer, self.inner)

    @property
    def taps(self) -> int:
        """Number of places of a window."""
        return prod(line.window.kernel for line in self.lines)

    @property
    def pointers(self) -> str:
        """C's number of rows of a window."""
        return " * ".join(f"{line.names}_TAPS" for line in self.outer) or "1"

    @property
    def padded(self) -> bool:
        """Whether a row of a window may be padding."""
        return any(line.padded for line in self.outer)

    @property
    def tap(self) -> str:
        """C's index of a place in the window, in a loop over rows and one over the places of a row."""
        return f"i * {self.inner.names}_TAPS + tap" if self.outer else "tap"

    @property
    def source(self) -> str:
        """The pointer to a row of the window, in such loops."""
        return "rows[i]" if self.outer else "x"

    @property
    def place(self) -> str:
        """C's index of the input at ``tap``: in a row, or in frames from the first that exists."""
        a = self.inner.names
        at = f"(start + tap * {a}_DILATION)" if self.outer else f"(tap - first) * {a}_DILATION"
        return f"{at} * CHANNELS"

    @property
    def begin(self) -> str:
        """The pointer to the first value that exists, for a window without dilation."""
        return f"{self.source} + (start + first) * CHANNELS" if self.outer else "x"

    @property
    def outside(self) -> str:
        """The condition for a place to be padding; empty if there is none."""
        tests = ["rows[i] == NULL"] * self.padded + ["tap < first"] * self.inner.low + ["tap >= last"] * self.inner.high
        return " || ".join(tests)

    @property
    def places(self) -> str:
        """C's number of the places of a window that are not padding, if no row is padding."""
        return " * ".join(["(last - first)", *(f"{line.names}_TAPS" for line in self.outer)])

    def restarts(self, column: str) -> str:
        """The condition for recomputing a window's places, because they are not those of one column before, moved on by
        one; empty if they never are."""
        line, last = self.inner, self.inner.count - 1
        if line.window.stride != 1 or line.window.dilation != 1:
            return ""
        ends = line.n - line.window.extent + line.window.left
        tests = [f"{column} <= {line.window.left}"]
        tests += [f"{column} > {ends}"] if line.high and ends < last else []
        rows = range(prod(line.window.kernel for line in self.outer))
        return " || ".join([*tests, *(f"rows[{k}] == NULL" for k in rows if self.padded)])


def rows_of(windows: Sequence[Window], inputs: Shape, outputs: Shape) -> WindowAxes:
    """The axes of an op, from its windows and the core shapes of input and output."""
    words = WORDS[len(windows)]
    axes = zip(windows, inputs, outputs, words, strict=False)
    lines = [WindowAxis(window, int(n or 0), int(m or 0), word) for window, n, m, word in axes]
    return WindowAxes(tuple(lines[:-1]), lines[-1], int(inputs[-1] or 0), int(outputs[-1] or 0))


def moved(place: str, by: int) -> str:
    """An expression plus a number of either sign."""
    return place if by == 0 else f"{place} + {by}" if by > 0 else f"{place} - {-by}"


def index(words: Sequence[str], sizes: Sequence[str | int | None]) -> str:
    """A position along several axes as one index, the last axis fastest."""
    text = ""
    for word, size in zip(words, sizes, strict=False):
        text = f"{within(text)} * {size} + {word}" if text else word
    return text


def within(expression: str) -> str:
    """An expression in parentheses if a factor needs them."""
    return f"({expression})" if " " in expression else expression


def indices(lines: Sequence[WindowAxis], form: str = "{}") -> tuple[str, str, str]:
    """The indices of an input, an output and a place in the window.

    Args:
        form: an input's index along an axis, by C's index and the axis's name.
    """
    return (
        within(index([form.format(line.input, line.names) for line in lines], [f"{line.names}S_IN" for line in lines])),
        within(index([line.out for line in lines], [f"{line.names}S" for line in lines])),
        within(index([line.tap for line in lines], [f"{line.names}_TAPS" for line in lines])),
    )
