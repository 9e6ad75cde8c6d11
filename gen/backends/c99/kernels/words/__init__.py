"""C99 whose tables are read by 32 bits alone, as cores ask for whose flash knows no other reads: LX106."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99, tables read by 32 bits",
    primitives=("primitives.mako", "/products.mako"),
    copies=32,
    words=True,
)
