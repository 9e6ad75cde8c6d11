"""gemv of IEEE halves by VCVTB and VCVTT: two rows' weights in a word, widened in registers, then as for float32."""

from __future__ import annotations

from ...blocks import Blocks, Layout
from ..base import PART, Ask, Product
from .floats import VfpFloats

ROWS = (2, 4, 6, 8, 12)
"""Possible numbers of rows of a block: two weights per word, sums in registers."""
LOAD, WIDEN = 3, 2
"""Approximate costs of an input, and of two rows at it, relative to one multiplication."""


class VfpHalves(VfpFloats):
    """w[input][row], with an even number of rows per block; rows may have scales."""

    template = "floats.mako"
    storage = "float16"
    align = 4

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows in ROWS

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        shapes = (Blocks(units, size, gates) for size in range(1, max(ROWS) // gates + 1))
        return min(filter(self.fits, shapes), key=lambda b: (b.count * (LOAD + b.rows * (WIDEN + 2) / 2), b.count))

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        scaled, long = "" if ask.scales is None else "_scaled", "_long" if len(ask.values) > PART else ""
        name = f"gemv_float16_{blocks.rows}{scaled}{long}_vfp"
        return (self.product(ask, blocks, layout, name, f"gemv{scaled}{long}"),)


KERNELS = (VfpHalves(),)
