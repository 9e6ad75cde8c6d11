"""gemv of floats in vectors of eight: many rows side by side, also in halves; or few rows one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import PART, Ask, Gemv, Product, block

LANES = 8
MOST = 15 * LANES
"""Largest number of rows of a block: fifteen vectors of sums, and one of an input."""
FEW = 8
"""Largest number of rows whose sums have a vector each, besides one of inputs."""


class Eights(Gemv):
    """The common part: sums begin with values from another place."""

    serves = ("float",)
    align = 4 * LANES
    begins = True

    def call(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str) -> str:
        return self.begin(name, sums, sums, table, x, inputs)


class RowVectors(Eights):
    """w[input][row]: an input is broadcast to a vector, and multiplied with weights from memory."""

    sliced = True

    def takes(self, ask: Ask) -> bool:
        fits = ask.storage in ("float32", "float16") and ask.scales is None
        return fits and ask.inputs == "float32" and ask.values.shape[1] >= LANES

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows <= MOST and blocks.rows % LANES == 0

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        """A pass costs a vector and a share of the loop, besides one product per vector. Gates are whole vectors,
        except in cells that fill none."""
        sizes = {2**k for k in range(3)} | set(range(LANES, MOST // gates + 1, LANES))
        shapes = [Blocks(units, size, gates) for size in sorted(sizes) if size < units + LANES]
        return min(
            (one for one in shapes if self.fits(one)),
            key=lambda one: (one.count * (7 + 4 * one.rows // LANES), one.count * one.rows, -one.units),
        )

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        if len(ask.values) <= PART:
            return (self.product(ask, blocks, layout, f"gemv_{ask.storage}_{blocks.rows}_vectors"),)
        return self.slices(ask, blocks, layout)

    def slices(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """Runs of a window are computed like the parts of a long sum."""
        name = f"gemv_{ask.storage}_{blocks.rows}_vectors"
        part = self.product(ask, blocks, layout, f"{name}_part", "gemv_part")
        if len(ask.values) <= PART:
            return (part,)
        return part, self.product(ask, blocks, layout, f"{name}_long", "gemv_long", turn=1)


class Dots(Eights):
    """w[row][input], padded with rows of zeros to a multiple of four: few rows, whose lanes are added at the end."""

    def takes(self, ask: Ask) -> bool:
        inputs, rows = ask.values.shape
        return ask.storage == "float32" and ask.inputs == "float32" and inputs >= LANES and rows <= FEW

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows <= FEW

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return Blocks(units, units, gates)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values).transpose(0, 2, 1)
        return np.pad(packed, ((0, 0), (0, fours(blocks.rows) - blocks.rows), (0, 0)))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[{rows}][input]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        name = f"dots_float32_{blocks.rows}x{len(ask.values)}_vectors"
        return (self.product(ask, blocks, layout, name, "dots", count=len(ask.values)),)


def fours(rows: int) -> int:
    """The number of rows, rounded up to a multiple of four."""
    return -(-rows // 4) * 4


KERNELS = (Dots(), RowVectors())
