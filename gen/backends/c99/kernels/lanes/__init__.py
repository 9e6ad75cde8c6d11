"""C99 in shapes of which compilers make vector instructions for integers: products in 16 bits, tables of words."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99 that compilers vectorise",
    primitives=("primitives.mako",),
    needs={"tanh_words": (), "gate_tanh": ("tanh_words",)},
)
