"""Pooling: the largest or the mean of each window, or of all positions; Keras 3 ``keras/src/layers/pooling``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..core.formats import FLOAT, MASK, Format
from ..core.graph import Array, Op, Shape
from ..core.op import Carry, RowWalk, State, Walk
from .windows import Sliding, Windows, lengths, present, views


@dataclass(frozen=True, eq=False)
class Pool(Sliding):
    """Core (axes..., channels) -> (outputs..., channels). Padding counts neither in a maximum nor in a mean.

    Args:
        mode: ``max`` or ``average``.
        windows: one per axis, the first axis first; each contains at least one input value.
    """

    mode: str
    windows: Windows

    @property
    def affine(self) -> bool:
        return True

    @property
    def sums(self) -> Format | None:
        """The format of a mean's sum, if the output's own format cannot hold it."""
        return None

    def row_walk(self, *inputs: Shape) -> RowWalk | None:
        first, is_single = self.windows[0], lengths(self.windows, inputs[0])[0] == 1
        if len(self.windows) == 2 and is_single and first.dilation == 1 and first.inside(inputs[0][0] or 0):
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
"""Modes that have a form over all positions so far."""


@dataclass(frozen=True, eq=False)
class GlobalPool(Op):
    """Core (axes..., channels) -> (channels,), over all positions, or over those that a mask (first axis,) keeps.

    Args:
        mode: ``max``, ``min``, ``average`` or ``sum``.
        masked: whether a mean has such a mask.
    """

    mode: str
    masked: bool = False

    @property
    def affine(self) -> bool:
        return self.mode != "sum" and not self.masked

    @property
    def raw(self) -> Mapping[int, Format]:
        return {1: MASK} if self.masked else {}

    @property
    def averages(self) -> bool:
        return self.mode == "average"

    def running(self, *cores: Shape) -> Op | None:
        return None if self.masked or self.mode not in RUNNING else RunningPool(self.mode, int(cores[0][-1] or 0))

    @property
    def sums(self) -> Format | None:
        """As in :class:`Pool`."""
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
        with np.errstate(invalid="ignore"):  # if all is masked, Keras gives NaN too
            return ((x * keep[..., None]).sum(axis=1) / keep.sum(axis=1, keepdims=True),)


@dataclass(frozen=True, eq=False)
class RunningPool(Op):
    """The maximum or the mean of all positions so far: sequence (steps, axes..., channels) -> (steps, channels), and
    the value after the last step, (channels,).

    Args:
        mode: ``max`` or ``average``.
        channels: channels of the input.
        form: format of values.
    """

    mode: str
    channels: int
    form: Format = FLOAT

    @property
    def carry(self) -> Carry:
        if self.mode == "max":
            begun = State("begun", (1,), "whether there was a step", self.form)
            largest = State("largest", (self.channels,), "of all steps", self.form)
            return Carry((begun, largest), finals=(largest,))
        steps = State("steps", (1,), "number of positions so far")
        mean = State("mean", (self.channels,), "of all positions so far")
        rest = State("rest", (self.channels,), "by how much the mean was rounded up")
        return Carry((steps, mean, rest), finals=(mean,))

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
            count = (np.arange(x.shape[1]) + 1) * x.shape[2]
            so_far = x.sum(axis=2).cumsum(axis=1) / count[:, None].astype(x.dtype)
        return so_far, so_far[:, -1]
