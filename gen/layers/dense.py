"""Dense: y = a(x W + b) on the last axis; Keras 3, ``keras/src/layers/core/dense.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ..core.functions import LINEAR, Function, watched
from ..core.graph import Array, Op, Shape
from ..core.op import Inside, States
from .base import cast, fed, giving
from .normalize import joined


@dataclass(frozen=True, eq=False)
class Dense(Op):
    """Core (inputs,) -> (units,); kernel (inputs, units), bias (units,)."""

    stored: ClassVar[Mapping[str, int]] = {"kernel": 0}

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
    def shares(self) -> bool:
        return self.activation.shares

    def then(self, reader: Op) -> Op | None:
        """An activation, or a scaling of each unit, behind a layer that has none becomes its own."""
        return joined(self, reader)

    @property
    def read(self) -> Array | None:
        return self.kernel

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        kernel, bias = fed(self.kernel, self.bias, gain, offset)
        return replace(self, kernel=kernel, bias=bias)

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        return giving(self, gain, offset, positive)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        inside.vectors("kernel", inputs[0])
        return watched(self, inside.value).run(inputs, carried)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.units,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        z = x @ cast(self.kernel, x)
        return (self.activation(z if self.bias is None else z + cast(self.bias, x)),)

    def macs(self, *inputs: Shape) -> int:
        return self.inputs * self.units
