"""gemv of int8 by Helium with up to 64 inputs in registers, and whole cells of eight units."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.integer.cells import IntegerGru, IntegerLstm
from ...blocks import Blocks, Layout, choose
from ..base import Ask, IntegerLayer, Layer, LayerKernel, Product, block
from ..slabs import Columns, Slabs

LANES = 16
"""Bytes of a vector."""
RESIDENT = 4 * LANES
"""Inputs that stay in registers for all rows; the other half of the registers has weights."""
FEW = 4
"""Largest number of inputs for which rows are multiplied side by side."""
UNITS = 8
"""Units of a block: a vector of 16-bit values."""
ROWS = 32
"""Rows of a block without gates."""


def turn(rows: int) -> int:
    """Number of rows that one turn of the loop over rows multiplies."""
    return 4 if rows % 4 == 0 else 2 if rows % 2 == 0 else 1


class HeliumBytes(Slabs):
    """int8 with int8: w[64 inputs][4 rows][16 inputs][row][input], without padding of rows. A load of a row's last
    weights also reads the bytes after them, which are multiplied with zeros; 15 bytes follow the last row."""

    slab = RESIDENT
    ending = "mve"
    words = "int8"

    def takes(self, ask: Ask) -> bool:
        return ask.weights == "int8" and ask.inputs == "int8"

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        if gates > 1:
            return Blocks(units, UNITS, gates)
        return choose(replace(layout, rows=ROWS, lanes=1), units, gates)

    def packed(self, slab: Array) -> Array:
        count, inputs, rows = slab.shape
        each = slab.transpose(0, 2, 1).reshape(count, -1, turn(rows), inputs)
        vectors = [each[..., k : k + LANES] for k in range(0, inputs, LANES)]
        return np.concatenate([v.reshape(*v.shape[:2], -1) for v in vectors], axis=2)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        return np.pad(super().pack(ask, blocks), ((0, 0), (0, -len(ask.values) % LANES and LANES - 1)))

    def pair(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        inputs = len(ask.values)
        if blocks.rows % FEW or not (inputs <= RESIDENT - LANES or inputs == RESIDENT):
            return ()
        name = f"gemv_int8_{blocks.rows}x{inputs}_pair_{self.ending}"
        return (self.product(ask, blocks, layout, name, "pair", 0, inputs),)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        inputs = len(ask.values)
        run = "" if inputs <= RESIDENT else f"[{RESIDENT} inputs]"
        if (rows_at_once := turn(blocks.rows)) > 1 and inputs > LANES:
            run += f"[{rows_at_once} rows][{LANES} inputs]"
        spare = ", 15 bytes that are read, not used" if inputs % LANES else ""
        return f"{block(blocks)}{run}[{rows}][input]{spare}, a line a block"


class HeliumByteCell(LayerKernel):
    """An LSTM or a GRU with sigmoid and tanh: eight units at once after the sums."""

    template = "byte_cells.mako"
    kinds: ClassVar[tuple[str, ...]] = ("integer_lstm", "integer_gru")

    def takes(self, f: Layer) -> bool:
        op = cast(IntegerLstm | IntegerGru, f.op)
        if f.dtypes_in[0] != "int8" or cast(IntegerLayer, f).multiplier(op.own, "int8") not in KERNELS:
            return False  # other types, or the kernel of a set that was asked first
        if (op.gate.kind, op.candidate.kind) != ("sigmoid", "tanh") or op.narrow is None:
            return False
        return _lstm(cast(IntegerLstm, op)) if op.kind == "integer_lstm" else _gru(cast(IntegerGru, op))


def _lstm(op: IntegerLstm) -> bool:
    """Whether products with gates have 16 bits."""
    keep, new, _ = op.bits
    return keep == 15 and new >= 15 and op.output.kind == "tanh" and op.formats[0].dtype == "int8"


def _gru(op: IntegerGru) -> bool:
    return op.reset_after and op.narrowed.dtype == "int8" and op.own.weights.dtype == np.int8


BYTES = HeliumBytes()
KERNELS = (Columns(BYTES, FEW), BYTES, HeliumByteCell())
