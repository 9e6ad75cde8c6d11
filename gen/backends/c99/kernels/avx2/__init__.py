"""x86-64 with AVX2 and FMA: vectors of 32 bytes."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "x86-64's AVX2",
    headers=(("emmintrin.h", "__SSE2__"), ("immintrin.h", "__AVX2__")),
    primitives=("primitives.mako",),
    needs={"widened": (), "add_eight": (), "add_four": ()},
)
