"""SimpleRNN: h' = a(x W + h U + b) (Elman 1990); Keras 3, ``keras/src/layers/rnn/simple_rnn.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..core.functions import Function
from ..core.graph import Array
from ..core.op import States
from .base import cast
from .recurrent import Recurrent


@dataclass(frozen=True, eq=False)
class SimpleRnn(Recurrent):
    """kernel (inputs, units), recurrent (units, units), bias (units,)."""

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state"}
    gates: ClassVar[str] = "h"

    activation: Function

    @property
    def functions(self) -> dict[str, Function]:
        return {"h": self.activation}

    def cell(self, x: Array, states: States) -> States:
        z = x @ cast(self.kernel, x) + states[0] @ cast(self.recurrent, x)
        return (self.activation(z if self.bias is None else z + cast(self.bias, x)),)
