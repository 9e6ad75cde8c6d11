"""gemv of weights of less than 8 bits by 16-bit pairs, which masks leave in a word where SMLAD finds them."""

from __future__ import annotations

from .....numerics.storage import PACKED
from ..packed import PackedGemv

ROWS = 32
"""Most rows of a block: inputs are widened once for all of them."""


class PairsPackedGemv(PackedGemv):
    """A word has pairs of a row's weights, of two inputs each. What the offset of each weight adds to sums is as many
    times the sum of the inputs, the same for all rows."""

    ending = "dsp"
    lanes, word, run = 2, 16, 4
    most = ROWS

    def turn(self, rows: int) -> int:
        """Rows whose sums are in registers."""
        return next(turn for turn in (4, 3, 2, 1) if rows % turn == 0)


KERNELS = tuple(PairsPackedGemv(storage) for storage in PACKED)
