"""Functions over an axis in integers: softmax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...formats import Array, Format
from ...graph import Op, Shape
from ...numerics.fixed import EXP_SOURCE, Rescale, exp16, rescale, saturate, softmax_share
from ..activation import VectorActivation
from .base import Task, quantizes

SHARES = {"int8": Format("int8", 2.0**-8, -128), "int16": Format("int16", 2.0**-15)}
"""Formats of values from 0 to 1."""


@dataclass(frozen=True, eq=False)
class IntegerSoftmax(Op):
    """Shares of e^(x - max x) over the first core axis: (n, ...).

    Args:
        enter: from a difference of two x to the source of exp.
    """

    kind: ClassVar[str] = "integer_softmax"

    enter: Rescale
    result: Format

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        e = exp16(saturate(self.enter(x.max(axis=1, keepdims=True) - x), 16))
        return (softmax_share(e, e.sum(axis=1, keepdims=True), self.result),)


@quantizes(VectorActivation, wide=True)
def vector_activation(op: VectorActivation, task: Task) -> tuple[Op, Sequence[Format]]:
    if op.function.name != "softmax":
        raise task.refuse(f"{op.function.name} has no integer form yet")
    source = task.inputs[0]
    result = SHARES["int16" if task.wide[0] else task.dtype]
    enter = rescale(source.scale / EXP_SOURCE.scale, source.high - source.low, 32768)
    return IntegerSoftmax(enter, result), [result]
