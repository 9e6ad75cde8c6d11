"""Functions over an axis in integers: softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...formats import Array, Format
from ...graph import Op, Shape
from ...numerics.fixed import EXP_SOURCE, UNIT, Rescale, exp16, rescale, saturate, share
from ..activation import VectorActivation
from .base import Task, quantizes


@dataclass(frozen=True, eq=False)
class IntegerSoftmax(Op):
    """Shares of e^(x - max x) over the first core axis: (n, ...).

    Args:
        enter: from a difference of two x to the source of exp.
        leave: from shares in units of 2^-15 to y; None where y is that.
    """

    kind: ClassVar[str] = "integer_softmax"

    enter: Rescale
    leave: Rescale | None
    result: Format

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        e = exp16(saturate(self.enter(x.max(axis=1, keepdims=True) - x), 16))
        y = share(e, e.sum(axis=1, keepdims=True))
        y = y if self.leave is None else self.leave(y)
        return ((y + self.result.zero).clip(self.result.low, self.result.high),)


@quantizes(VectorActivation, wide=True)
def vector_activation(op: VectorActivation, task: Task) -> tuple[Op, Sequence[Format]]:
    if op.function.name != "softmax":
        raise task.refuse(f"{op.function.name} has no integer form yet")
    source = task.inputs[0]
    result = UNIT if task.wide[0] or task.dtype == "int16" else task.made()
    leave = None if result == UNIT else rescale(UNIT.scale / result.scale, 32767, 1 << result.bits)
    enter = rescale(source.scale / EXP_SOURCE.scale, source.high - source.low, 32768)
    return IntegerSoftmax(enter, leave, result), [result]
