"""Arm's single-precision floating point: 32 registers; VLDM loads up to 16 at once."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's floating point (VFP)",
    primitives=("primitives.mako",),
    copies=32,
)
