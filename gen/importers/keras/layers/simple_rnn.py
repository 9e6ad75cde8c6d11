"""SimpleRNN: h' = a(x W + h U + b) (Elman 1990); Keras 3, ``keras/src/layers/rnn/simple_rnn.py``."""

from __future__ import annotations

from ....layers.simple_rnn import SimpleRnn
from ..dialect.config import UNITS, USE_BIAS
from ..dialect.kinds import Cell, Terms
from .base import reads
from .recurrent import ACTIVATION, cell_reader, recurrent_kind


def formulas(terms: Terms) -> list[str]:
    """The step of one layer."""
    return [f"h' = {terms.activation}({terms.total('h')})"]


CELL = Cell(
    options=(UNITS, ACTIVATION, USE_BIAS),
    gates={"h": "hidden"},
    states=1,
    steps=("h' = tanh(x W + h U + b)",),
    formulas=formulas,
    torch="h",
    onnx="i",
)


reads(recurrent_kind("SimpleRNN", CELL))(cell_reader(SimpleRnn, "activation"))
