"""gemv of weights of less than 8 bits, integers in and out: a scale for each group of a row."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from .....numerics.storage import PACKED
from ...blocks import Blocks, Layout
from ..base import Ask, Product, block
from ..packed import PackedGemv


class PlainPackedGemv(PackedGemv):
    """By groups of inputs, then by rows: of each a byte with its scale, then its weights."""

    def takes(self, ask: Ask) -> bool:
        return ask.storage == self.storage.name and ask.integer

    def joined(self, scales: Array, weights: Array) -> Array:
        return np.concatenate([scales[:, :, None], weights], axis=2)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        bits = f"scale, then {8 // self.storage.bits} inputs a byte from the lowest bits on"
        return f"{block(blocks)}[{self.storage.group} inputs][{rows}][{bits}, each plus {self.storage.offset}]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_{self.storage.name}_{ask.inputs}_{blocks.rows}"),)


KERNELS = tuple(PlainPackedGemv(storage) for storage in PACKED)
