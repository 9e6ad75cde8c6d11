"""x86-64 with AVX2 and FMA: vectors of eight floats."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("x86-64's AVX2", headers=(("immintrin.h", "__AVX2__"),))
