"""gemv of 4-bit weights, integers in and out: two a byte, a scale for each group of a row."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from .....numerics.int8w4 import NUMERIC
from ...blocks import Blocks, Layout
from ..base import Ask, IntegerGemv, Product, block

STORAGE = NUMERIC.weights


class HalfBytesGemv(IntegerGemv):
    """By groups of 32 inputs, then by rows: of each a byte with its scale, then its weights, two a byte."""

    template = "int4.mako"

    def takes(self, ask: Ask) -> bool:
        return ask.storage == STORAGE.name and ask.integer

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        assert ask.scales is not None and STORAGE.group
        each = np.repeat(ask.scales, STORAGE.group, axis=0)[: len(ask.values)]
        stored, scales = blocks.pack((ask.values // each).astype(np.int8)), blocks.pack(ask.scales)
        parts = []
        for group, scale in enumerate(scales.transpose(1, 0, 2)):
            own = stored[:, group * STORAGE.group : (group + 1) * STORAGE.group]
            halves = STORAGE.pack(own, 1).transpose(0, 2, 1)
            parts.append(np.concatenate([scale[:, :, None].astype(np.uint8), halves], axis=2).reshape(len(own), -1))
        return np.concatenate(parts, axis=1)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[32 inputs][{rows}][scale, then input / 2: an even input in the low half, each plus 8]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int4_{ask.inputs}_{blocks.rows}"),)


KERNELS = (HalfBytesGemv(),)
