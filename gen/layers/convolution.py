"""Convolution over one, two or three axes, in groups, and depthwise; Keras 3 ``keras/src/layers/convolutional``.

y[j, f] = a(b[f] + sum over taps i and channels c of x[j stride + i dilation - left, c] kernel[i, c, f])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..core.functions import LINEAR, Function
from ..core.graph import Array, Op
from ..core.op import Inside, States
from .base import fed
from .weighing import Weighing
from .windows import Sliding, Windowed, Windows, taps, views


@dataclass(frozen=True, eq=False)
class Filtering(Windowed, Weighing):
    """Filters over windows; subclasses define the positions of the windows and the wiring of the channels.

    Args:
        kernel: one column per filter.
        bias: (filters,).
        windows: one per axis, the first axis first.
    """

    kernel: Array
    bias: Array | None
    windows: Windows
    groups: int = 1
    activation: Function = LINEAR

    @property
    def columns(self) -> Array:
        return self.kernel


class Convolving(Sliding, Windowed):
    """Filters over windows of the input, in groups."""

    def multiply(self, x: Array, kernel: Array, fill: float = 0) -> Array:
        return convolve(x, kernel, self.windows, self.groups, fill)


@dataclass(frozen=True, eq=False)
class Convolution(Convolving, Filtering):
    """Core (axes..., channels) -> (outputs..., filters).

    Args:
        kernel: (taps * channels / groups, filters); taps in row-major order, the channels of a tap contiguous.
        groups: number of equal groups of filters and of channels: a group of filters sees its group of channels.
    """

    @property
    def read(self) -> Array | None:
        """(channels, taps * filters of the channel's group)"""
        channels = self.channels // self.groups
        parts = self.kernel.reshape(taps(self.windows), channels, self.groups, -1)
        return parts.transpose(2, 1, 0, 3).reshape(self.channels, -1)

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        """None with an offset if the input is padded with zeros: they would no longer mean 0."""
        if offset is not None and any(window.left > 0 or window.right > 0 for window in self.windows):
            return None

        def placed(values: Array) -> Array:
            """Values of channels in the layout of the kernel: for each filter those of its group."""
            columns = np.repeat(values.reshape(self.groups, -1).T, self.filters // self.groups, axis=1)
            return np.tile(columns, (taps(self.windows), 1))

        kernel, bias = fed(self.kernel, self.bias, placed(gain), None if offset is None else placed(offset))
        return replace(self, kernel=kernel, bias=bias)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        if self.groups == 1:
            inside.vectors("kernel", np.concatenate(list(views(inputs[0], self.windows, 0)), axis=-1))
        return super().observe(inputs, carried, inside)


@dataclass(frozen=True, eq=False)
class DepthwiseConvolution(Convolution):
    """A convolution with one group per channel: kernel (taps, channels * multiplier), channel by channel."""

    kind: ClassVar[str] = "depthwise"

    @property
    def multiplier(self) -> int:
        """Filters per channel."""
        return self.filters // self.groups


def convolve(x: Array, kernel: Array, windows: Windows, groups: int = 1, fill: float = 0) -> Array:
    """The sums of a convolution: x (samples, axes..., channels), kernel as in :class:`Convolution`.

    Args:
        fill: the value of the padding.
    """
    count, filters = taps(windows), kernel.shape[1]
    channels = x.shape[-1] // groups
    weights = kernel.reshape(count, channels, groups, filters // groups).transpose(0, 2, 1, 3)
    total: Array = np.zeros((), x.dtype)
    for view, w in zip(views(x, windows, fill), weights, strict=True):
        if groups == 1:
            total = total + view @ w[0]
        elif channels == 1:
            total = total + (view[..., None] * w[:, 0]).reshape(*view.shape[:-1], filters)
        else:
            split = view.reshape(*view.shape[:-1], groups, 1, channels)
            total = total + (split @ w).reshape(*view.shape[:-1], filters)
    return total
