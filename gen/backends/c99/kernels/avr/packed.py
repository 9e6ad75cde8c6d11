"""gemv of weights of less than 8 bits for AVR: the weights of four rows for one input share a byte or two."""

from __future__ import annotations

from math import lcm

from .....core.formats import Array
from .....numerics.storage import PACKED
from ...blocks import Blocks, Layout, fewest
from ..base import Ask
from ..packed import PackedGemv

ROWS = 4
"""Rows whose sums are in registers, 16 bits each."""


class FourRowsGemv(PackedGemv):
    """By groups of inputs: the scales of all rows, then the weights of each four rows, w[input][row]."""

    ending = "avr"

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows % ROWS == 0

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return fewest(units, gates, lcm(gates, ROWS), ROWS)

    def packed(self, levels: Array) -> Array:
        count, rows, inputs = levels.shape
        fours = levels.reshape(count, rows // ROWS, ROWS, inputs).transpose(0, 1, 3, 2)
        return self.storage.pack(fours, 3).reshape(count, rows // ROWS, -1)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{super().layout_comment(ask, blocks, rows)}; of four rows at a time, w[input][row]"


KERNELS = tuple(FourRowsGemv(storage) for storage in PACKED)
