"""LSTM: long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i = r(x W_i + h U_i + b_i)     f = r(x W_f + h U_f + b_f)     o = r(x W_o + h U_o + b_o)
    c~ = a(x W_c + h U_c + b_c)    c' = f c + i c~                h' = o a(c')

with a the activation and r the recurrent activation; Keras 3, ``keras/src/layers/rnn/lstm.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..core.functions import Function
from ..core.graph import Array
from ..core.op import States
from .base import cast, equal_parts
from .recurrent import Recurrent


@dataclass(frozen=True, eq=False)
class Lstm(Recurrent):
    """kernel (inputs, 4 units), recurrent (units, 4 units), bias (4 units,), gates in the order i f c o."""

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state", "c": "cell state"}
    sums: ClassVar[frozenset[str]] = frozenset({"c"})
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
        i, f, candidate, o = equal_parts(z, 4)
        r = self.recurrent_activation
        c = r(f) * c + r(i) * self.activation(candidate)
        return r(o) * self.activation(c), c
