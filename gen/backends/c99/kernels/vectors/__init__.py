"""Vectors of x86-64 and of AArch64, the widest that the compiler's flags allow, in one description."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "vectors of x86-64 and AArch64",
    headers=(("emmintrin.h", "__SSE2__"), ("immintrin.h", "__AVX2__"), ("arm_neon.h", "__ARM_NEON")),
    primitives=("primitives.mako", "rational.mako", "vectors.mako", "eights.mako", "places.mako"),
    types={
        **dict.fromkeys(("byte_vector", "BYTE_LANES"), "vectors_of_bytes"),
        **dict.fromkeys(("float_vector", "FLOAT_LANES"), "vectors_of_floats"),
        **dict.fromkeys(("tile_t", "TILE_INLINE", "TILE_POSITIONS"), "tile_now"),
        **{"eight": "vectors_of_eight", "VECTORS": "in_vectors"},
        **{"TILE_APART": "tile_apart", "TILE_UNROLLED": "tile_unrolled"},
    },
)
