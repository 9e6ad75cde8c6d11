"""Functions over an axis in integers: softmax and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...numerics.fixed import (
    ACCUMULATOR,
    EXP_SOURCE,
    SIGMOID_SOURCE,
    UNIT,
    Rescale,
    exp16,
    log16,
    rescale,
    saturate,
    share,
    short_exp16,
    sigmoid16,
)
from ..activation import VectorActivation
from ..base import SameCore
from .base import Task, quantizes

ONE_BITS = 16
"""Least binary digits of 1 in the units of sparsemax."""


@dataclass(frozen=True, eq=False)
class IntegerSoftmax(SameCore):
    """Shares of e^(x - max x) over the first core axis: (n, ...).

    Args:
        brief: whether exp uses a short table.
        enter: from a difference of two x to the source of exp.
        leave: from shares in units of 2^-15 to y; None if y has that unit.
    """

    brief: bool
    enter: Rescale
    leave: Rescale | None
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        e = (short_exp16 if self.brief else exp16)(saturate(self.enter(x.max(axis=1, keepdims=True) - x), 16))
        y = share(e, e.sum(axis=1, keepdims=True))
        y = y if self.leave is None else self.leave(y)
        return (self.result.saturated(y),)

    @property
    def share_of_one(self) -> int:
        """The output for a single value, whose share is always 1."""
        return int(self.apply(np.zeros((1, 1), np.int64))[0].item())


@dataclass(frozen=True, eq=False)
class IntegerLogSoftmax(SameCore):
    """y = sat(zero - own(max x - x) - log(ln(sum of e^(x - max x)))) over the first core axis: (n, ...).

    Args:
        brief: whether exp uses a short table.
        enter: from a difference of two x to the source of exp. own: from such a difference to the scale of y.
        log: from units of 2^-15 to the scale of y.
    """

    brief: bool
    enter: Rescale
    own: Rescale
    log: Rescale
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        distance = inputs[0].max(axis=1, keepdims=True) - inputs[0]
        total = (short_exp16 if self.brief else exp16)(saturate(self.enter(distance), 16)).sum(axis=1, keepdims=True)
        y = self.result.zero - self.own(distance) - self.log(log16(total))
        return (y.clip(self.result.low, self.result.high),)


@dataclass(frozen=True, eq=False)
class IntegerSparsemax(SameCore):
    """``functions._sparsemax`` with x times ``2^up``; exact except for the threshold's division and the last rescaling.

    Args:
        one: the integer for 1 in these units.
        up: left shift of x.
        leave: from these units to y.
    """

    one: int
    up: int
    leave: Rescale
    source: Format
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = (inputs[0] - self.source.zero) << self.up
        z = np.flip(np.sort(x, axis=1), axis=1)
        total = np.cumsum(z, axis=1)
        rank = np.arange(1, x.shape[1] + 1).reshape(-1, *(1,) * (x.ndim - 2))
        support = z * rank > total - self.one
        size = support.sum(axis=1, keepdims=True)
        threshold = (np.where(support, total, 0).sum(axis=1, keepdims=True) - self.one) // size
        return (self.result.saturated(self.leave(np.maximum(x - threshold, 0))),)


@dataclass(frozen=True, eq=False)
class IntegerGlu(Op):
    """y = sat(leave((a - zero) sigmoid(b)) + zero): a and b are the halves of the first core axis.

    Args:
        enter: from b to the source of sigmoid.
    """

    enter: Rescale
    leave: Rescale
    source: Format
    result: Format

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        shape = inputs[0]
        assert shape[0] is not None
        return ((shape[0] // 2, *shape[1:]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        a, b = np.split(inputs[0] - self.source.zero, 2, axis=1)
        return (self.result.saturated(self.leave(a * sigmoid16(saturate(self.enter(b), 16)))),)


@quantizes(VectorActivation, wide=True)
def vector_activation(op: VectorActivation, task: Task) -> tuple[Op, Sequence[Format]]:
    rules = {"softmax": _softmax, "log_softmax": _log_softmax, "sparsemax": _sparsemax, "glu": _glu}
    return rules[op.function.name](task)


def _softmax(task: Task) -> tuple[Op, Sequence[Format]]:
    source = task.inputs[0]
    result = UNIT if task.wide[0] or task.dtype == "int16" else task.output_format()
    leave = None if result == UNIT else rescale(UNIT.scale / result.scale, 32767, 1 << result.bits)
    return IntegerSoftmax(task.numeric.brief, _to_exp(source), leave, result), [result]


def _log_softmax(task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    n = task.cores[0][0] or 1
    limit = 1 << result.bits
    scale = rescale(source.scale / result.scale, source.high - source.low, limit)
    log = rescale(UNIT.scale / result.scale, np.log(n) * 32768 + 64, limit)
    return IntegerLogSoftmax(task.numeric.brief, _to_exp(source), scale, log, result), [result]


def _sparsemax(task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    n = task.cores[0][0] or 1
    up = min(max(0, int(np.ceil(ONE_BITS + np.log2(source.scale)))), 24)
    one = round(2.0**up / source.scale)
    bound = (2 * n * (65535 << up) + one) * n
    if bound >= 1 << 62:
        raise OverflowError(f"sums of {n}")
    leave = rescale(source.scale / 2.0**up / result.scale, bound, 1 << result.bits)
    return IntegerSparsemax(one, up, leave, source, result), [result]


def _glu(task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    reach = source.reach
    enter = rescale(source.scale / SIGMOID_SOURCE.scale, reach, 32768)
    leave = rescale(source.scale * UNIT.scale / result.scale, min(reach * 32768, ACCUMULATOR), 1 << result.bits)
    return IntegerGlu(enter, leave, source, result), [result]


def _to_exp(source: Format) -> Rescale:
    return rescale(source.scale / EXP_SOURCE.scale, source.high - source.low, 32768)
