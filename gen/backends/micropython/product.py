"""Matrices of integer modules: how their weights lie, what multiplies them, and where a layer finds the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import Rescale
from ...numerics.storage import PACKED

BLOCK = 32
"""Products that a turn of a kernel takes at most. Thumb's loads hold an index below it."""
PART = 256
"""Inputs that a sum of products of a byte and 16 bits takes at most: 256 * 255 * 2^15 < 2^31."""
WORD_BITS = 30
"""Of a number in two words, what the lower holds: the largest constant that 32-bit boards take has as many."""
MULTIPLY, TURN = 9, 20
"""Instructions of a product, and of a turn more for the same row, by Thumb's emitter."""


@dataclass(frozen=True, order=True)
class Kernel:
    """A function that multiplies a matrix with the vector in scratch.

    Args:
        loops: whether a row takes several turns.
        block: products of a row that a turn takes.
        rows: rows that a turn takes.
    """

    loops: bool
    block: int
    rows: int

    @property
    def name(self) -> str:
        if self.loops:
            return f"sums_by_{self.block}"
        return f"sums_{self.block}" + (f"x{self.rows}" if self.rows > 1 else "")

    def padded(self, inputs: int) -> int:
        """Weights of a row, zeros at its end included."""
        return -(-inputs // self.block) * self.block


def kernel_for(inputs: int, rows: int) -> Kernel:
    """The kernel with the fewest instructions."""
    if inputs <= BLOCK:
        together = next(n for n in (4, 2, 1) if n == 1 or (n * inputs <= BLOCK and rows % n == 0))
        return Kernel(False, inputs, together)

    def cost(block: int) -> tuple[int, int]:
        return -(-inputs // block) * (MULTIPLY * block + TURN), -block

    return Kernel(True, min(range(BLOCK // 4, BLOCK + 1), key=cost), 1)


def kernel_names() -> list[str]:
    """All that there can be."""
    few = [f"sums_{storage.bits}_bits" for storage in PACKED]
    few += [Kernel(False, block, rows).name for block in range(1, BLOCK + 1) for rows in (1, 2, 4)]
    return few + [Kernel(True, block, 1).name for block in range(BLOCK // 4, BLOCK + 1)]


def parts(matrix: Matrix) -> list[slice]:
    """The inputs that are summed at once: all of them, but for many inputs of 16-bit weights."""
    inputs = len(matrix.weights)
    count = -(-inputs // PART) if matrix.wide else 1
    size = -(-inputs // count)
    return [slice(at, min(at + size, inputs)) for at in range(0, inputs, size)]


def planes(weights: Array, width: int) -> Array:
    """Weights (inputs, rows) as unsigned bytes, a row after the other, with zeros up to a width: 8 bits plus 128, or 16
    bits plus 32768 as a row of upper and a row of lower bytes."""
    rows = weights.T.astype(np.int32)
    if weights.dtype.itemsize == 1:
        stored = rows[:, None] + 128
    else:
        stored = np.stack([(rows + 32768) >> 8, (rows + 32768) & 255], axis=1)
    padded = np.zeros((*stored.shape[:2], width), np.uint8)
    padded[:, :, : rows.shape[1]] = stored
    return padded.reshape(-1, width)


def words(values: Array) -> Array:
    """Integers below 2^61 in two words of int32."""
    return np.stack([values >> WORD_BITS, values & ((1 << WORD_BITS) - 1)], axis=-1).astype(np.int32)


@dataclass(frozen=True)
class Product:
    """A matrix times the vector in scratch.

    Args:
        lines: the statements that leave the sums in scratch, a unit after the other.
        local: the pointer that walks them.
        to: index of the first. size: values that they take.
        gates: rows of a unit.
        wide: whether sums are rescaled already.
        scales: of each gate: the shifts of its sums.
        bias: name of the table, or the one value of all rows, half a step of the first shift included.
        m: the multipliers: name of the table, or the one value.
    """

    lines: Sequence[str]
    local: str
    to: int
    size: int
    gates: int
    wide: bool
    scales: Sequence[Rescale] = ()
    bias: str | int = 0
    m: str | int = 1
    tables: Sequence[tuple[str, str, str]] = ()
    """Of the tables that a unit reads: pointer, name, type."""
    units: int = 0
    """Biases are times two to this."""

    @property
    def walked(self) -> list[tuple[str, str]]:
        """Pointers that a unit moves on, with the types of their values."""
        return [(self.local, "int32"), *((local, dtype) for local, _, dtype in self.tables)]
