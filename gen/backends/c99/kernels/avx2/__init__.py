"""x86-64 with AVX2 and FMA: vectors of 32 bytes; and of 64, with products of bytes, where the compiler has them."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "x86-64's AVX2",
    headers=(("emmintrin.h", "__SSE2__"), ("immintrin.h", "__AVX2__")),
    primitives=("primitives.mako", "vectors.mako"),
    needs={
        "widened": (),
        "add_eight": (),
        "add_four": (),
        "look_up_each": (),
        "rows_to_bytes": ("round_shift", "saturate16", "clamp"),
        "tile_now": (),
        "vectors_of_bytes": (),
        "vectors_of_floats": (),
        "lay_bytes": (),
        "lay_floats": (),
        "places_of_bytes": ("widened",),
        "places_of_floats": ("vectors_of_floats",),
    },
)
