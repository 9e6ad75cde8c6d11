"""gemv of int8 weights with one scale per row, by Arm's single-precision floating point: four weights per word, widened
by VCVT.

VCVT converts a whole word, or its low half, as an integer. Take a word ``a + 2^8 b + 2^16 c + 2^24 d``, the weights of
four rows at one input. The word and the same word shifted left by 8 bits give four floats: ``a``, ``2^8 b + a``,
``2^24 c + 2^16 b + 2^8 a`` and the word. No weight is extracted from a word: sums are made of these four floats.
Each sum contains 2^-8 of the sum before it, which is subtracted afterwards.

The first three are exact. Of the word's 32 bits, 24 are kept: one more rounding of a product of the fourth row. A row's
error is at most about that of a row whose weights are all half a step of its scale larger, so rows of very few steps
are left to plain C (``FEW``). Sums overflow for inputs from 1e29 on; plain C's do from 1e36 on.
"""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout, choose
from ..base import PART, Ask, Gemv, Product

FEW = 16
"""The largest weight of a row, in steps, below which half a step of another row may matter."""
GROUPS = (8, 12, 4)
"""Numbers of rows whose sums are in registers at once, the best first."""
UNITS = 8
"""Largest number of units of a block with several gates: more units mean fewer calls."""
WORD = 4
"""Number of weights in a word."""
WEIGHED = np.array([1.0, 2.0**-8, 2.0**-16, 2.0**-24])
"""Factors of the sums of a word's rows, besides the rows' scales."""


def group(rows: int) -> int:
    """Rows whose sums are computed at once, for a block of ``rows``; 0 if the block does not permit it."""
    return next((size for size in GROUPS if rows % size == 0), 0)


class VfpBytes(Gemv):
    """Weights in int8, four rows per word: w[group of rows][input][word]."""

    serves = ("float",)
    sliced = True

    def takes(self, ask: Ask) -> bool:
        if ask.storage != "int8" or ask.inputs != "float32":
            return False
        largest = np.abs(ask.values.astype(np.int16)).max(axis=0, initial=0)
        return bool(np.all((largest == 0) | (largest >= FEW)))

    def fits(self, blocks: Blocks) -> bool:
        return group(blocks.rows) > 0

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        most = UNITS * gates if gates > 1 else max(GROUPS)
        shapes = [Blocks(units, size, gates) for size in range(1, most // gates + 1)]
        fitting = [blocks for blocks in shapes if self.fits(blocks) and (gates > 1 or blocks.rows in GROUPS)]
        if units * gates < WORD - 1 or not fitting:
            return choose(layout, units, gates)
        return min(fitting, key=_cost if gates > 1 else lambda one: (one.count * one.rows, one.count))

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        """(blocks, groups * inputs, words) int32."""
        size = group(blocks.rows)
        rows = blocks.pack(ask.values.astype(np.int64))
        count, inputs, _ = rows.shape
        words = rows.reshape(count, inputs, -1, size // WORD, WORD) @ (256 ** np.arange(WORD))
        return words.astype(np.int32).transpose(0, 2, 1, 3).reshape(count, -1, size // WORD)

    def pack_scales(self, scales: Array, values: Array, blocks: Blocks) -> Array:
        """The table of scales; rows without weights have the scale 0, because their sums contain the rounding error of
        other rows."""
        used = np.where(np.any(values != 0, axis=0), scales, np.float32(0))
        packed = blocks.pack(used.astype(np.float32))
        factors: Array = np.tile(WEIGHED, blocks.rows // WORD).astype(np.float32)
        return np.asarray(packed * factors)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        first = "[block of a unit]" if blocks.units == 1 else f"[block of {blocks.units} units]"
        return f"{first}[{rows}, {group(blocks.rows)} of them][input], four weights a word, the sum of 256^k w_k"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        size, long = group(blocks.rows), len(ask.values) > PART
        ending = "vfp_long" if long else "vfp"
        name, define = f"sums_int8_{size}_{ending}", "sums_long" if long else "sums"
        core = self.product(ask, Blocks(size, size, 1), layout, name, define)
        return core, self.product(ask, blocks, layout, f"gemv_int8_{blocks.rows}_{ending}", "gemv", turn=1)


def _cost(blocks: Blocks) -> int:
    """Approximate instructions of a block shape for 64 inputs."""
    groups = blocks.rows // group(blocks.rows)
    return blocks.count * (160 * blocks.rows + 35 * groups + 45)


KERNELS = (VfpBytes(),)
