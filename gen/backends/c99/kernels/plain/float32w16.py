"""gemv of IEEE halves, inputs in float32; rows may have a scale."""

from __future__ import annotations

from .....numerics.float32w16 import NUMERIC
from ...blocks import Blocks, Layout
from ..base import PART, Ask, Layer, Product
from .float32 import FloatGemv, FloatRow

STORAGE = NUMERIC.weights
HELPER = "float_of_half"


class HalvesGemv(FloatGemv):
    """w[input][row], each half made a float where it is multiplied."""

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        ending = "" if ask.scales is None else "_scaled"
        short = self.product(ask, blocks, layout, f"gemv{ending}_{blocks.rows}")
        if len(ask.values) <= PART:
            return (short,)
        return short, self.product(ask, blocks, layout, f"gemv{ending}_long_{blocks.rows}", "gemv_long", turn=1)


class HalvesRow(FloatRow):
    """The same for a row of a table."""

    def float_of(self, f: Layer, stored: str) -> str:
        return f"{f.primitive(HELPER)}({stored})"


KERNELS = (HalvesGemv(STORAGE.name), HalvesRow(STORAGE.name))
