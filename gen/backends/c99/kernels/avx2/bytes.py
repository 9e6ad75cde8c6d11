"""gemv of int8 by AVX2, two products a lane of 32 bits: many inputs a row at a time, few with rows side by side."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import Ask, Gemv, Product, block
from ..lanes.bytes import MANY, Dots
from .floats import LANES

SUMS = 12
"""Vectors of sums that leave room for weights and inputs."""


class WideDots(Dots):
    """w[256 inputs][row][input], as C that compilers vectorise has it: eight rows share a pass over x."""

    def helpers(self, ask: Ask) -> tuple[str, ...]:
        del ask
        return ("widened",)


class WidePairs(Gemv):
    """Few inputs: w[two inputs][row][input], a function a number of inputs."""

    serves = ("integer",)
    template = "bytes.mako"

    def helpers(self, ask: Ask) -> tuple[str, ...]:
        del ask
        return "widened", "add_eight", "add_four"

    def takes(self, ask: Ask) -> bool:
        return ask.storage == "int8" and ask.inputs == "int8" and len(ask.values) < MANY

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows % LANES == 0

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        count, inputs, rows = packed.shape
        full = np.zeros((count, inputs + inputs % 2, rows), packed.dtype)
        full[:, :inputs] = packed
        pairs = full.reshape(count, -1, 2, rows).transpose(0, 1, 3, 2)
        return np.ascontiguousarray(pairs.reshape(count, -1, 2 * rows))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[two inputs][{rows}][input]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        count = len(ask.values)
        return (self.product(ask, blocks, layout, f"gemv_int8_{blocks.rows}x{count}_avx2", "pairs", count=count),)


KERNELS = (WideDots(), WidePairs())
