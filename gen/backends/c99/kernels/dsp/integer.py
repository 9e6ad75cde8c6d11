"""gemv of integers by 16-bit pairs: w[input by words][row][input in a word]."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks
from ..base import Ask, IntegerGemv, block, filled

PAIRS = (0, 2, 1, 3)
"""The order of four weights in a word that makes its even bytes the first two."""


class PairsGemv(IntegerGemv):
    """Any integers: words of four weights, or of two of 16 bits."""

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        order = _order(ask)
        width = len(order)
        count, _, rows = packed.shape
        words = filled(packed, width).reshape(count, -1, width, rows)[:, :, list(order)].transpose(0, 1, 3, 2)
        return np.ascontiguousarray(words.reshape(count, -1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[input by words][{rows}][input in a word], a line a block"


def _order(ask: Ask) -> tuple[int, ...]:
    """The order of a word's weights: four of 8 bits, or two of 16 bits."""
    if ask.weights == "int16":
        return (0, 1)
    return PAIRS if ask.inputs == "int16" else (0, 1, 2, 3)


KERNELS = (PairsGemv(),)
