"""The storage of the weights of matrices and tables: bits, scales, and the layout of values in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core.formats import Array
from .rounding import Moments, nearest, pruned, rounded

EXACT = 1e-3
"""Largest distance from an integer, in steps, of weights that were rounded before: float32 errs far less."""
FACTORS = {8: np.linspace(1.0, 1.15, 31), 4: np.linspace(0.7, 1.15, 46), 2: np.linspace(0.3, 1.0, 36)}
"""Scales tried per bit width, relative to the smallest that holds the largest weight; at 4 bits that weight may clip.
On tools/integers.py they gain 1.3 dB of float32w8 in the mean."""


@dataclass(frozen=True)
class Storage:
    """A storage of weights.

    Args:
        name: its name in kernels and templates.
        bits: bits of a value: 32 is a float, anything less an integer. A byte holds two 4-bit or four 2-bit values.
        group: values of a row that share a float scale: 0 is the whole row. None: floats have no scale, and integer
            types rescale sums instead (``gatesmith.layers.integer.matrix``).
        rough: whether the search for scales, which takes seconds, is left out because only sizes are needed.
    """

    name: str
    bits: int
    group: int | None = None
    rough: bool = field(default=False, compare=False)

    @property
    def dtype(self) -> str:
        """NumPy's name of a value's type before packing."""
        return {32: "float32", 16: "int16"}.get(self.bits, "int8")

    @property
    def code(self) -> str:
        """The letter of a value's type in Python's ``struct``."""
        return {32: "f", 16: "h"}.get(self.bits, "b")

    @property
    def relative(self) -> bool:
        """Whether the rounding error is relative to each weight, as in floats, and not to its row's largest."""
        return self.bits == 32

    @property
    def most(self) -> int:
        """The largest integer."""
        return (1 << (self.bits - 1)) - 1

    @property
    def levels(self) -> tuple[int, int]:
        """The least and the largest integer."""
        return -self.most - int(self.mirrored), self.most

    @property
    def mirrored(self) -> bool:
        """Whether a scale may be negative: only in 2 bits, with the levels -2 to 1."""
        return self.bits == 2

    @property
    def multiples(self) -> Array:
        """Allowed ratios of a group's scale to its row's, in integer types: level times ratio fits int8."""
        positive = np.arange(1, 127 // -self.levels[0] + 1)
        return np.concatenate([positive, -positive]) if self.mirrored else positive

    @property
    def packed(self) -> bool:
        """Whether several values share a byte."""
        return self.bits < 8

    @property
    def offset(self) -> int:
        """The number added to values that share a byte, so that none is negative."""
        return 1 << (self.bits - 1)

    def store(self, weights: Array, axis: int = 0) -> tuple[Array, Array | None]:
        """Values, in the shape of the weights, and their scales: float32, 1 for a group of zeros; None without scales.

        The largest weight of a group becomes the largest integer, or a smaller one under which all weights of the group
        are integers: weights that were rounded before stay unchanged. If a row has several groups, the scales have an
        axis of groups in place of ``axis``, else none there.

        Args:
            axis: the axis along a row: 0 for a kernel (inputs, rows), 1 for a table (rows, width).
        """
        if self.group is None:
            return weights.astype(self.dtype), None
        groups = self._grouped(weights.astype(np.float64), axis)
        scales = (np.abs(groups).max(axis=axis + 1, initial=0.0) / self._largest(groups, axis + 1)).astype(np.float32)
        scales[scales == 0] = 1
        values = nearest(weights, self.each(scales.astype(np.float64), weights.shape[axis], axis), self.levels).astype(
            self.dtype
        )
        return values, scales if self.group else np.squeeze(scales, axis)

    def _largest(self, groups: Array, axis: int) -> Array:
        """The integer for the largest weight of each group."""
        rows = np.moveaxis(groups, axis, -1).reshape(-1, groups.shape[axis])
        tops = np.abs(rows).max(axis=1, initial=0.0)
        limits = np.full(len(rows), self.most)
        pending = np.flatnonzero(tops > 0)
        for most in range(self.most, 0, -1):
            steps = rows[pending] * (most / tops[pending, None])
            fits = np.all(np.abs(steps - np.round(steps)) < EXACT, axis=1)
            limits[pending[fits]] = most
            pending = pending[~fits]
            if not len(pending):
                break
        return limits.reshape(np.delete(groups.shape, axis))

    def rounded(self, weights: Array, axis: int = 0, moments: Moments | None = None) -> Array:
        """Weights rounded to this storage: each group with its best scale among ``FACTORS``, and jointly if the inputs'
        moments are known.

        Args:
            moments: moments of a kernel's inputs.
        """
        if self.group is None:
            return weights
        w = np.moveaxis(weights.astype(np.float64), axis, 0)
        grid = self.each(self.best_scales(w, moments).astype(np.float32), len(w))
        q = rounded(w, grid.astype(np.float64), self.levels, None if pruned(w) else moments)
        return np.moveaxis(q.astype(np.float32) * grid, 0, axis)

    def best_scales(self, w: Array, moments: Moments | None) -> Array:
        """(groups, rows): the scales with the least squared error of groups of weights (inputs, rows), float64, each
        weight rounded by itself and weighted by the power of its input; any positive scale for a group of zeros."""
        least = np.maximum.reduceat(np.abs(w), self.starts(w)) / self.most
        least[least == 0] = 1
        best, error = least, np.full(least.shape, np.inf)
        tried = FACTORS[self.bits]
        for factor in tried[len(tried) // 2 :][:1] if self.rough else tried:
            for scale in (least * factor, -least * factor)[: 2 if self.mirrored else 1]:
                total = self.squared_errors(w, scale, moments)
                best, error = np.where(total < error, scale, best), np.minimum(total, error)
        return best

    def squared_errors(self, w: Array, scales: Array, moments: Moments | None) -> Array:
        """(groups, rows): the squared errors of weights (inputs, rows) for scales of groups, each weight rounded by
        itself and weighted by the power of its input."""
        power = np.ones(len(w)) if moments is None else np.diag(moments.definite)
        grid = self.each(scales, len(w))
        errors: Array = (power * ((w - nearest(w, grid, self.levels) * grid) ** 2).T).T
        return np.add.reduceat(errors, self.starts(w))

    def starts(self, w: Array) -> Array:
        """The first input of each group."""
        return np.arange(0, len(w), self.group or max(len(w), 1))

    def meant(self, weights: Array, axis: int = 0) -> Array:
        """The real values of the stored weights, in float32."""
        values, scales = self.store(weights, axis)
        if scales is None:
            return values
        if not self.group:
            return np.asarray(values.astype(np.float32) * np.expand_dims(scales, axis))
        return np.asarray(values.astype(np.float32) * self.each(scales, weights.shape[axis], axis))

    def padded(self, length: int) -> int:
        """The number of values, rounded up to fill the last byte."""
        return -(-length * self.bits // 8) * 8 // self.bits

    def pack(self, values: Array, axis: int, lanes: int = 1, word: int = 8) -> Array:
        """Values in the layout of a table: several per byte along an axis, each plus ``offset``; the last bytes are
        filled up with zeros. Values of 8 bits and more stay unchanged.

        Args:
            lanes: words that are read at once: the first values are the lowest bits of that many words.
            word: bits of a word, whose lower byte comes first.
        """
        if not self.packed:
            return values
        moved, count = np.moveaxis(values, axis, -1), word // self.bits
        full = np.zeros((*moved.shape[:-1], -(-moved.shape[-1] // (count * lanes)), count, lanes), np.int8)
        full.reshape(*moved.shape[:-1], -1)[..., : moved.shape[-1]] = moved
        places = np.arange(count)[:, None] * self.bits
        joined = ((full + self.offset).astype(np.int64) << places).sum(axis=-2).astype(f"<u{word // 8}")
        parts = np.ascontiguousarray(joined.reshape(*moved.shape[:-1], -1)).view(np.uint8)
        return np.ascontiguousarray(np.moveaxis(parts, -1, axis))

    def each(self, scales: Array, length: int, axis: int = 0) -> Array:
        """Scales of groups, repeated for each of ``length`` values along an axis."""
        return np.take(np.repeat(scales, self.group or max(length, 1), axis), np.arange(length), axis)

    def grouped_rows(self, values: Array, scales: Array) -> Array:
        """Rows (rows, values) of less than 8 bits as bytes, one after the other: for each group its scale, then its
        values as in :meth:`pack`.

        Args:
            scales: (rows, groups), 8-bit integers.
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
        """The weights with the axis split in two, groups and their values; the last group is filled up with zeros."""
        length = weights.shape[axis]
        group = self.group or max(length, 1)
        pad = [(0, 0)] * weights.ndim
        pad[axis] = (0, -length % group)
        full = np.pad(weights, pad)
        return full.reshape(*full.shape[:axis], -1, group, *full.shape[axis + 1 :])


FLOAT = Storage("float32", 32)
"""Unchanged values."""
INT16 = Storage("int16", 16)
"""Integers whose sums are rescaled."""
INT8 = Storage("int8", 8)
INT4 = Storage("int4", 4, 32)
"""Two values per byte, a scale per 32 values of a row."""
INT2 = Storage("int2", 2, 32)
"""Four values per byte, -2 to 1; a scale per 32 values of a row, perhaps negative. -1, 0 and 1 are ternary weights."""
PACKED = (INT4, INT2)
