"""gemv of 4-bit weights with a scale for each group of a row, inputs in float32."""

from __future__ import annotations

from collections.abc import Sequence

from .....core.formats import Array
from .....numerics.float32w4 import NUMERIC
from ...blocks import Blocks, Layout
from ..base import Ask, Product, block
from .float32 import FloatGemv

STORAGE = NUMERIC.weights


class HalfBytesGemv(FloatGemv):
    """Two inputs of a row share a byte: w[input / 2][row]."""

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return STORAGE.pack(blocks.pack(ask.values), 1)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[input / 2][{rows}], an even input in the low half, each plus 8"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_{blocks.rows}"),)  # a group is as short as a part

    def slices(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_slice_{blocks.rows}", "gemv_slice"),)

    def call_slice(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str, first: str) -> str:
        return f"{name}({', '.join([sums, *table, x, first, inputs])});"


KERNELS = (HalfBytesGemv(STORAGE.name),)
