"""gemv of int8 with two rows' weights in a halfword: MULA multiplies both rows at once."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout, fewest
from ..base import LIMIT_24, Ask, block, filled
from ..slabs import Columns, WidenedSlabs

ROWS = 64
"""Largest number of rows of a block: the inputs are widened once for all of them."""
GATED = 32
"""The same for a cell, which widens the inputs beforehand."""
FOUR = 4
"""Inputs per turn, whose weights fill MAC16's four registers."""
FEW = 2
"""Largest number of inputs for which rows are multiplied one by one."""
SLAB = 128
"""Inputs that are widened at once, on the stack."""


class RowPairs(WidenedSlabs):
    """int8 with int8: h = 256 a + b + 128 for two rows a and b. One pass sums h x, another only the low bytes, which
    are b + 128; the difference is exactly 256 sum(a), as long as that fits. w[128 inputs][2 rows][input]."""

    align = 4
    slab = SLAB
    ending = "mac16"
    words = "int16"
    most, together = ROWS, 2

    def takes(self, ask: Ask) -> bool:
        small = len(ask.values) > 0 and int(np.abs(ask.values).max(initial=0)) <= 127
        return ask.storage == "int8" and ask.inputs == "int8" and small and 0 < ask.bound < LIMIT_24

    def widened(self, name: str, inputs: int) -> str:
        size = -(-inputs // FOUR) * FOUR + 2
        return f"ALIGNED_4 int16_t {name}[{size}]; /* a word more, which is loaded, not used */"

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return fewest(units, gates, ROWS if gates == 1 else GATED, self.together)

    def packed(self, slab: Array) -> Array:
        full = filled(slab.astype(np.int16), FOUR)
        pairs = full[:, :, 0::2] + 128 + 256 * full[:, :, 1::2]  # (block, input, pair of rows)
        return np.asarray(pairs.transpose(0, 2, 1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}{self.parted(ask)}[two of {rows}][input], a line a block"


HALFWORDS = RowPairs()
KERNELS = (Columns(HALFWORDS, FEW), HALFWORDS)
