"""gemv of int8 with unsigned weights: w + 128; 128 times the sum of x is then subtracted."""

from __future__ import annotations

import numpy as np

from ....core.formats import Array
from ..blocks import Blocks
from .base import Ask, Gemv, block

LIMIT = (1 << 31) - 1
"""The limit of sums with unsigned weights."""


class Unsigned(Gemv):
    """int8 with int8 or int16, w[input][row] + 128."""

    serves = ("integer",)

    def takes(self, ask: Ask) -> bool:
        largest = -np.iinfo(ask.inputs).min if ask.integer else 0
        return ask.storage == "int8" and 0 < ask.bound < LIMIT - 128 * largest * len(ask.values)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return (blocks.pack(ask.values).astype(np.int16) + 128).astype(np.uint8)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[input][{rows}], each plus 128"
