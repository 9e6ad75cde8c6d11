"""Dense in integers: one matrix, and its activation as bounds or on 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...core.formats import Array, Format
from ...core.functions import Function
from ...core.graph import Op, Shape
from ...numerics.fixed import Rescale, rescale, saturate
from ...numerics.unit import Unit, unit
from ..dense import Dense
from .base import Task, quantizes
from .matrix import Matrix, matrix


@dataclass(frozen=True, eq=False)
class IntegerDense(Op):
    """y = sat(own(x) + zero) within bounds; or, through 16 bits, y = sat(narrow(a(sat16(own(x)))) + zero).

    Args:
        result: the format of y.
        low, high: bounds of y in integers: those of its type, or an activation's.
        activation: None where the bounds are all it does.
        narrow: from the activation's result to y.
    """

    kind: ClassVar[str] = "integer_dense"

    own: Matrix
    result: Format
    low: int
    high: int
    activation: Unit | None
    narrow: Rescale | None

    @property
    def inputs(self) -> int:
        return int(self.own.weights.shape[0])

    @property
    def units(self) -> int:
        return int(self.own.weights.shape[1])

    def arrays(self) -> dict[str, Array]:
        return self.own.arrays("kernel")

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return ((self.units,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.finish(self.own(inputs[0])),)

    def finish(self, y: Array) -> Array:
        """What follows the matrix."""
        if self.activation is not None:
            y = self.activation(saturate(y, 16))
            y = y if self.narrow is None else self.narrow(y)
        bounded: Array = (y + self.result.zero).clip(self.low, self.high)
        return bounded

    def macs(self, *inputs: Shape) -> int:
        del inputs
        return self.inputs * self.units


@dataclass(frozen=True)
class Behind:
    """What follows the sums of a matrix: as in :class:`IntegerDense`, and the scale and bits of what it is told."""

    low: int
    high: int
    activation: Unit | None
    narrow: Rescale | None
    scale: float
    bits: int


def behind(function: Function, task: Task, result: Format) -> Behind:
    """An activation as bounds of the result, or on 16 bits."""
    low, high = result.low, result.high
    name, params = function.name, dict(function.params)
    activation, narrow, scale, bits = None, None, result.scale, result.bits
    if name == "relu" and not (params.get("negative_slope") or params.get("threshold")):
        low = max(low, result.zero)
        if "max_value" in params:
            high = min(high, result.zero + round(params["max_value"] / result.scale))
    elif name != "linear":
        activation = unit(function, *task.inner[f"source {function}"], task.numeric.brief)
        scale, bits = activation.source.scale, 16
        if activation.result != result:
            narrow = rescale(activation.result.scale / result.scale, 32768, 1 << result.bits)
    return Behind(low, high, activation, narrow, scale, bits)


@quantizes(Dense)
def dense(op: Dense, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.need(0, task.dtype), task.made()
    b = behind(op.activation, task, result)
    own = matrix(task.numeric, op.kernel, op.bias, source, b.scale, b.bits, seen=task.moments.get("kernel"))
    return IntegerDense(own, result, b.low, b.high, b.activation, b.narrow), [result]
