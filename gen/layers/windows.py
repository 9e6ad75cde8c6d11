"""Windows that slide over axes, for convolutions, poolings and padding.

An axis of n values is extended by ``left`` values before it and ``right`` after it, and a window of ``kernel`` values,
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
    """A window along one axis. A negative ``right`` is the number of values at the end that no window reaches."""

    kernel: int
    stride: int = 1
    dilation: int = 1
    left: int = 0
    right: int = 0

    @property
    def extent(self) -> int:
        """Positions from a window's first value to its last, both included."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def plain(self) -> bool:
        """Whether every output sees only the value at its own position."""
        return (self.kernel, self.stride, self.left, self.right) == (1, 1, 0, 0)  # whatever the dilation

    def length(self, n: int | None) -> int | None:
        """Outputs over an axis of n values, below 1 if it is too short for a window; None for None."""
        return None if n is None else (n + self.left + self.right - self.extent) // self.stride + 1

    def start(self, position: int) -> int:
        """The position of an output's first value, which may be in the padding."""
        return position * self.stride - self.left

    def inside(self, n: int) -> bool:
        """Whether no window over an axis of n values includes padding."""
        length = self.length(n)
        assert length is not None
        return self.left <= 0 and self.start(length - 1) + self.extent <= n

    def taps(self, position: int, n: int) -> range:
        """Indices of an output's window values that are inside an axis of n values."""
        first = max(0, -(self.start(position) // self.dilation))
        last = min(self.kernel, (n - 1 - self.start(position)) // self.dilation + 1)
        return range(first, max(first, last))


Windows = tuple[Window, ...]


def lengths(windows: Sequence[Window], shape: Shape) -> Shape:
    """Outputs along each axis that has a window: the first axes of a shape."""
    return tuple(window.length(n) for window, n in zip(windows, shape, strict=False))


class Sliding(Op):
    """The walks of an op whose windows slide over its first axes."""

    windows: Windows

    @property
    def walk(self) -> Walk | None:
        """The walk along the first axis; None if each output step sees only its own step there."""
        first = self.windows[0]
        if first.plain:
            return None
        return Walk(
            kernel=first.kernel, stride=first.stride, dilation=first.dilation, padding=(first.left, first.right)
        )

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        """The walk along the first axis: by frames with one window, from pointers to rows with two."""
        first = self.windows[0]
        call = {1: "frames", 2: "pointers"}.get(len(self.windows), "")
        return RowWalk(first.kernel, first.stride, first.dilation, first.left, call)

    @property
    def by_rows(self) -> Op | None:
        """The op with two windows, the second of a single value if there is only one. None with three, because their
        steps are not single rows."""
        if len(self.windows) > 2:
            return None
        op: Op = replace(cast("Any", self), windows=(*self.windows, Window(1))[:2])
        return op


def taps(windows: Sequence[Window]) -> int:
    """Values of a channel in a window."""
    return prod(window.kernel for window in windows)


class Windowed(Op):
    """Filters over windows: (axes..., channels) -> (outputs..., filters), in floats or integers."""

    windows: Windows
    groups: int

    @property
    @abstractmethod
    def columns(self) -> Array:
        """The kernel: (taps * channels / groups, filters)."""

    @abstractmethod
    def multiply(self, x: Array, kernel: Array, fill: float = 0) -> Array:
        """The sums of all windows: x (samples, axes..., channels) times a kernel of the shape of ``columns``.

        Args:
            fill: the value of the padding.
        """

    @property
    def filters(self) -> int:
        return int(self.columns.shape[1])

    @property
    def channels(self) -> int:
        """Channels of the input."""
        return len(self.columns) // taps(self.windows) * self.groups

    def outputs(self, axes: Shape) -> Shape:
        """Positions along each axis that has a window."""
        return lengths(self.windows, axes)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*self.outputs(inputs[0]), self.filters),)

    def macs(self, *inputs: Shape) -> int:
        return prod(n or 1 for n in self.outputs(inputs[0])) * int(self.columns.size)


def views(x: Array, windows: Sequence[Window], fill: float = 0) -> Iterator[Array]:
    """For each place of a window, in row-major order, the values of all outputs there: (samples, outputs..., rest).

    Args:
        x: (samples, axes..., rest).
        fill: the value of the padding.
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
    """The number of values in each output's window, without padding: (outputs...)."""
    total = np.ones((), np.int64)
    for window, n in zip(windows, shape, strict=False):
        count = window.length(n)
        assert count is not None
        total = np.multiply.outer(total, np.array([len(window.taps(j, n)) for j in range(count)], np.int64))
    return total
