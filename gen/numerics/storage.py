"""How the weights of matrices and tables are kept: bits, scales, and how values lie in bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.formats import Array
from .rounding import Moments, nearest, pruned, together

EXACT = 1e-3
"""How far from whole steps weights may be that were rounded before: float32 knows 127 steps much better."""
FACTORS = {8: np.linspace(1.0, 1.15, 31), 4: np.linspace(0.7, 1.15, 46)}
"""Scales tried per bit width, relative to the smallest that holds the largest weight; at 4 bits that weight may clip.
On tools/integers.py they gain 1.3 dB of float32w8 in the mean."""


@dataclass(frozen=True)
class Storage:
    """A storage of weights.

    Args:
        name: as kernels and templates know it.
        bits: of a value: 32 is a float, anything less an integer. Two values of 4 bits share a byte.
        group: values of a row that share a scale, which is a float: 0 is all of them. None: floats have no scale, and
            integer types rescale sums instead (``gatesmith.layers.integer.matrix``).
    """

    name: str
    bits: int
    group: int | None = None

    @property
    def dtype(self) -> str:
        """NumPy's name of the type of a value, before it is packed."""
        return {32: "float32", 16: "int16"}.get(self.bits, "int8")

    @property
    def code(self) -> str:
        """The letter of a value's type, as Python's ``struct`` has them."""
        return {32: "f", 16: "h"}.get(self.bits, "b")

    @property
    def relative(self) -> bool:
        """Whether rounding takes a share of each weight, as floats do, and not one of its row's largest."""
        return self.bits == 32

    @property
    def most(self) -> int:
        """The largest integer; the least is its negative."""
        return (1 << (self.bits - 1)) - 1

    def store(self, weights: Array, axis: int = 0) -> tuple[Array, Array | None]:
        """Values, in the shape of the weights, and their scales: float32, 1 where all are 0; None where there are none.

        The largest of a group is the largest integer, or a smaller one where all of the group are multiples of what
        that leaves: weights that were rounded before stay as they are. Where a row has several groups, scales have an
        axis of them in place of ``axis``, else none there.

        Args:
            axis: what a row runs along: 0 for a kernel (inputs, rows), 1 for a table (rows, width).
        """
        if self.group is None:
            return weights.astype(self.dtype), None
        groups = self._grouped(weights.astype(np.float64), axis)
        scales = (np.abs(groups).max(axis=axis + 1, initial=0.0) / self._largest(groups, axis + 1)).astype(np.float32)
        scales[scales == 0] = 1
        steps = np.repeat(scales.astype(np.float64), groups.shape[axis + 1], axis)
        steps = np.take(steps, np.arange(weights.shape[axis]), axis)
        values = np.clip(np.round(weights / steps), -self.most, self.most).astype(self.dtype)
        return values, scales if self.group else np.squeeze(scales, axis)

    def _largest(self, groups: Array, axis: int) -> Array:
        """What the largest of each group is stored as."""
        rows = np.moveaxis(groups, axis, -1).reshape(-1, groups.shape[axis])
        tops = np.abs(rows).max(axis=1, initial=0.0)
        found = np.full(len(rows), self.most)
        pending = np.flatnonzero(tops > 0)
        for most in range(self.most, 0, -1):
            steps = rows[pending] * (most / tops[pending, None])
            fits = np.all(np.abs(steps - np.round(steps)) < EXACT, axis=1)
            found[pending[fits]] = most
            pending = pending[~fits]
            if not len(pending):
                break
        return found.reshape(np.delete(groups.shape, axis))

    def rounded(self, weights: Array, axis: int = 0, moments: Moments | None = None) -> Array:
        """What weights are to be: each group on the scale under which it rounds best, of some around the least that
        holds its largest; and together, where it is known what they are multiplied with.

        Args:
            moments: of the inputs of a kernel.
        """
        if self.group is None:
            return weights
        w = np.moveaxis(weights.astype(np.float64), axis, 0)
        power = np.ones(len(w)) if moments is None else np.diag(moments.definite)
        starts = np.arange(0, len(w), self.group or max(len(w), 1))
        each = np.diff([*starts, len(w)])
        least = np.maximum.reduceat(np.abs(w), starts) / self.most
        least[least == 0] = 1
        best, error = least, np.full(least.shape, np.inf)
        for factor in FACTORS[self.bits]:
            grid = np.repeat(least * factor, each, axis=0)
            lost = (power * ((w - nearest(w, grid, self.most) * grid) ** 2).T).T
            total = np.add.reduceat(lost, starts)
            best, error = np.where(total < error, least * factor, best), np.minimum(total, error)
        grid = np.repeat(best.astype(np.float32), each, axis=0)
        steps = grid.astype(np.float64)
        apart = moments is None or pruned(w)
        q = nearest(w, steps, self.most) if apart or moments is None else together(w, steps, self.most, moments)
        return np.moveaxis(q.astype(np.float32) * grid, 0, axis)

    def meant(self, weights: Array, axis: int = 0) -> Array:
        """What the stored weights are, in float32."""
        values, scales = self.store(weights, axis)
        if scales is None:
            return values
        if not self.group:
            return np.asarray(values.astype(np.float32) * np.expand_dims(scales, axis))
        each = np.take(np.repeat(scales, self.group, axis), np.arange(weights.shape[axis]), axis)
        return np.asarray(values.astype(np.float32) * each)

    def pack(self, values: Array, axis: int) -> Array:
        """Values as they lie in a table: two of 4 bits a byte along an axis, the first in the low half, each plus 8;
        all others as they are."""
        if self.bits != 4:
            return values
        moved = np.moveaxis(values, axis, -1)
        full = np.zeros((*moved.shape[:-1], moved.shape[-1] + moved.shape[-1] % 2), np.int8)
        full[..., : moved.shape[-1]] = moved
        halves = (full + 8).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(halves[..., ::2] | halves[..., 1::2] << 4, -1, axis))

    def unpack(self, packed: Array, axis: int, length: int) -> Array:
        """Values of a table: what was packed along an axis of so many."""
        if self.bits != 4:
            return packed
        moved = np.moveaxis(packed, axis, -1)
        halves = np.stack([moved & 15, moved >> 4], -1).reshape(*moved.shape[:-1], -1)
        values = halves.astype(np.int8) - np.int8(8)
        return np.ascontiguousarray(np.moveaxis(values[..., :length], -1, axis))

    def grouped_rows(self, values: Array, scales: Array) -> Array:
        """Rows (rows, values) of 4 bits as bytes, one after the other: of each group its scale, then two values a byte
        as of :meth:`pack`.

        Args:
            scales: (rows, groups), whole, from 0 to 255.
        """
        group = self.group or values.shape[1]
        parts = []
        for index, scale in enumerate(scales.T):
            parts += [scale[:, None].astype(np.uint8), self.pack(values[:, index * group : (index + 1) * group], 1)]
        return np.concatenate(parts, axis=1)

    def size(self, shape: tuple[int, ...], axis: int = 0) -> int:
        """Bytes of weights of a shape, with their scales."""
        length = shape[axis]
        rows = int(np.prod(shape)) // max(length, 1)
        scales = 0 if self.group is None else -(-length // self.group) if self.group else 1
        return rows * (-(-length * self.bits // 8) + 4 * scales)

    def _grouped(self, weights: Array, axis: int) -> Array:
        """The axis as two: groups, and the values of each, the last one filled up with zeros."""
        length = weights.shape[axis]
        group = self.group or max(length, 1)
        pad = [(0, 0)] * weights.ndim
        pad[axis] = (0, -length % group)
        full = np.pad(weights, pad)
        return full.reshape(*full.shape[:axis], -1, group, *full.shape[axis + 1 :])


FLOAT = Storage("float32", 32)
"""Values as they are."""
INT16 = Storage("int16", 16)
"""Integers whose sums are rescaled."""
INT8 = Storage("int8", 8)
INT4 = Storage("int4", 4, 32)
"""Two a byte, a scale for each 32 of a row."""
