"""Dense in integers: one matrix, with its activation as bounds or on 16 bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...numerics.base import Numeric
from ...numerics.fixed import Rescale, rescale, saturate
from ...numerics.unit import Unit, unit
from ..convolution import Filtering
from ..dense import Dense
from .base import Task, quantizes
from .matrix import Matrix, MatrixQuantizer, safe_input_format


@dataclass(frozen=True, eq=False)
class IntegerDense(Op):
    """y = sat(own(x) + zero) within bounds; or, through 16 bits, y = sat(narrow(a(sat16(own(x)))) + zero).

    Args:
        result: the format of y.
        low, high: bounds of y in integers: those of its type, or an activation's.
        activation: None if the bounds alone are the activation.
        narrow: from the activation's result to y; None if they have one format.
    """

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
        return ((self.units,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.finish(self.own(inputs[0])),)

    def finish(self, y: Array) -> Array:
        """The activation, the zero point and the bounds, applied to the matrix's result."""
        if self.activation is not None:
            y = self.activation(saturate(y, 16))
            y = y if self.narrow is None else self.narrow(y)
        return (y + self.result.zero).clip(self.low, self.high)

    def macs(self, *inputs: Shape) -> int:
        return self.inputs * self.units


DenseParts = tuple[Matrix, Format, int, int, Unit | None, Rescale | None]


def dense_parts(op: Dense | Filtering, task: Task, numeric: Numeric) -> DenseParts:
    """The fields of :class:`IntegerDense`: a matrix, and its activation as bounds of the result, or on 16 bits."""
    source, result = safe_input_format(task, op.kernel), task.output_format()
    low, high = result.low, result.high
    function = op.activation
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
    bits -= numeric.weights.bits > 8  # no other sum is added before it saturates; with 16-bit weights that bit matters
    bias = None if op.bias is None else op.bias.reshape(-1)
    quantizer = MatrixQuantizer(numeric, op.kernel, bias, source, scale, bits, task.moments.get("kernel"))
    return quantizer.matrix(), result, low, high, activation, narrow


@quantizes(Dense)
def dense(op: Dense, task: Task) -> tuple[Op, Sequence[Format]]:
    parts = dense_parts(op, task, task.numeric)
    return IntegerDense(*parts), [parts[1]]
