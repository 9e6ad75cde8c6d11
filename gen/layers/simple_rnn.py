"""SimpleRNN: h' = a(x W + h U + b) (Elman 1990); Keras 3, ``keras/src/layers/rnn/simple_rnn.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..functions import Function
from ..graph import Array
from .base import Builder, Spec, Value, cast, reads
from .cases import recurrent_cases
from .recurrent import Recurrent, States, elementwise, read_recurrent


@dataclass(frozen=True, eq=False)
class SimpleRnn(Recurrent):
    """kernel (inputs, units), recurrent (units, units), bias (units,)."""

    kind: ClassVar[str] = "simple_rnn"
    states: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[str] = "h"

    activation: Function

    @property
    def functions(self) -> dict[str, Function]:
        return {"h": self.activation}

    def cell(self, x: Array, states: States) -> States:
        z = x @ cast(self.kernel, x) + states[0] @ cast(self.recurrent, x)
        return (self.activation(z if self.bias is None else z + cast(self.bias, x)),)


@reads("SimpleRNN")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    def make(common: Mapping[str, Any]) -> SimpleRnn:
        return SimpleRnn(
            **common,
            activation=elementwise(builder, spec, "activation"),
        )

    return read_recurrent(builder, spec, inputs, initial, make)


CASES = tuple(recurrent_cases("SimpleRNN"))
