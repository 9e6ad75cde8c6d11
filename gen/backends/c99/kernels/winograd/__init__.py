"""Winograd's convolutions of bytes, exact: four products instead of six, with Arm's 16-bit pairs. They take 2.7 bytes
of flash per weight, so boards name this set only for speed, before ``dsp``, whose helpers it calls."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Winograd's convolutions by Arm's 16-bit pairs",
    headers=(("arm_acle.h", "__ARM_FEATURE_DSP"),),
    primitives=("winograd.mako",),
)
