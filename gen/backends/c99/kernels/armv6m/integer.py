"""gemv of int8 by weights that LDRB reads without a sign."""

from __future__ import annotations

from ...blocks import Blocks, Layout
from ..base import Ask, IntegerGemv, Product
from ..unsigned import Unsigned

ROWS = 6
"""Most rows: LDRB reaches 31 bytes, and four inputs are taken at once."""


class UnsignedGemv(Unsigned, IntegerGemv):
    """Inputs of int8."""

    def takes(self, ask: Ask) -> bool:
        return ask.inputs == "int8" and super().takes(ask)

    def fits(self, blocks: Blocks) -> bool:
        return 1 < blocks.rows <= ROWS

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int8_int8_{blocks.rows}_plus128"),)


KERNELS = (UnsignedGemv(),)
