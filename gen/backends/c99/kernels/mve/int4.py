"""gemv of 4-bit weights by Helium: a load brings 32 weights of a row, which are unpacked in registers."""

from __future__ import annotations

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import Ask, block
from ..nibbles import Nibbles, filled

LANES = 16
"""Bytes of a vector."""
ROWS = 32
"""Most rows of a block: the inputs of a group stay in registers for all of them."""


class HeliumNibbles(Nibbles):
    """Of each row 16 bytes, whose low halves are the first 16 inputs; fewer where the last group has fewer. A load of
    the last row reads what follows it, which meets zeros: 15 bytes lie there."""

    ending = "mve"
    spare = LANES - 1

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        count = -(-units // max(1, ROWS // gates))
        return Blocks(units, -(-units // count), gates)

    def joined(self, weights: Array) -> Array:
        full = filled(weights, 2 * LANES)
        both: Array = (full[:, :, :LANES] | full[:, :, LANES:] << 4)[:, :, : min(weights.shape[2], LANES)]
        return both

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        run = f"[32 inputs][scales of {rows}, then 16 bytes each: the first 16 inputs in the low halves]"
        return f"{block(blocks)}{run}, each plus 8; 15 bytes at the end that are read, not used"


KERNELS = (HeliumNibbles(),)
