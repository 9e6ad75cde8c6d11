"""Dense in integers: one matrix, and its activation as bounds or on 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...formats import Array, Format
from ...graph import Op, Shape
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
        y = self.own(inputs[0])
        if self.activation is not None:
            y = self.activation(saturate(y, 16))
            y = y if self.narrow is None else self.narrow(y)
        return ((y + self.result.zero).clip(self.low, self.high),)

    def macs(self, *inputs: Shape) -> int:
        del inputs
        return self.inputs * self.units


@quantizes(Dense)
def dense(op: Dense, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.need(0, task.dtype), task.made()
    low, high = result.low, result.high
    name, params = op.activation.name, dict(op.activation.params)
    activation, narrow, scale, bits = None, None, result.scale, result.bits
    if name == "relu" and not (params.get("negative_slope") or params.get("threshold")):
        low = max(low, result.zero)
        if "max_value" in params:
            high = min(high, result.zero + round(params["max_value"] / result.scale))
    elif name != "linear":
        activation = unit(op.activation, *task.inner[f"source {op.activation}"])
        scale, bits = activation.source.scale, 16
        if activation.result != result:
            narrow = rescale(activation.result.scale / result.scale, 32768, 1 << result.bits)
    own = matrix(task.numeric, op.kernel, op.bias, source, scale, bits)
    return IntegerDense(own, result, low, high, activation, narrow), [result]
