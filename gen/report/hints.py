"""Notes on pitfalls for people who write a layer's step by hand."""

from __future__ import annotations

from ..core.functions import Function
from ..importers.keras.dialect.kinds import KINDS
from ..importers.keras.dialect.spec import LayerSpec


def hints(spec: LayerSpec) -> list[str]:
    """Notes under a recurrent layer's gate table."""
    config, notes = spec.config, []
    if (mean := forget_bias(spec)) is not None and abs(mean - 1) < 0.3:
        notes.append(
            f"the forget bias is near 1 (mean {mean:.2f}) because Keras starts it there (unit_forget_bias). It is in"
            " the file already: do not add 1 again."
        )
    gate = config.get("recurrent_activation")
    if isinstance(gate, Function) and gate.name == "hard_sigmoid":
        if gate["slope"] == 0.2:
            notes.append(
                "Keras 3 gives hard_sigmoid another slope, x / 6 + 0.5. Gatesmith keeps the one this file was trained"
                " with."
            )
        else:
            notes.append("Keras 1 and 2 give hard_sigmoid another slope, 0.2 x + 0.5. This file means Keras 3's.")
    if (cell := KINDS[spec.class_name].gates) is not None:
        notes += cell.notes(spec)
    if spec.file_class.startswith("CuDNN"):
        notes.append(
            f"{spec.file_class} ran on GPUs only and Keras 3 has no such layer; its gates are sigmoid and tanh, never"
            " hard_sigmoid."
        )
    if config.get("go_backwards"):
        notes.append("go_backwards: the sequence is read from its last step to its first.")
    return notes


def forget_bias(spec: LayerSpec) -> float | None:
    """The mean of a forget bias, both sets added; None without one."""
    parts = [part.data for part in spec.gates if part.gate == "f" and part.role.startswith("bias")]
    return float(sum(data.mean() for data in parts)) if parts else None
