"""Convolution in integers: Dense at every position, on the window that it sees. Padding is the input's zero point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op
from ...core.op import Scratch
from ...numerics.base import Numeric
from ...numerics.storage import INT8
from ..convolution import Convolution, DepthwiseConvolution, Filtering, convolve
from ..windows import Sliding, Windowed, Windows
from .base import Task, quantizes
from .dense import IntegerDense, dense_parts


@dataclass(frozen=True, eq=False)
class IntegerFiltering(Windowed, IntegerDense):
    """Filters over windows, as of :class:`Filtering`.

    Args:
        own: a column a filter.
        source: the format of x.
    """

    source: Format
    windows: Windows
    groups: int

    @property
    def columns(self) -> Array:
        return self.own.weights

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """A window laid out flat."""
        return (Scratch(self.inputs, self.source),)


@dataclass(frozen=True, eq=False)
class IntegerConvolution(Sliding, IntegerFiltering):
    """y at a position = Dense of its window; a group of filters sees its own channels.

    Args:
        own: (taps * channels / groups, filters).
    """

    @property
    def multiplier(self) -> int:
        """Filters a channel, where each has a group of its own."""
        return self.filters // self.groups

    @property
    def direct(self) -> bool:
        """Whether a window inside the input lies there as the kernel reads it: a run of frames."""
        return len(self.windows) == 1 and self.windows[0].dilation == 1 and self.groups == 1

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """A window laid out flat: group by group, tap by tap."""
        padded = any(max(window.left, window.right) > 0 for window in self.windows)
        return () if self.direct and not padded else (Scratch(self.inputs * self.groups, self.source),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x, weights = inputs[0].astype(np.float64), self.own.weights.astype(np.float64)
        sums = convolve(x, weights, self.windows, self.groups, self.source.zero).astype(np.int64) + self.own.bias
        (scale,) = self.own.rescales
        return (self.finish(scale(sums)),)


@dataclass(frozen=True, eq=False)
class IntegerDepthwise(IntegerConvolution):
    """With a group a channel. Scratch holds a window tap by tap, the channels of each side by side."""


@quantizes(Convolution, DepthwiseConvolution)
def convolution(op: Convolution, task: Task) -> tuple[Op, Sequence[Format]]:
    """A depthwise kernel, a few weights a channel, has at least 8 bits. Of one channel it is any other convolution."""
    deep = isinstance(op, DepthwiseConvolution)
    numeric = replace(task.numeric, weights=INT8) if deep and task.numeric.weights.bits < 8 else task.numeric
    return filtering(IntegerDepthwise if deep and op.groups > 1 else IntegerConvolution, op, task, numeric)


def filtering(
    form: type[IntegerFiltering], op: Filtering, task: Task, numeric: Numeric
) -> tuple[IntegerFiltering, Sequence[Format]]:
    """The integer form of filters over windows."""
    parts = dense_parts(op, task, numeric)
    return form(*parts, task.inputs[0], op.windows, op.groups), [parts[1]]
