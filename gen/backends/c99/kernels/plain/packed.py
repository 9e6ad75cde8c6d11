"""gemv of weights of less than 8 bits, integers in and out: one scale for each group of a row."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from .....numerics.storage import PACKED
from ...blocks import Blocks, Layout
from ..base import Ask, Product, block
from ..packed import PackedGemv

ROWS = 16
"""Largest number of rows of a block whose inputs are widened at once."""


class TwoRowsGemv(PackedGemv):
    """Two rows in a word, whose halves have weights of the same inputs: one multiplication gives both products. Sums of
    a group fit 16 bits. The table has words: with the scales of four rows, then with the weights of two rows each."""

    template = "pairs.mako"
    ending = "2rows"
    word, run = 16, 2
    most, together = ROWS, 2

    def takes(self, ask: Ask) -> bool:
        return super().takes(ask) and ask.values.size > 0

    def joined(self, scales: Array, weights: Array) -> Array:
        pairs = weights.reshape(len(weights), weights.shape[1] // 2, 2, -1, 2).transpose(0, 1, 3, 2, 4)
        padded = np.pad(scales, ((0, 0), (0, -scales.shape[1] % 4)))
        return np.concatenate([padded, pairs.reshape(len(weights), -1)], axis=1)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return super().pack(ask, blocks).view("<u4")

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        what = (
            f"{16 // self.storage.bits} weights of two rows, from the lowest bits on, each plus {self.storage.offset}"
        )
        return f"{block(blocks)}[{self.storage.group} inputs][four scales a word, then {what}], of {rows}"


class RowsPackedGemv(PackedGemv):
    """By groups of inputs, then by rows: a byte with the row's scale, then its weights."""

    def takes(self, ask: Ask) -> bool:
        return ask.storage == self.storage.name and ask.integer

    def joined(self, scales: Array, weights: Array) -> Array:
        return np.concatenate([scales[:, :, None], weights], axis=2)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        bits = f"scale, then {8 // self.storage.bits} inputs a byte from the lowest bits on"
        return f"{block(blocks)}[{self.storage.group} inputs][{rows}][{bits}, each plus {self.storage.offset}]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_{self.storage.name}_{ask.inputs}_{blocks.rows}"),)


KERNELS = tuple(kind(storage) for kind in (TwoRowsGemv, RowsPackedGemv) for storage in PACKED)
