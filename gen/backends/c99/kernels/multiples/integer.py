"""gemv of int8 by tables: 0 to 15 times an input are computed once, and each weight consists of two of them."""

from __future__ import annotations

from dataclasses import replace

from ...blocks import Blocks, Layout, choose
from ..unsigned import Unsigned

ROWS = 32
"""Rows that share an input's table, which costs as much as one row: their sums are on the stack."""


class MultiplesGemv(Unsigned):
    """Any number of rows; the rows of a block share an input's table."""

    ending = "multiples"

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return choose(replace(layout, rows=max(gates, ROWS), lanes=1), units, gates)


KERNELS = (MultiplesGemv(),)
