"""gemv of float32 by VLDM and VFMA: a block's sums in registers, sixteen weights at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from ...blocks import Blocks, Layout, choose
from ..base import PART, Ask, Gemv, Product

ROWS = 8
"""Number of sums that leave room for eight inputs and sixteen weights."""
MOST = 12
"""Number of sums that leave room for four inputs and sixteen weights."""


class VfpFloats(Gemv):
    """Weights in float32, w[input][row]."""

    storage: ClassVar[str] = "float32"
    serves = ("float",)
    sliced = True
    fused: ClassVar[bool] = True
    """Whether one instruction multiplies and adds to the sum."""
    ending = "vfp"

    def takes(self, ask: Ask) -> bool:
        return ask.storage == self.storage and ask.inputs == "float32"

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows <= ROWS or blocks.rows == MOST

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        rows = MOST if gates == 3 and units % 4 == 0 else ROWS
        return choose(replace(layout, rows=rows, lanes=1), units, gates)

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        long = "_long" if len(ask.values) > PART else ""
        return (self.product(ask, blocks, layout, f"gemv_float32_{blocks.rows}_{self.ending}{long}", f"gemv{long}"),)


KERNELS = (VfpFloats(),)
