"""gemv of int8 by tables: 0 to 15 times an input are computed once, and each weight is two of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout, choose
from ..base import Ask, Gemv, Product, block

LIMIT = (1 << 31) - 1
"""What sums of weights without a sign stay within."""
ROWS = 32
"""Rows that share an input's table, which costs as much as one row: their sums lie on the stack."""


class MultiplesGemv(Gemv):
    """int8 with int8 or int16, w[input][row] + 128, of which 128 times the sum of x is taken off again."""

    template = "integer.mako"
    serves = ("integer",)

    def takes(self, ask: Ask) -> bool:
        largest = -np.iinfo(ask.inputs).min if ask.integer else 0
        return ask.storage == "int8" and 0 < ask.bound <= LIMIT - 128 * largest * len(ask.values)

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return choose(replace(layout, rows=max(gates, ROWS), lanes=1), units, gates)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return (blocks.pack(ask.values).astype(np.int16) + 128).astype(np.uint8)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[input][{rows}], each plus 128"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int8_{ask.inputs}_{blocks.rows}_multiples"),)


KERNELS = (MultiplesGemv(),)
