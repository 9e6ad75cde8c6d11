"""LSTM: long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

    i = r(x W_i + h U_i + b_i)     f = r(x W_f + h U_f + b_f)     o = r(x W_o + h U_o + b_o)
    c~ = a(x W_c + h U_c + b_c)    c' = f c + i c~                h' = o a(c')

with a the activation and r the recurrent activation; Keras 3, ``keras/src/layers/rnn/lstm.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from ....layers.lstm import Lstm
from ..dialect.config import UNITS, USE_BIAS
from ..dialect.kinds import Cell, Terms
from .base import reads
from .recurrent import ACTIVATION, GATES, cell_reader, recurrent_kind


def formulas(terms: Terms) -> list[str]:
    """The step of one layer."""
    return steps_of(terms, terms.total)


def steps_of(terms: Terms, total: Callable[[str], str]) -> list[str]:
    """The step; ``total`` gives the argument of a gate's function."""
    lines = [f"{gate}  = {terms.recurrent_activation}({total(gate)})" for gate in "ifo"]
    a = terms.activation
    return [*lines, f"c' = f * c + i * {a}({total('c')})", f"h' = o * {a}(c')"]


CELL = Cell(
    options=(UNITS, ACTIVATION, GATES, USE_BIAS),
    gates={"i": "input", "f": "forget", "c": "candidate", "o": "output"},
    states=2,
    steps=("c' = f * c + i * tanh(x W_c + h U_c + b_c)", "h' = o * tanh(c')"),
    formulas=formulas,
    torch="i f g o",
    onnx="i o f c",
    tflite="i f c o",
    separate="icfo",
    cudnn=True,
)


reads(recurrent_kind("LSTM", CELL))(cell_reader(Lstm, "activation", "recurrent_activation"))
