"""gemv of a pruned matrix: zeros are neither stored nor multiplied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .....core.formats import Array
from ...blocks import Blocks, Layout
from ..base import Ask, Gemv, Product, block

RUNS = (1, 4)
"""Number of neighbouring inputs that are kept or left out together: single ones, or as structured pruning leaves
them."""
MOST = 255
"""Largest number of runs of a row, and of places of runs, that fit a byte."""
ROWS = 32
"""Largest number of rows of a block: their runs differ less than those of single rows, and all blocks are as long as
the longest."""
SHARE = 0.5
"""The largest share of the whole matrix's bytes that it may take. A product takes about two thirds more instructions
than one of a whole matrix, so half of the bytes is also less time."""


class CompressedGemv(Gemv):
    """int8 with integers, or float32: for each row the number of runs of inputs, then each run with its place."""

    maths = ("fast", "libm")

    def takes(self, ask: Ask) -> bool:
        kind = (ask.storage, str(ask.values.dtype.name)) in (("int8", "int8"), ("float32", "float32"))
        if not kind or ask.scales is not None or np.count_nonzero(ask.values) > SHARE * ask.values.size:
            return False
        return ask.integer == (ask.storage == "int8") and _run(ask.values) > 0

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        count = -(-units // max(1, ROWS // gates))
        return Blocks(units, -(-units // count), gates)

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        run = _run(ask.values)
        lines = [np.concatenate([_row(row, run) for row in values.T]) for values in blocks.pack(ask.values)]
        table = np.zeros((len(lines), max(map(len, lines))))
        for line, values in zip(table, lines, strict=True):
            line[: len(values)] = values
        return (table % 256).astype(np.uint8) if ask.integer else table.astype(np.float32)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        run = _run(ask.values)
        place = f"of {run} inputs, their place / {run}" if run > 1 else "of an input, its place"
        return f"{block(blocks)}[{rows}: how many runs, then of each, {place} and what is not all 0], zeros behind"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        run = _run(ask.values)
        name = f"gemv_{ask.weights}_{ask.inputs}_{blocks.rows}_runs{run}"
        return (self.product(ask, blocks, layout, name, count=run),)

    def call(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str) -> str:
        return f"{name}({', '.join([sums, *table, x])});"  # the table has the inputs


def _runs_in_use(values: Array, run: int) -> Array:
    """(runs, rows): whether some weight of the run is not 0."""
    return np.asarray(np.any(values.reshape(len(values) // run, run, -1) != 0, axis=1))


def _run(values: Array) -> int:
    """Inputs of the run with which a matrix (inputs, rows) takes the fewest bytes; 0 if these are not few enough."""
    inputs, rows = values.shape
    best, least = 0, SHARE * values.size
    for run in RUNS:
        if inputs == 0 or inputs % run or inputs // run > MOST + 1:
            continue
        counts = _runs_in_use(values, run).sum(axis=0)
        blocks = np.add.reduceat(counts, np.arange(0, rows, ROWS))
        size = rows + int(blocks.max()) * len(blocks) * (1 + run)
        if counts.max() <= MOST and size <= least:
            best, least = run, size
    return best


def _row(weights: Array, run: int) -> Array:
    """The stored form of a row: (inputs,) -> numbers one after the other."""
    runs = weights.reshape(-1, run)
    places = np.flatnonzero(np.any(runs != 0, axis=1))
    each = np.concatenate([places[:, None].astype(np.float64), runs[places]], axis=1).reshape(-1)
    return np.concatenate([[float(len(places))], each])


KERNELS = (CompressedGemv(),)
