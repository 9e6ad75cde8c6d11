"""gemv of int8 by weights that LDRB reads without a sign."""

from __future__ import annotations

from ...blocks import Blocks
from ..base import Ask, IntegerGemv
from ..unsigned import Unsigned

ROWS = 6
"""Most rows: LDRB reaches 31 bytes, and four inputs are taken at once."""


class UnsignedGemv(Unsigned, IntegerGemv):
    """Inputs of int8."""

    ending = "plus128"

    def takes(self, ask: Ask) -> bool:
        return ask.inputs == "int8" and super().takes(ask)

    def fits(self, blocks: Blocks) -> bool:
        return 1 < blocks.rows <= ROWS


KERNELS = (UnsignedGemv(),)
