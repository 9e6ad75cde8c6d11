"""gemv of int8 by weights without a sign: w + 128, of which 128 times the sum of x is taken off again."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import Ask, IntegerGemv, Product, block

LIMIT = (1 << 31) - 1
"""What sums of weights without a sign stay within."""
ROWS = 6
"""Most rows: LDRB reaches 31 bytes, and four inputs are taken at once."""


class UnsignedGemv(IntegerGemv):
    """int8 with int8, w[input][row] + 128."""

    template = "integer.mako"

    def takes(self, ask: Ask) -> bool:
        narrow = ask.weights == "int8" and ask.inputs == "int8"
        return narrow and ask.bound > 0 and ask.bound + 128 * 128 * len(ask.values) < LIMIT

    def fits(self, blocks: Blocks) -> bool:
        return 1 < blocks.rows <= ROWS

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return (blocks.pack(ask.values).astype(np.int16) + 128).astype(np.uint8)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[input][{rows}], each plus 128"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int8_int8_{blocks.rows}_plus128"),)


KERNELS = (UnsignedGemv(),)
