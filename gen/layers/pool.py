"""Pooling: the largest or the mean of each window, or of all positions; Keras 3 ``keras/src/layers/pooling``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from ..core.formats import FLOAT, MASK, Format
from ..core.graph import Array, Op, Shape
from ..core.op import Carry, RowWalk, State, Walk
from .cases import Case, case, cases, each, layer
from .windows import Sliding, Windows, lengths, present, views


@dataclass(frozen=True, eq=False)
class Pool(Sliding):
    """Core (axes..., channels) -> (outputs..., channels). Padding is absent: no maximum, and no part of a mean.

    Args:
        mode: ``max`` or ``average``.
        windows: one an axis, the first axis first; every output finds a value inside.
    """

    mode: str
    windows: Windows

    @property
    def affine(self) -> bool:
        return True

    @property
    def sums(self) -> Format | None:
        """What the values that a mean is taken of are added up in, where it is no value of the output."""
        return None

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        first, whole = self.windows[0], lengths(self.windows, inputs[0])[0] == 1
        if len(self.windows) == 2 and whole and first.dilation == 1 and first.inside(inputs[0][0] or 0):
            return RowWalk(first.kernel, first.stride, call="fold", sums=self.sums)
        return super().row_walk(*inputs)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*lengths(self.windows, inputs[0]), *inputs[0][len(self.windows) :]),)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return self.mode == "max" and wholes[0]

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if self.mode == "max":
            return (reduce(np.maximum, views(x, self.windows, -np.inf)),)
        counts = present(self.windows, x.shape[1:])
        spread = counts.reshape(*counts.shape, *(1,) * (x.ndim - 1 - counts.ndim))
        return (reduce(np.add, views(x, self.windows)) / spread.astype(x.dtype),)


REDUCE: Mapping[str, Callable[..., Array]] = {"max": np.max, "min": np.min, "average": np.mean, "sum": np.sum}


RUNNING = ("max", "average")
"""What is also computed over all positions so far."""


@dataclass(frozen=True, eq=False)
class GlobalPool(Op):
    """Core (axes..., channels) -> (channels,), over all positions; or over those that a mask (first axis,) keeps.

    Args:
        mode: ``max``, ``min``, ``average`` or ``sum``.
        masked: of a mean: whether there is such a mask.
    """

    mode: str
    masked: bool = False

    @property
    def affine(self) -> bool:
        return self.mode != "sum" and not self.masked

    @property
    def raw(self) -> Mapping[int, Format]:
        return {1: MASK} if self.masked else {}

    def running(self, *cores: Shape) -> Op | None:
        return None if self.masked or self.mode not in RUNNING else RunningPool(self.mode, int(cores[0][-1] or 0))

    @property
    def sums(self) -> Format | None:
        """As of :class:`Pool`."""
        return None

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        rows = inputs[0][0]
        return RowWalk(rows, rows, call="fold", sums=self.sums) if rows and not self.masked else None

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[0][-1:],)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return self.mode != "average" and wholes[0]

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        axes = tuple(range(1, x.ndim - 1))
        if not self.masked:
            return (REDUCE[self.mode](x, axis=axes),)
        keep = (inputs[1] != 0).astype(x.dtype)
        with np.errstate(invalid="ignore"):  # where all is masked, Keras gives no number either
            return ((x * keep[..., None]).sum(axis=1) / keep.sum(axis=1, keepdims=True),)


@dataclass(frozen=True, eq=False)
class RunningPool(Op):
    """The largest or the mean of all positions so far: sequence (steps, axes..., channels) -> (steps, channels), and
    what it is after the last step, (channels,).

    Args:
        mode: ``max`` or ``average``.
        channels: of the input.
        form, total: formats of values, and of sums.
    """

    mode: str
    channels: int
    form: Format = FLOAT
    total: Format = FLOAT

    @property
    def carry(self) -> Carry:
        if self.mode == "max":
            begun = State("begun", (1,), "whether there was a step", self.form)
            largest = State("largest", (self.channels,), "of all steps", self.form)
            return Carry((begun, largest), finals=(largest,))
        steps = State("steps", (1,), "number of positions so far", self.total)
        total = State("sum", (self.channels,), "sums of all positions", self.total)
        mean = State("mean", (self.channels,), "last output", self.form)
        return Carry((steps, total), output=mean, finals=(mean,))

    @property
    def walk(self) -> Walk:
        return Walk()

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[0][0], self.channels), (self.channels,)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0].reshape(*inputs[0].shape[:2], -1, self.channels)
        if self.mode == "max":
            so_far = np.maximum.accumulate(x.max(axis=2), axis=1)
        else:
            many = (np.arange(x.shape[1]) + 1) * x.shape[2]
            so_far = x.sum(axis=2).cumsum(axis=1) / many[:, None].astype(x.dtype)
        return so_far, so_far[:, -1]


def _cases() -> Iterator[Case]:
    kinds: tuple[dict[str, Any], ...] = (
        *each(pool_size=(2, 3), padding=("same",)),
        {"pool_size": 2},
        {"pool_size": 3, "strides": 1, "padding": "same"},
        {"pool_size": 3, "strides": 2},
        {"pool_size": 2, "strides": 3, "padding": "same"},
    )
    for mode in ("Max", "Average"):
        yield from cases(f"{mode}Pooling1D", (7, 3), options=kinds)
        uneven: dict[str, Any] = {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}
        yield from cases(f"{mode}Pooling2D", (7, 6, 3), options=(*kinds, uneven))
        yield case(f"{mode}Pooling2D", (3, 7, 6), pool_size=2, data_format="channels_first", only="keras")
        yield case(f"{mode}Pooling1D", (3, 7), pool_size=2, data_format="channels_first", only="keras")
        yield case(f"{mode}Pooling1D", (6, 3), feed="masked", pool_size=2)
        uneven = {"pool_size": (1, 2, 3), "strides": 2, "padding": "same"}
        yield from cases(f"{mode}Pooling3D", (4, 5, 6, 2), options=({"pool_size": 2}, uneven))
        for rank, shape in ((1, (7, 3)), (2, (5, 6, 3)), (3, (3, 4, 5, 2))):
            options = (*each(keepdims=(..., True)), {"data_format": "channels_first"})
            yield from cases(f"Global{mode}Pooling{rank}D", shape, options=options)
        yield case("TimeDistributed", (3, 6, 5, 2), layer=layer(f"{mode}Pooling2D", pool_size=2))
        yield case("TimeDistributed", (3, 6, 2), layer=layer(f"Global{mode}Pooling1D"))
    yield case("GlobalMaxPooling1D", (6, 3), feed="masked")


CASES = tuple(_cases())
