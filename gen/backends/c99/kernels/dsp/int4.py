"""gemv of 4-bit weights by 16-bit pairs: eight weights of a row in a word, unpacked between load and SMLAD."""

from __future__ import annotations

from .....core.formats import Array
from ...blocks import Blocks
from ..base import Ask, block
from ..nibbles import Nibbles, filled

WORD = 8
"""Weights of a word."""


class NibblesGemv(Nibbles):
    """By eight inputs a word a row, whose low halves of bytes are the first four; zeros fill the last. What the 8 of
    each weight adds to sums is eight times the sum of the inputs, the same for all rows."""

    ending = "dsp"

    def joined(self, weights: Array) -> Array:
        full = filled(weights, -(-weights.shape[2] // WORD) * WORD)
        words = full.reshape(*weights.shape[:2], -1, 2, WORD // 2)
        both: Array = (words[:, :, :, 0] | words[:, :, :, 1] << 4).transpose(0, 2, 1, 3)
        return both

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[32 inputs][scales of {rows}, then a word each by eight inputs], each plus 8"

    def helpers(self, ask: Ask) -> tuple[str, ...]:
        return ("odd_bytes",)


KERNELS = (NibblesGemv(),)
