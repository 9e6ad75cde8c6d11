"""gemv of int8 whose products stay in 16 bits: two inputs of many rows, or many inputs of four rows."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout, choose
from ..base import Ask, Gemv, Product, block
from ..slabs import Slabs

LONG_ROW = 64
"""Inputs from which a row's sum is worth its own lanes, which are added at its end."""
QUAD = 4
"""Rows whose sums share a load of the inputs."""
LANES = 16
"""Inputs of a vector of 16-bit values, to a multiple of which rows are filled up with zeros."""
SLAB = 256
"""Inputs that are widened at once, on the stack."""


class Dots(Slabs):
    """Many inputs: w[256 inputs][row][input], products of 16-bit values, of which compilers make pmaddwd."""

    template = "bytes.mako"
    slab = SLAB
    ending = "dots"
    one = "dots"
    many = "dots_long"

    def takes(self, ask: Ask) -> bool:
        return ask.storage == "int8" and ask.inputs == "int8" and len(ask.values) >= LONG_ROW

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows % QUAD == 0

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        """As the target likes it, but whole quads."""
        size = choose(layout, units, gates).units
        return Blocks(units, next(n for n in range(size, size + QUAD) if n * gates % QUAD == 0), gates)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        count, inputs, rows = packed.shape
        full = np.zeros((count, padded(inputs), rows), packed.dtype)
        full[:, :inputs] = packed
        slabs = [full[:, k : k + SLAB].transpose(0, 2, 1).reshape(count, -1) for k in range(0, inputs, SLAB)]
        return np.ascontiguousarray(np.concatenate(slabs, axis=1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}{self.parted(ask)}[{rows}][input], a line a block"


class Pairs(Gemv):
    """Few inputs: w[input][row], two inputs' products summed in 16 bits, which weights within 127 leave exact."""

    template = "bytes.mako"
    serves = ("integer",)

    def takes(self, ask: Ask) -> bool:
        small = int(np.abs(ask.values.astype(np.int16)).max(initial=0)) <= 127
        return ask.storage == "int8" and ask.inputs == "int8" and small

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_int8_{blocks.rows}_pairs", "pairs"),)


def padded(inputs: int) -> int:
    """Inputs with the zeros that fill up the last vector."""
    return -(-inputs // LANES) * LANES


KERNELS = (Dots(), Pairs())
