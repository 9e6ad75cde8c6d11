"""Vectors of x86-64 and of AArch64, the widest that the compiler is told of: one description of both."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "vectors of x86-64 and AArch64",
    headers=(("emmintrin.h", "__SSE2__"), ("immintrin.h", "__AVX2__"), ("arm_neon.h", "__ARM_NEON")),
    primitives=("primitives.mako", "rational.mako", "vectors.mako", "eights.mako", "places.mako"),
    needs={
        "tanh_words": (),
        "gate_tanh": ("tanh_words",),
        "within": ("bits", "float"),
        "tanh": ("within",),
        "sigmoid": ("within",),
        "look_up_each": (),
        "rows_to_bytes": ("round_shift", "saturate16", "clamp"),
        "tile_now": (),
        "float_of_half": ("bits", "float", "tile_now"),
        "vectors_of_bytes": ("tile_now",),
        "vectors_of_floats": ("tile_now",),
        "vectors_of_eight": ("tile_now",),
        "dot_rows": ("vectors_of_eight",),
        "sum_rows": ("vectors_of_eight",),
        "lay_bytes": (),
        "lay_floats": (),
        "places_of_bytes": ("vectors_of_bytes",),
        "places_of_floats": ("vectors_of_floats",),
    },
)
