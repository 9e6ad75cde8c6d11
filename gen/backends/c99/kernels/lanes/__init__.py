"""C99 in shapes of which compilers make vector instructions for integers: products in 16 bits, tables of words; and
activations of floats without branches."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99 that compilers vectorise",
    primitives=("primitives.mako", "rational.mako"),
    needs={
        "tanh_words": (),
        "gate_tanh": ("tanh_words",),
        "within": ("bits", "float"),
        "tanh": ("within",),
        "sigmoid": ("within",),
    },
)
