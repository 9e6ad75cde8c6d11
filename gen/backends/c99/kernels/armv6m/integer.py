"""gemv of int8 with unsigned weights, for LDRB."""

from __future__ import annotations

from ...blocks import Blocks
from ..base import Ask, IntegerGemv
from ..unsigned import Unsigned

ROWS = 6
"""Largest number of rows: LDRB has offsets up to 31, and four inputs are computed at once."""


class UnsignedGemv(Unsigned, IntegerGemv):
    """Inputs of int8."""

    ending = "plus128"

    def takes(self, ask: Ask) -> bool:
        return ask.inputs == "int8" and super().takes(ask)

    def fits(self, blocks: Blocks) -> bool:
        return 1 < blocks.rows <= ROWS


KERNELS = (UnsignedGemv(),)
