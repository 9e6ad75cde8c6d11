"""LSTM: long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i = r(x W_i + h U_i + b_i)     f = r(x W_f + h U_f + b_f)     o = r(x W_o + h U_o + b_o)
    c~ = a(x W_c + h U_c + b_c)    c' = f c + i c~                h' = o a(c')

with a the activation and r the recurrent activation; Keras 3, ``keras/src/layers/rnn/lstm.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..functions import Function
from ..graph import Array
from .base import Builder, Spec, Value, cast, reads
from .cases import gate_cases, recurrent_cases
from .recurrent import Recurrent, States, elementwise, read_recurrent


@dataclass(frozen=True, eq=False)
class Lstm(Recurrent):
    """kernel (inputs, 4 units), recurrent (units, 4 units), bias (4 units,), gates in the order i f c o."""

    kind: ClassVar[str] = "lstm"
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[str] = "ifco"

    activation: Function
    recurrent_activation: Function

    @property
    def functions(self) -> dict[str, Function]:
        r = self.recurrent_activation
        return {"i": r, "f": r, "c": self.activation, "o": r}

    def cell(self, x: Array, states: States) -> States:
        h, c = states
        z = x @ cast(self.kernel, x) + h @ cast(self.recurrent, x)
        if self.bias is not None:
            z = z + cast(self.bias, x)
        i, f, candidate, o = np.split(z, 4, axis=1)
        r = self.recurrent_activation
        c = r(f) * c + r(i) * self.activation(candidate)
        return r(o) * self.activation(c), c


@reads("LSTM")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    def make(common: Mapping[str, Any]) -> Lstm:
        return Lstm(
            **common,
            activation=elementwise(builder, spec, "activation"),
            recurrent_activation=elementwise(builder, spec, "recurrent_activation"),
        )

    return read_recurrent(builder, spec, inputs, initial, make)


CASES = (*recurrent_cases("LSTM"), *gate_cases("LSTM"))
