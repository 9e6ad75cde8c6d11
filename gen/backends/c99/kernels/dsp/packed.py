"""gemv of weights of less than 8 bits by 16-bit pairs: masks leave them in a word at the places that SMLAD reads."""

from __future__ import annotations

from .....numerics.storage import PACKED
from ..packed import PackedGemv

ROWS = 32
"""Largest number of rows of a block: inputs are widened once for all of them."""


class PairsPackedGemv(PackedGemv):
    """A word has pairs of a row's weights, for two inputs each. The offset of the weights adds that multiple of the
    inputs' sum to each sum, the same for all rows."""

    ending = "dsp"
    lanes, word, run = 2, 16, 4
    most = ROWS

    def turn(self, rows: int) -> int:
        """Number of rows whose sums are in registers."""
        return next(turn for turn in (4, 3, 2, 1) if rows % turn == 0)


KERNELS = tuple(PairsPackedGemv(storage) for storage in PACKED)
