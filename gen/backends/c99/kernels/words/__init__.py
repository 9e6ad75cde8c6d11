"""C99 whose tables are read by 32 bits alone, as cores ask for whose flash knows no other reads: LX106."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99, tables read by 32 bits",
    primitives=("primitives.mako", "/products.mako"),
    needs={
        "widen_bytes": (),
        "begin_rows": (),
        "round_product": (),
        "rescale": ("round_shift", "saturate16", "round_product"),
        "tanh_words": (),
        "gate_tanh": ("tanh_words",),
    },
    copies=32,
    words=True,
)
