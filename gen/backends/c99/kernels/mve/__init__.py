"""Arm's Helium: vectors of 16 bytes."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's Helium (MVE)",
    headers=(("arm_acle.h", "__ARM_FEATURE_MVE"), ("arm_mve.h", "__ARM_FEATURE_MVE")),
    primitives=("primitives.mako", "vectors.mako", "byte_vectors.mako", "windows.mako", "float_windows.mako"),
    copies=32,
)
