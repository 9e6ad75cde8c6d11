"""Xtensa's MAC16, on LX6 and LX7: 16-bit products summed in an accumulator, with loads in parallel."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "Xtensa's 16-bit multiplier (MAC16)",
    primitives=("primitives.mako", "/products.mako"),
    copies=32,
)

GUARD = "#if defined(__XTENSA_WINDOWED_ABI__) && !defined(__XTENSA_SOFT_FLOAT__) && !defined(__clang__) /* LX6, LX7 */"
"""The preprocessor's condition for code that only such cores have."""
