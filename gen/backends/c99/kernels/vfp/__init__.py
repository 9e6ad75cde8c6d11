"""Arm's single-precision floating point: 32 registers, of which VLDM fills up to 16 at once."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's floating point (VFP)",
    primitives=("primitives.mako",),
    needs={
        "float_of_half": ("bits", "float"),
        "half_tanh_by": (),
        "tanh": ("half_tanh_by",),
        "sigmoid": ("half_tanh_by",),
    },
    copies=32,
)
