"""Winograd's convolutions of bytes, exact: four products for six, of Arm's 16-bit pairs. They take 2.7 bytes of flash a
weight, so boards name this set for speed alone, before ``dsp``, whose helpers it calls."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Winograd's convolutions by Arm's 16-bit pairs",
    headers=(("arm_acle.h", "__ARM_FEATURE_DSP"),),
    primitives=("winograd.mako",),
)
