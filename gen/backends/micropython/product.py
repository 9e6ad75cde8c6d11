"""Matrices of integer modules: the layout of their weights, the kernels that multiply them, and the places of the
sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import Rescale
from ...numerics.storage import PACKED

BLOCK = 32
"""Largest number of products in a turn of a kernel. Thumb's loads have room for an index below it."""
PART = 256
"""Largest number of inputs in a sum of products of a byte and 16 bits: 256 * 255 * 2^15 < 2^31."""
WORD_BITS = 30
"""Bits of the lower word of a number in two words: as many as the largest constant of 32-bit boards has."""
MULTIPLY, TURN = 9, 20
"""Instructions of a product, and of a further turn for the same row, by Thumb's emitter."""


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
        """Weights of a row, with zeros at its end."""
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
    """The names of all kernels."""
    few = [f"sums_{storage.bits}_bits" for storage in PACKED]
    few += [Kernel(False, block, rows).name for block in range(1, BLOCK + 1) for rows in (1, 2, 4)]
    return few + [Kernel(True, block, 1).name for block in range(BLOCK // 4, BLOCK + 1)]


def parts(matrix: Matrix) -> list[slice]:
    """Slices of the inputs that are summed at once: one slice, except for many inputs of 16-bit weights."""
    inputs = len(matrix.weights)
    count = -(-inputs // PART) if matrix.wide else 1
    size = -(-inputs // count)
    return [slice(at, min(at + size, inputs)) for at in range(0, inputs, size)]


def planes(weights: Array, width: int) -> Array:
    """Weights (inputs, rows) as unsigned bytes, row by row, padded with zeros to a width: 8-bit weights plus 128;
    16-bit weights plus 32768, as a row of upper bytes and a row of lower bytes."""
    rows = weights.T.astype(np.int32)
    if weights.dtype.itemsize == 1:
        stored = rows[:, None] + 128
    else:
        stored = np.stack([(rows + 32768) >> 8, (rows + 32768) & 255], axis=1)
    padded = np.zeros((*stored.shape[:2], width), np.uint8)
    padded[:, :, : rows.shape[1]] = stored
    return padded.reshape(-1, width)


def words(values: Array) -> Array:
    """Integers below 2^61 as two words of int32."""
    return np.stack([values >> WORD_BITS, values & ((1 << WORD_BITS) - 1)], axis=-1).astype(np.int32)


@dataclass(frozen=True)
class Product:
    """A matrix times the vector in scratch.

    Args:
        lines: statements that compute the sums in scratch, unit by unit.
        local: the pointer to the sums.
        to: index of the first sum.
        size: number of values in scratch.
        gates: rows of a unit.
        wide: whether the sums have been rescaled.
        scales: for each gate, the shifts of its sums.
        bias: name of the table, or one value for all rows; both include half a step of the first shift.
        m: the multipliers: name of the table, or one value for all rows.
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
    """Tables that a unit reads: pointer, name, type."""
    units: int = 0
    """Shift of the biases: they are stored divided by two to this."""

    @property
    def walked(self) -> list[tuple[str, str]]:
        """Pointers that move from unit to unit, with the types of their values."""
        return [(self.local, "int32"), *((local, dtype) for local, _, dtype in self.tables)]
