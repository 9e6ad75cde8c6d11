"""Pooling in integers. A window's output has the input's format: a maximum is one of its integers, a mean is rounded to
nearest, halves up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ...core.formats import MASK, Array, Format
from ...core.graph import Op, Shape
from ...core.op import Carry, State
from ...numerics.fixed import Rescale, rescale
from ..pool import REDUCE, RUNNING, GlobalPool, Pool, RunningPool
from ..windows import present, taps, views
from .base import Task, quantizes

WIDE = Format("int64", raw=True)
SUMS = Format("int32", raw=True)
LARGEST = 32767
"""Most values of a mean: twice their sum fits 32 bits."""


@dataclass(frozen=True, eq=False)
class IntegerPool(Pool):
    """``form`` is the format of x and of y."""

    form: Format

    @property
    def sums(self) -> Format | None:
        return None if self.mode == "max" else SUMS

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0].astype(np.int64)
        if self.mode == "max":
            return (reduce(np.maximum, views(x, self.windows, self.form.low)),)
        counts = present(self.windows, x.shape[1:])
        total = reduce(np.add, views(x, self.windows, 0))
        return (mean(total, counts.reshape(*counts.shape, *(1,) * (x.ndim - 1 - counts.ndim))),)


@dataclass(frozen=True, eq=False)
class IntegerGlobalPool(GlobalPool):
    """A maximum, a minimum and a masked mean have the format of x; if the mask keeps nothing, the mean is 0. Sums and
    other means have another format, since means of many values are small: ``sat(gain(sum of x - zero) + zero)``.

    Args:
        form: format of x.
        result: format of y.
        gain: from the sum to y; None if y has the format of x.
        positions: for a mean, the number of values that the gain assumes. If the number is open, the sum is scaled to
            this number first, rounded to nearest, halves up.
    """

    form: Format = MASK
    result: Format = MASK
    gain: Rescale | None = None
    positions: int = 1

    @property
    def sums(self) -> Format | None:
        return None if self.mode in ("max", "min") else SUMS

    def running(self, *cores: Shape) -> Op | None:
        channels = int(cores[0][-1] or 0)
        if self.masked or self.mode not in RUNNING:
            return None
        if self.gain is None:
            return RunningPool(self.mode, channels, self.form)
        return IntegerRunningPool(self.mode, channels, self.result, self.form, self.positions, self.gain)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0].astype(np.int64)
        axes = tuple(range(1, x.ndim - 1))
        if self.mode in ("max", "min"):
            return (REDUCE[self.mode](x, axis=axes),)
        if self.gain is not None:
            total = (x - self.form.zero).sum(axis=axes)
            if self.mode == "average":
                total = mean(total * self.positions, np.array(np.prod(x.shape[1:-1])))
            return (self.result.saturated(self.gain(total)),)
        keep = inputs[1] != 0
        count = keep.sum(axis=1, keepdims=True)
        means = mean((x * keep[..., None]).sum(axis=1), np.maximum(count, 1))
        return (np.where(count > 0, means, self.form.zero),)


@dataclass(frozen=True, eq=False)
class IntegerRunningPool(RunningPool):
    """The mean of all positions so far: their sum is scaled to a fixed number of positions, rounded to nearest, halves
    up. After that number of positions it equals the mean of :class:`IntegerGlobalPool`.

    Args:
        source: the format of x; ``form`` is that of y.
        positions: the number of positions that the gain assumes.
        gain: from their sum to y.
    """

    source: Format = MASK
    positions: int = 1
    gain: Rescale | None = None

    @property
    def carry(self) -> Carry:
        steps = State("steps", (1,), "number of positions so far", WIDE)
        total = State("sum", (self.channels,), "sums of all positions", WIDE)
        mean = State("mean", (self.channels,), "last output", self.form)
        return Carry((steps, total), output=mean, finals=(mean,))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0].astype(np.int64).reshape(*inputs[0].shape[:2], -1, self.channels)
        count = ((np.arange(x.shape[1]) + 1) * x.shape[2])[:, None]
        total = mean((x - self.source.zero).sum(axis=2).cumsum(axis=1) * self.positions, count)
        assert self.gain is not None
        y = (self.gain(total) + self.form.zero).clip(self.form.low, self.form.high)
        return y, y[:, -1]


def mean(total: Array, count: Array) -> Array:
    """The nearest integer to ``total / count``, halves up: ``floor((2 total + count) / (2 count))``."""
    return np.asarray((2 * total + count) // (2 * count))


@quantizes(Pool)
def pool(op: Pool, task: Task) -> tuple[Op, Sequence[Format]]:
    if taps(op.windows) > LARGEST:
        raise task.refuse(f"it takes means of {taps(op.windows):,} values")
    return IntegerPool(op.mode, op.windows, task.inputs[0]), [task.inputs[0]]


@quantizes(GlobalPool)
def global_pool(op: GlobalPool, task: Task) -> tuple[Op, Sequence[Format]]:
    source = task.inputs[0]
    count = int(np.prod([n or 1 for n in task.cores[0][:-1]]))
    if op.mode in ("max", "min"):
        return IntegerGlobalPool(op.mode, op.masked, source, source), [source]
    if count > LARGEST:
        raise task.refuse(f"it takes means of {count:,} values")
    if op.masked:
        return IntegerGlobalPool(op.mode, op.masked, source, source), [source]
    result = task.output_format()
    reach = source.reach
    share = count if op.mode == "average" else 1
    gain = rescale(source.scale / (share * result.scale), count * reach, 1 << result.bits)
    return IntegerGlobalPool(op.mode, op.masked, source, result, gain, count), [result]
