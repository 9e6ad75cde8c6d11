"""Windows that slide over axes: what convolutions, poolings and padding have in common.

An axis of n values is extended by ``left`` values in front and ``right`` behind, and a window of ``kernel`` values,
``dilation`` apart, moves over it by ``stride``:

    output j sees the values j stride + i dilation - left,   i = 0 ... kernel - 1
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, cast

import numpy as np

from ..core.graph import Array, Op, Shape
from ..core.op import RowWalk, Walk


@dataclass(frozen=True)
class Window:
    """How one axis is walked. ``right`` may be negative: values at the end that no window reaches."""

    kernel: int
    stride: int = 1
    dilation: int = 1
    left: int = 0
    right: int = 0

    @property
    def extent(self) -> int:
        """From a window's first value to behind its last."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def plain(self) -> bool:
        """Whether every output sees just the value at its own place."""
        return (self.kernel, self.stride, self.left, self.right) == (1, 1, 0, 0)  # whatever the dilation

    def length(self, n: int | None) -> int | None:
        """Outputs over an axis of n values, below 1 where it is too short for a window; None for None."""
        return None if n is None else (n + self.left + self.right - self.extent) // self.stride + 1

    def start(self, position: int) -> int:
        """The place of an output's first value, which may lie in the padding."""
        return position * self.stride - self.left

    def inside(self, n: int) -> bool:
        """Whether no window over an axis of n values reaches into padding."""
        length = self.length(n)
        assert length is not None
        return self.left <= 0 and self.start(length - 1) + self.extent <= n

    def taps(self, position: int, n: int) -> range:
        """Which of the window's values an output finds inside an axis of n."""
        first = max(0, -(self.start(position) // self.dilation))
        last = min(self.kernel, (n - 1 - self.start(position)) // self.dilation + 1)
        return range(first, max(first, last))


Windows = tuple[Window, ...]


def lengths(windows: Sequence[Window], shape: Shape) -> Shape:
    """Outputs along each axis that has a window: the first axes of a shape."""
    return tuple(window.length(n) for window, n in zip(windows, shape, strict=False))


class Sliding(Op):
    """What an op whose windows slide over its first axes says of that."""

    windows: Windows

    @property
    def walk(self) -> Walk | None:
        """Along the first axis. An op that sees only its own step there is one of the axes behind it."""
        first = self.windows[0]
        if first.plain:
            return None
        return Walk(
            kernel=first.kernel, stride=first.stride, dilation=first.dilation, padding=(first.left, first.right)
        )

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        """Along the first axis: over more axes than one from pointers to rows."""
        first = self.windows[0]
        call = {1: "frames", 2: "pointers"}.get(len(self.windows), "")
        return RowWalk(first.kernel, first.stride, first.dilation, first.left, call)

    @property
    def by_rows(self) -> Op | None:
        """With windows on steps that have an axis of their own: one of a single place where there is none. None of
        those over more axes, whose steps are not single rows."""
        if len(self.windows) > 2:
            return None
        op: Op = replace(cast("Any", self), windows=(*self.windows, Window(1))[:2])
        return op


def taps(windows: Sequence[Window]) -> int:
    """Values of a channel that a window sees."""
    return prod(window.kernel for window in windows)


class Windowed(Op):
    """Filters over windows: (axes..., channels) -> (outputs..., filters), of floats or integers."""

    windows: Windows
    groups: int

    @property
    @abstractmethod
    def columns(self) -> Array:
        """The kernel: (taps * channels / groups, filters)."""

    @property
    def filters(self) -> int:
        return int(self.columns.shape[1])

    @property
    def channels(self) -> int:
        """Of the input."""
        return len(self.columns) // taps(self.windows) * self.groups

    def outputs(self, axes: Shape) -> Shape:
        """Positions along each axis that has a window."""
        return lengths(self.windows, axes)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*self.outputs(inputs[0]), self.filters),)

    def macs(self, *inputs: Shape) -> int:
        return prod(n or 1 for n in self.outputs(inputs[0])) * int(self.columns.size)


def views(x: Array, windows: Sequence[Window], fill: float = 0) -> Iterator[Array]:
    """For each place of a window, in row-major order, what all outputs see there: (samples, outputs..., rest).

    Args:
        x: (samples, axes..., rest).
        fill: what the padding holds.
    """
    pads = [(max(w.left, 0), max(w.right, 0)) for w in windows]
    rest = [(0, 0)] * (x.ndim - 1 - len(windows))
    full = np.pad(x, [(0, 0), *pads, *rest], constant_values=fill) if any(map(any, pads)) else x
    counts = lengths(windows, x.shape[1:])
    for place in product(*(range(w.kernel) for w in windows)):
        cuts = []
        for window, at, count in zip(windows, place, counts, strict=True):
            assert count is not None
            first = at * window.dilation - min(window.left, 0)
            cuts.append(slice(first, first + (count - 1) * window.stride + 1, window.stride))
        yield full[(slice(None), *cuts)]


def present(windows: Sequence[Window], shape: Sequence[int]) -> Array:
    """How many values each output finds inside the axes: (outputs...)."""
    total = np.ones((), np.int64)
    for window, n in zip(windows, shape, strict=False):
        count = window.length(n)
        assert count is not None
        total = np.multiply.outer(total, np.array([len(window.taps(j, n)) for j in range(count)], np.int64))
    return total
