"""gemv of int8 with the vectors of tiles: four inputs of many rows side by side."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import Ask, Gemv, Product, block
from .tiles import FOUR, NARROW, WIDE


class Quads(Gemv):
    """w[32 or 16 rows][four inputs][row][input], followed by the excess of each row's sum for unsigned inputs."""

    serves = ("integer",)

    def takes(self, ask: Ask) -> bool:
        small = int(np.abs(ask.values.astype(np.int16)).max(initial=0)) <= 127
        return ask.storage == "int8" and ask.inputs == "int8" and small

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed, side = blocks.pack(ask.values), together(blocks.rows)
        full = np.pad(packed, ((0, 0), (0, -packed.shape[1] % FOUR), (0, -blocks.rows % side)))
        groups = full.reshape(blocks.count, -1, FOUR, full.shape[2] // side, side).transpose(0, 3, 1, 4, 2)
        weights = np.ascontiguousarray(groups).reshape(*groups.shape[:2], -1)
        more = 128 * full.sum(axis=1, dtype=np.int32).reshape(blocks.count, -1, side)
        return np.concatenate([weights, more.astype("<i4").view(np.int8)], axis=2).reshape(blocks.count, -1)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        side = together(blocks.rows)
        return f"{block(blocks)}[{side} of {rows}][four inputs][row][input, then 128 times a row's weights, four bytes]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        count = len(ask.values)
        return (self.product(ask, blocks, layout, f"gemv_int8_{blocks.rows}x{count}_vectors", "quads", count=count),)


def together(rows: int) -> int:
    """Number of rows side by side, for ``rows`` in total; the last ones are padded with zeros."""
    return NARROW if 0 < rows % WIDE <= NARROW else WIDE


KERNELS = (Quads(),)
