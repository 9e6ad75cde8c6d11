"""Convolution in integers: Dense at every position, on the window that it sees. Padding is the input's zero point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...core.op import Scratch
from ...numerics.storage import INT8
from ..convolution import Convolution, DepthwiseConvolution, convolve
from ..windows import Sliding, Windows, lengths, taps
from .base import Task, quantizes
from .dense import IntegerDense, behind
from .matrix import matrix


@dataclass(frozen=True, eq=False)
class IntegerFiltering(IntegerDense):
    """Filters over windows, as of :class:`Filtering`.

    Args:
        own: a column a filter.
        source: the format of x.
    """

    source: Format
    windows: Windows
    groups: int

    @property
    def filters(self) -> int:
        return self.units


@dataclass(frozen=True, eq=False)
class IntegerConvolution(Sliding, IntegerFiltering):
    """y at a position = Dense of its window; a group of filters sees its own channels.

    Args:
        own: (taps * channels / groups, filters).
    """

    kind: ClassVar[str] = "integer_convolution"

    @property
    def channels(self) -> int:
        """Of the input."""
        return self.inputs // taps(self.windows) * self.groups

    @property
    def multiplier(self) -> int:
        """Filters a channel, where each has a group of its own."""
        return self.filters // self.groups

    @property
    def absent(self) -> int | None:
        return self.source.zero

    @property
    def direct(self) -> bool:
        """Whether a window inside the input lies there as the kernel reads it: a run of frames."""
        return len(self.windows) == 1 and self.windows[0].dilation == 1 and self.groups == 1

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """A window laid out flat: group by group, tap by tap."""
        padded = any(max(window.left, window.right) > 0 for window in self.windows)
        return () if self.direct and not padded else (Scratch(self.inputs * self.groups, self.source),)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*lengths(self.windows, inputs[0]), self.filters),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x, weights = inputs[0].astype(np.float64), self.own.weights.astype(np.float64)
        sums = convolve(x, weights, self.windows, self.groups, self.source.zero).astype(np.int64) + self.own.bias
        (scale,) = self.own.rescales
        return (self.finish(scale(sums)),)

    def macs(self, *inputs: Shape) -> int:
        return int(np.prod([n or 1 for n in lengths(self.windows, inputs[0])])) * self.own.weights.size


@dataclass(frozen=True, eq=False)
class IntegerDepthwise(IntegerConvolution):
    """With a group a channel. Scratch holds a window tap by tap, the channels of each side by side."""

    kind: ClassVar[str] = "integer_depthwise"


@quantizes(Convolution, DepthwiseConvolution)
def convolution(op: Convolution, task: Task) -> tuple[Op, Sequence[Format]]:
    """A depthwise kernel, a few weights a channel, has at least 8 bits."""
    source, result = task.need(0, task.dtype), task.made()
    b = behind(op.activation, task, result)
    deep = isinstance(op, DepthwiseConvolution)
    numeric = replace(task.numeric, weights=INT8) if deep and task.numeric.weights.bits < 8 else task.numeric
    own = matrix(numeric, op.kernel, op.bias, source, b.scale, b.bits, seen=task.moments.get("kernel"))
    kind = IntegerDepthwise if deep else IntegerConvolution
    return kind(own, result, b.low, b.high, b.activation, b.narrow, source, op.windows, op.groups), [result]
