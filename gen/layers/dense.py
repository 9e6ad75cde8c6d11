"""Dense: y = a(x W + b) on the last axis; Keras 3, ``keras/src/layers/core/dense.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..core.functions import LINEAR, Function
from ..core.graph import Array, Op, Shape
from ..core.op import Inside, States
from .base import fed
from .weighing import Weighing


@dataclass(frozen=True, eq=False)
class Dense(Weighing):
    """Core (inputs,) -> (units,); kernel (inputs, units), bias (units,)."""

    kernel: Array
    bias: Array | None
    activation: Function = LINEAR

    @property
    def inputs(self) -> int:
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        return int(self.kernel.shape[1])

    @property
    def read(self) -> Array | None:
        return self.kernel

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        kernel, bias = fed(self.kernel, self.bias, gain, offset)
        return replace(self, kernel=kernel, bias=bias)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        inside.vectors("kernel", inputs[0])
        return super().observe(inputs, carried, inside)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.units,),)

    def multiply(self, x: Array, kernel: Array) -> Array:
        return x @ kernel

    def macs(self, *inputs: Shape) -> int:
        return self.inputs * self.units
