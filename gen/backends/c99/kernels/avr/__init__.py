"""AVR's multiplications of bytes: weights streamed from program memory, sums in registers."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "AVR's multiplications of bytes",
    primitives=("primitives.mako",),
    needs={
        "round_product": (),
        "rescale": ("round_shift", "saturate16", "round_product"),
        "rows_to_bytes": ("round_product", "saturate16", "clamp"),
    },
)
