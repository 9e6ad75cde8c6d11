"""GRU: gated recurrent unit (Cho et al. 2014), in both of Keras's forms.

    z = r(x W_z + b_z + h U_z [+ b'_z])      r = r(x W_r + b_r + h U_r [+ b'_r])
    reset_after:    h~ = a(x W_h + b_h + r (h U_h + b'_h))
    reset before:   h~ = a(x W_h + b_h + (r h) U_h)
    h' = z h + (1 - z) h~

Keras 3, ``keras/src/layers/rnn/gru.py``. The two biases of the candidate cannot be merged in the reset_after form.
"""

from __future__ import annotations

from ....layers.gru import Gru
from ..dialect.config import UNITS, USE_BIAS, Option
from ..dialect.kinds import Cell, Terms
from ..dialect.spec import LayerSpec
from .base import reads
from .recurrent import ACTIVATION, GATES, cell_reader, recurrent_kind

RESET_AFTER = Option("reset_after", "flag", False, since=(("tf.keras 2", True),))
"""Up to Keras 2.1.4 the key did not exist: the reset is before the product."""


def formulas(terms: Terms) -> list[str]:
    """The step of one layer."""
    lines = [f"{gate}  = {terms.recurrent_activation}({terms.total(gate)})" for gate in "zr"]
    a = terms.activation
    if terms.config["reset_after"]:
        inner, outer = (" + b_rec_h", " + b_in_h") if terms.two_biases else ("", "")
        lines.append(f"h~ = {a}(x W_h{outer} + r * (h U_h{inner}))   <- r after the product")
    else:
        lines.append(f"h~ = {a}({terms.total('h', '(r * h)')})   <- r before the product")
    return [*lines, "h' = z * h + (1 - z) * h~   <- z keeps the old state"]


def notes(spec: LayerSpec) -> list[str]:
    """The consequences of its two forms for people who write the step by hand."""
    if not spec.config["reset_after"]:
        return [
            "reset_after=True and False are not interchangeable: the weights belong to the form they were trained in."
        ]
    lines = ["reset_after=False would be (r * h) U_h with one row of biases. The weights do not carry over."]
    if any(part.role == "bias in" for part in spec.gates):
        lines.append("b_in_h and b_rec_h cannot be added: r scales only the second. For z and r they can.")
    return lines


CELL = Cell(
    options=(UNITS, ACTIVATION, GATES, USE_BIAS, RESET_AFTER),
    gates={"z": "update", "r": "reset", "h": "candidate"},
    states=1,
    steps=(
        "reset_after=False  h~ = tanh(x W_h + (r * h) U_h + b_h)",
        "reset_after=True   h~ = tanh(x W_h + b_in_h + r * (h U_h + b_rec_h))",
        "both               h' = z * h + (1 - z) * h~      (z keeps the old state)",
    ),
    formulas=formulas,
    torch="r z n",
    onnx="z r h",
    separate="zrh",
    cudnn=True,
    reset_after=True,
    notes=notes,
)


READ = cell_reader(Gru, "activation", "recurrent_activation", flags=("reset_after",))
reads(recurrent_kind("GRU", CELL, shown=("reset_after",)))(READ)
