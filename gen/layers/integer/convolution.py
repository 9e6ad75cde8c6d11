"""Convolution in integers: Dense on the window of every position. Padding is the input's zero point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op
from ...core.op import Scratch
from ...numerics.base import Numeric
from ...numerics.storage import INT8
from ..convolution import Convolution, Convolving, DepthwiseConvolution, Filtering
from ..windows import Windowed, Windows
from .base import Task, quantizes
from .dense import IntegerDense, dense_parts


@dataclass(frozen=True, eq=False)
class IntegerFiltering(Windowed, IntegerDense):
    """Filters over windows, as in :class:`Filtering`.

    Args:
        own: matrix with one column per filter.
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
        """A flat window."""
        return (Scratch(self.inputs, self.source),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        products = self.multiply(inputs[0].astype(np.float64), self.own.factors, self.source.zero)
        return (self.finish(self.own.results(products)),)


@dataclass(frozen=True, eq=False)
class IntegerConvolution(Convolving, IntegerFiltering):
    """y at a position = Dense of its window; a group of filters sees its own channels.

    Args:
        own: (taps * channels / groups, filters).
    """

    @property
    def multiplier(self) -> int:
        """Filters per channel, if each channel is a group."""
        return self.filters // self.groups

    @property
    def direct(self) -> bool:
        """Whether a window inside the input is contiguous there, in the kernel's order: a run of frames."""
        return len(self.windows) == 1 and self.windows[0].dilation == 1 and self.groups == 1

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """A flat window: group by group, tap by tap."""
        padded = any(max(window.left, window.right) > 0 for window in self.windows)
        return () if self.direct and not padded else (Scratch(self.inputs * self.groups, self.source),)


@dataclass(frozen=True, eq=False)
class IntegerDepthwise(IntegerConvolution):
    """A convolution with one group per channel. Scratch holds a window tap by tap, all channels of a tap together."""


@quantizes(Convolution, DepthwiseConvolution)
def convolution(op: Convolution, task: Task) -> tuple[Op, Sequence[Format]]:
    """A depthwise kernel, with few weights per channel, has at least 8 bits; with one channel it is a plain kernel."""
    deep = isinstance(op, DepthwiseConvolution)
    numeric = replace(task.numeric, weights=INT8) if deep and task.numeric.weights.bits < 8 else task.numeric
    return filtering(IntegerDepthwise if deep and op.groups > 1 else IntegerConvolution, op, task, numeric)


def filtering(
    form: type[IntegerFiltering], op: Filtering, task: Task, numeric: Numeric
) -> tuple[IntegerFiltering, Sequence[Format]]:
    """The integer form of filters over windows."""
    parts = dense_parts(op, task, numeric)
    return form(*parts, task.inputs[0], op.windows, op.groups), [parts[1]]
