"""Dense: y = a(x W + b) on the last axis; Keras 3, ``keras/src/layers/core/dense.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..functions import LINEAR, Function
from ..graph import Array, Op, Shape
from .activation import add_activation
from .base import Builder, Spec, Value, cast, only, reads
from .cases import case, each_function


@dataclass(frozen=True, eq=False)
class Dense(Op):
    """Core (inputs,) -> (units,); kernel (inputs, units), bias (units,)."""

    kind: ClassVar[str] = "dense"

    kernel: Array
    bias: Array | None
    activation: Function = LINEAR

    @property
    def inputs(self) -> int:
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        return int(self.kernel.shape[1])

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return ((self.units,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        z = x @ cast(self.kernel, x)
        return (self.activation(z if self.bias is None else z + cast(self.bias, x)),)

    def macs(self, *inputs: Shape) -> int:
        del inputs
        return self.inputs * self.units


@reads("Dense")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    kernel = spec.weights["kernel"]
    if not shape or shape[-1] != kernel.shape[0]:
        raise builder.broken(f"has a kernel for {kernel.shape[0]} features and is given {shape}")
    activation: Function = spec.config["activation"]
    fused = activation if activation.elementwise else LINEAR
    (out,) = builder.add(Dense(kernel, spec.weights.get("bias"), fused), [value.tensor], lead=len(shape) - 1)
    result = Value(out, value.mask)
    return [result if activation.elementwise else add_activation(builder, activation, result)]


CASES = (
    *(case("Dense", (3,), units=units) for units in (1, 5, 8, 17, 100)),
    *(case("Dense", (3,), units=5, use_bias=False, activation=a) for a in ("linear", "relu")),
    *(case("Dense", shape, units=5, activation="tanh") for shape in ((6, 3), (None, 3), (2, 4, 3), (2, 2, 2, 3))),
    *each_function("Dense", "activation", (6,), "edges", units=9),
    *(case("Dense", shape, units=5, activation="softmax") for shape in ((3,), (6, 3), (2, 4, 3))),
    *(case("Dense", (6, 3), units=6, activation=a, only="keras") for a in ("glu", "log_softmax", "sparsemax")),
    case("Dense", (6, 3), units=5, activation="relu", feed="masked"),
)
