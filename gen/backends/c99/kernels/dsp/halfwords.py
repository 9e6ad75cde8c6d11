"""gemv of int8 with two rows' weights in a halfword: one SMLAD for four products."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks
from ..base import LIMIT_24, Ask, block, filled
from ..slabs import Columns, Slabs

ROWS = 32
"""Largest number of rows of a block: the inputs are widened once for all of them."""
QUAD = 4
"""Rows, and inputs, that are stored together."""
FEW = 2
"""Largest number of inputs for which rows are multiplied one by one."""
SLAB = 64
"""Inputs that are widened at once, on the stack."""
ORDER = (0, 2, 1, 3)
"""The order in which SXTB16 unpacks four bytes."""


class Halfwords(Slabs):
    """int8 with int8: h = 256 a + b for two rows a and b. SMLAD of h gives 256 sum(a) + sum(b), of its low bytes
    sum(b); the difference is exactly 256 sum(a), as long as that fits. w[64 inputs][4 rows][4 inputs], one halfword for
    two rows."""

    align = 4
    slab = SLAB
    ending = "dsp"
    words = "int16"
    most, together = ROWS, QUAD

    def takes(self, ask: Ask) -> bool:
        small = len(ask.values) > 0 and int(np.abs(ask.values).max(initial=0)) <= 127
        return ask.weights == "int8" and ask.inputs == "int8" and small and 0 < ask.bound < LIMIT_24

    def packed(self, slab: Array) -> Array:
        (count, _, rows), full = slab.shape, filled(slab.astype(np.int16), QUAD)
        pairs = full[:, :, 0::2] + 256 * full[:, :, 1::2]  # (block, input, pair of rows)
        # (block, four inputs, 2 of a word, 2 words, quad, pair) -> (block, quad, four, word, pair, of a word)
        fours = pairs.reshape(count, -1, QUAD, rows // QUAD, 2)[:, :, list(ORDER)]
        return np.asarray(fours.reshape(count, -1, 2, 2, rows // QUAD, 2).transpose(0, 4, 1, 2, 5, 3))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        run = f"[four of {rows}][four inputs: two words of each pair of rows]"
        return f"{block(blocks)}{self.parted(ask)}{run}, a line a block"


HALFWORDS = Halfwords()
KERNELS = (Columns(HALFWORDS, FEW), HALFWORDS)
