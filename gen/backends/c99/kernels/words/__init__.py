"""C99 with tables that are read in 32-bit words, for cores whose flash has no other reads: LX106."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99, tables read by 32 bits",
    primitives=("primitives.mako", "/products.mako"),
    copies=32,
    words=True,
)
