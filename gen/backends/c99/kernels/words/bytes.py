"""gemv of int8 with the weights of four rows for one input in a word."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks
from ..base import Ask, block
from ..slabs import WidenedSlabs

ROWS = 32
"""Largest number of rows of a block: the inputs are widened once for all of them."""
QUAD = 4
"""Rows of a word; also inputs of a turn."""
SLAB = 128
"""Inputs that are widened at once, on the stack."""


class WordsGemv(WidenedSlabs):
    """int8 with int8: bytes are w + 128, which are extracted from a word as unsigned. w[128 inputs][8 or 4
    rows][input], one word for four rows."""

    slab = SLAB
    ending = "words"
    words = "uint32"
    most, together = ROWS, QUAD

    def takes(self, ask: Ask) -> bool:
        return ask.storage == "int8" and ask.inputs == "int8" and len(ask.values) > 0

    def widened(self, name: str, inputs: int) -> str:
        return f"int32_t {name}[{-(-inputs // QUAD) * QUAD}];"

    def packed(self, slab: Array) -> Array:
        count, inputs, rows = slab.shape
        side = 2 if rows % 8 == 0 else 1
        full = np.pad(slab.astype(np.int64) + 128, ((0, 0), (0, padded(inputs) - inputs), (0, 0)))
        words = (full.reshape(count, -1, rows // QUAD, QUAD) << np.arange(0, 32, 8)).sum(axis=-1)
        sides = words.reshape(count, -1, rows // QUAD // side, side).transpose(0, 2, 1, 3)
        return np.asarray(sides, np.uint32)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        number = "eight" if blocks.rows % 8 == 0 else "four"
        return f"{block(blocks)}{self.parted(ask)}[{number} of {rows}][input], a word four rows, a line a block"


def padded(inputs: int) -> int:
    """Number of inputs with the zeros that pad the last turn of four; fewer than four inputs need no turn."""
    return inputs if inputs < QUAD else -(-inputs // QUAD) * QUAD


KERNELS = (WordsGemv(),)
