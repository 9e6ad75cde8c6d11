"""Arm's 16-bit pairs: two products per instruction, on Cortex-M4, M7 and M33."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Arm's 16-bit pairs (DSP)",
    headers=(("arm_acle.h", "__ARM_FEATURE_DSP"),),
    primitives=("primitives.mako", "/products.mako"),
    types=dict.fromkeys(("int16x2_t", "int8x4_t", "__builtin_arm_ssat", "__smlabb"), "acle"),
    copies=32,
)
