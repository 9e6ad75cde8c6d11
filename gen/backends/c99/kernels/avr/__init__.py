"""AVR's multiplications of bytes: weights streamed from program memory, sums in registers."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "AVR's multiplications of bytes",
    primitives=("primitives.mako",),
)
