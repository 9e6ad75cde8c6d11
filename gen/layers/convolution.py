"""Convolution over one, two or three axes, in groups, and depthwise; Keras 3 ``keras/src/layers/convolutional``.

y[j, f] = a(b[f] + sum over taps i and channels c of x[j stride + i dilation - left, c] kernel[i, c, f])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ..core.functions import LINEAR, Function, watched
from ..core.graph import Array, Op
from ..core.op import Inside, States
from .base import cast, fed, giving
from .cases import Case, case, cases, each, each_function, layer
from .normalize import joined
from .windows import Sliding, Windowed, Windows, taps, views


@dataclass(frozen=True, eq=False)
class Filtering(Windowed):
    """Filters over windows, of any wiring: how windows lie, and so all that follows from it, is each kind's own.

    Args:
        kernel: a column a filter.
        bias: (filters,).
        windows: one an axis, the first axis first.
    """

    stored: ClassVar[Mapping[str, int]] = {"kernel": 0}

    kernel: Array
    bias: Array | None
    windows: Windows
    groups: int = 1
    activation: Function = LINEAR

    @property
    def columns(self) -> Array:
        return self.kernel

    @property
    def shares(self) -> bool:
        return self.activation.shares

    def then(self, reader: Op) -> Op | None:
        """An activation, or a scaling of each filter, behind a layer that has none becomes its own."""
        return joined(self, reader)

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        return giving(self, gain, offset, positive)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        return watched(self, inside.value).run(inputs, carried)


@dataclass(frozen=True, eq=False)
class Convolution(Sliding, Filtering):
    """Core (axes..., channels) -> (outputs..., filters).

    Args:
        kernel: (taps * channels / groups, filters); taps in row-major order, the channels of a tap side by side.
        groups: filters are in so many equal groups, and so are channels: a group of filters sees its own channels.
    """

    @property
    def read(self) -> Array | None:
        """(channels, taps * filters of the channel's group)"""
        channels = self.channels // self.groups
        parts = self.kernel.reshape(taps(self.windows), channels, self.groups, -1)
        return parts.transpose(2, 1, 0, 3).reshape(self.channels, -1)

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        """None with an offset where zeros are put around the input: they would not mean 0 any more."""
        if offset is not None and any(window.left > 0 or window.right > 0 for window in self.windows):
            return None

        def placed(values: Array) -> Array:
            """As the kernel lies: each filter beside the channels of its group."""
            columns = np.repeat(values.reshape(self.groups, -1).T, self.filters // self.groups, axis=1)
            return np.tile(columns, (taps(self.windows), 1))

        kernel, bias = fed(self.kernel, self.bias, placed(gain), None)
        if offset is not None:
            start = 0.0 if bias is None else bias.astype(np.float64)
            bias = start + (placed(offset) * self.kernel.astype(np.float64)).sum(axis=0)
        return replace(self, kernel=kernel, bias=bias)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        if self.groups == 1:
            inside.vectors("kernel", np.concatenate(list(views(inputs[0], self.windows, 0)), axis=-1))
        return super().observe(inputs, carried, inside)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        z = convolve(x, cast(self.kernel, x), self.windows, self.groups)
        return (self.activation(z if self.bias is None else z + cast(self.bias, x)),)


@dataclass(frozen=True, eq=False)
class DepthwiseConvolution(Convolution):
    """A convolution with a group a channel: kernel (taps, channels * multiplier), a channel's filters side by side."""

    kind: ClassVar[str] = "depthwise"

    @property
    def multiplier(self) -> int:
        """Filters a channel."""
        return self.filters // self.groups


def convolve(x: Array, kernel: Array, windows: Windows, groups: int = 1, fill: float = 0) -> Array:
    """The sums of a convolution: x (samples, axes..., channels), kernel as of :class:`Convolution`.

    Args:
        fill: what the padding holds.
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


GENTLE = ("gentle",)
"""Inputs whose sums do not cancel: what float32 rounds off them is no error of a kernel."""


def _cases() -> Iterator[Case]:
    one: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same", "causal"), dilation_rate=(..., 2)),
        *each(padding=("same", "causal"), strides=(2,)),
        {"padding": "same", "strides": 3, "kernel_size": 2},
        {"padding": "valid", "strides": 2, "kernel_size": 4},
        {"padding": "same", "kernel_size": 4},
        {"padding": "valid", "dilation_rate": 3},
        *({"kernel_size": 1, **walk} for walk in ({}, {"dilation_rate": 3}, {"strides": 2})),
        {"use_bias": False},
        {"activation": "softmax"},
    )
    yield from cases("Conv1D", (9, 3), options=one, feeds=GENTLE, filters=5, kernel_size=3)
    paddings = each(padding=("valid", "causal"))
    yield from cases("Conv1D", (9, 4), options=paddings, feeds=GENTLE, filters=6, kernel_size=3, groups=2)
    same = {"padding": "same", "feed": "gentle"}
    yield case("Conv1D", (9, 4), filters=8, kernel_size=3, groups=4, dilation_rate=2, **same)
    yield case("Conv1D", (30, 40), filters=17, kernel_size=5, **same)
    yield case("Conv1D", (6, 3), feed="masked", filters=4, kernel_size=3)
    yield case("Conv1D", (None, 3), filters=5, kernel_size=4, strides=2, refused="which is not fixed", **same)
    yield from each_function("Conv1D", "activation", (5, 3), "gentle", filters=3, kernel_size=2, padding="same")
    two: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same")),
        {"padding": "same", "strides": 2},
        {"padding": "same", "strides": (2, 1), "kernel_size": (2, 4)},
        {"strides": (1, 2), "kernel_size": (3, 1)},
        {"padding": "same", "kernel_size": (1, 5)},
        {"padding": "same", "dilation_rate": (2, 1)},
        {"dilation_rate": (1, 2)},
        {"dilation_rate": 2, "padding": "same"},
        {"kernel_size": 1},
        {"kernel_size": 1, "strides": 2, "activation": "relu"},
        {"activation": "relu", "use_bias": False},
        {"activation": "softmax"},
        {"filters": 17},
    )
    yield from cases("Conv2D", (7, 8, 3), options=two, feeds=GENTLE, filters=5, kernel_size=3)
    yield case("Conv2D", (6, 5, 4), filters=6, kernel_size=3, groups=2, **same)
    yield case("Conv2D", (6, 5, 4), feed="gentle", filters=4, kernel_size=(2, 3), groups=4, strides=2)
    yield case("Conv2D", (6, 5, 4), filters=6, kernel_size=3, groups=2, **same, dilation_rate=2)
    three = (*each(padding=(..., "same")), {"padding": "same", "strides": 2}, {"dilation_rate": (1, 2, 1)})
    yield from cases("Conv3D", (4, 5, 6, 2), options=three, feeds=GENTLE, filters=3, kernel_size=(2, 3, 3))
    yield from _depthwise_cases()


def _depthwise_cases() -> Iterator[Case]:
    options: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same")),
        {"padding": "same", "strides": 2, "depth_multiplier": 2},
        {"dilation_rate": 2, "padding": "same"},
        {"depth_multiplier": 3, "activation": "relu"},
        {"use_bias": False},
    )
    yield from cases("DepthwiseConv1D", (9, 3), options=options, feeds=GENTLE, kernel_size=3)
    yield from cases("DepthwiseConv2D", (7, 8, 3), options=options, feeds=GENTLE, kernel_size=3)
    yield from cases("SeparableConv1D", (9, 3), options=options, feeds=GENTLE, kernel_size=3, filters=5)
    yield from cases("SeparableConv2D", (7, 8, 3), options=options, feeds=GENTLE, kernel_size=(3, 2), filters=5)
    both = {"strides": 2, "dilation_rate": 2, "padding": "same"}
    yield case("DepthwiseConv2D", (7, 8, 3), feed="gentle", kernel_size=3, **both, only="keras")
    alone: dict[str, Any] = {"feed": "gentle", "kernel_size": 3, "filters": 5}
    yield case("SeparableConv1D", (9, 3), **alone, padding="causal", only="tf_keras")
    yield case("SeparableConv1D", (9, 3), **alone, activation="softmax")
    inner = layer("Conv1D", filters=4, kernel_size=3, padding="same")
    yield case("TimeDistributed", (3, 6, 2), feed="gentle", layer=inner)
    pictures = (layer("Conv2D", filters=4, kernel_size=3, strides=2), layer("DepthwiseConv2D", kernel_size=2))
    yield from cases("TimeDistributed", (3, 6, 5, 2), options=each(layer=pictures), feeds=GENTLE)


CASES = tuple(_cases())
