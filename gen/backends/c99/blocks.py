"""The layout of weights: rows of a matrix in blocks, which one pass over the inputs computes side by side.

A block has ``units`` units with all their gates: weights[block][input][gate][unit]. One unit per block is the layout
for scalar cores (i f c o of a unit are four neighbouring rows); eight or sixteen units fill the lanes of SIMD cores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.formats import Array


@dataclass(frozen=True)
class Layout:
    """The layout that suits a target's core.

    Args:
        rows: largest number of rows of a block: accumulators that fit its registers.
        lanes: values of one vector register; 1 without SIMD.
        isa: instruction sets with code, the preferred one first (``kernels``); all other code is plain C.
        code: bytes that the code of a loop may have; 0 if kernels may choose.
    """

    rows: int = 120
    lanes: int = 8
    isa: tuple[str, ...] = ()
    code: int = 0


@dataclass(frozen=True)
class Blocks:
    """Units in blocks: ``count`` blocks of ``units`` units with ``gates`` rows each; the last may be padded. ``name``
    distinguishes different blocks of a layer."""

    total: int
    units: int
    gates: int
    name: str = ""

    @property
    def count(self) -> int:
        return -(-self.total // self.units)

    @property
    def rows(self) -> int:
        return self.units * self.gates

    @property
    def padded(self) -> bool:
        return self.count * self.units != self.total

    @property
    def block(self) -> str:
        """C's index of the current block, in the loop over blocks, or over units if each is a block; 0 if there is only
        one."""
        return "0" if self.count == 1 else "unit" if self.units == 1 else "block"

    @property
    def unit(self) -> str:
        """C's index of the current unit among all units."""
        if self.units == 1:
            return self.block
        return "j" if self.count == 1 else "first + j"

    def pack(self, weights: Array) -> Array:
        """From (inputs, gates * total), gate by gate as in Keras, to (count, inputs, gates * units), padded with zeros.

        A bias (gates * total,) gives (count, gates * units).
        """
        matrix = np.atleast_2d(weights).reshape(-1, self.gates, self.total)
        full = np.zeros((len(matrix), self.gates, self.count * self.units), weights.dtype)
        full[:, :, : self.total] = matrix
        blocks = full.reshape(len(matrix), self.gates, self.count, self.units).transpose(2, 0, 1, 3)
        packed = np.ascontiguousarray(blocks.reshape(self.count, len(matrix), self.rows))
        return packed[:, 0] if weights.ndim == 1 else packed


def fewest(units: int, gates: int, most: int, whole: int) -> Blocks:
    """The block shape with the fewest rows in total, including padding, then with the fewest blocks.

    Args:
        most: largest number of rows of a block.
        whole: number of which its rows are a multiple.
    """
    sizes = [size for size in range(1, most // gates + 1) if size * gates % whole == 0]
    return min((Blocks(units, size, gates) for size in sizes), key=lambda b: (b.count * b.units, b.count))


def choose(layout: Layout, units: int, gates: int) -> Blocks:
    """The block shape with the least work, including padding.

    A pass costs a load of the input and the loop overhead, plus one operation per vector; a block narrower than two
    vectors costs as much as two.
    """
    most = max(1, layout.rows // gates)
    sizes = {2**k for k in range(8)} | set(range(layout.lanes, most + 1, layout.lanes))
    candidates = [Blocks(units, size, gates) for size in sorted(sizes) if size <= most and size < 2 * units]

    def cost(blocks: Blocks) -> tuple[float, int]:
        vectors = -(-blocks.rows // layout.lanes)
        return blocks.count * (3 + (max(vectors, 2) if blocks.rows > 1 else 0)), -blocks.units

    return min(candidates, key=cost)
