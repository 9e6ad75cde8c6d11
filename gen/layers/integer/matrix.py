"""A matrix of integers with its bias and the multipliers that take its sums to another scale, all one a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ...formats import Array, Format
from ...numerics.base import Numeric
from ...numerics.fixed import ACCUMULATOR, WIDE_ACCUMULATOR, Rescale, rescale

SMALLEST = 32
"""A row's scale is at least the largest row's over this: rows share their shifts, and a smaller one would have too few
bits in its multiplier."""
LARGEST = 3.5
"""Halves of the accumulator's limit, which is half its range, that a sum may reach with its bias."""
COARSER = np.linspace(1.0, 1.15, 31)
"""Factors of a row's scale that are tried. Never finer than what holds the largest weight and the accumulator."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """``y = rescale(x weights + bias)``.

    Args:
        weights: (inputs, rows), int8 or int16.
        bias: (rows,), int32, or int64 beside int16 weights; the input's zero point is in it.
        rescale: to the scale of the result, a multiplier a row.
        bound: the largest absolute value that the sum of any row, or a part of it, can reach.
    """

    weights: Array
    bias: Array
    rescale: Rescale
    bound: int

    def sums(self, x: Array) -> Array:
        """The accumulators. Exact: float64 holds every integer up to 2^53."""
        return (x.astype(np.float64) @ self.weights.astype(np.float64)).astype(np.int64) + self.bias

    def __call__(self, x: Array) -> Array:
        return self.rescale(self.sums(x))

    @property
    def wide(self) -> bool:
        """Whether sums need int64."""
        return self.weights.dtype.itemsize > 1

    def arrays(self, name: str) -> dict[str, Array]:
        """What is stored, by name."""
        m = self.rescale.m.astype(np.int16)
        return {f"{name}_weights": self.weights, f"{name}_bias": self.bias, f"{name}_multipliers": m}

    def __repr__(self) -> str:
        digest = hashlib.sha256(repr(self.rescale).encode())
        for array in (self.weights, self.bias):
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
        return f"Matrix({digest.hexdigest()})"


def matrix(
    numeric: Numeric, kernel: Array, bias: Array | None, source: Format, scale: Array | float, bits: int
) -> Matrix:
    """Quantize a matrix by rows (the columns of Keras's kernel), symmetrically.

    Args:
        kernel: (inputs, rows) as Keras has it.
        bias: (rows,), or None.
        source: format of the inputs.
        scale: real value of one in the result, for all rows or for each.
        bits: of the result, beyond which it is saturated.

    8-bit rows get the scale under which their weights round best. A row whose sum could leave the accumulator gets
    coarser weights.

    Raises:
        OverflowError: the gain of a row does not fit 16-bit multipliers, or so many weights were rounded up that its
            sum could leave the accumulator all the same.
    """
    wide = numeric.weight_bits > 8
    most = (1 << (numeric.weight_bits - 1)) - 1
    limit = WIDE_ACCUMULATOR if wide else ACCUMULATOR
    w = kernel.astype(np.float64)
    b = np.zeros(w.shape[1]) if bias is None else bias.astype(np.float64)
    reach = max(abs(source.low - source.zero), abs(source.high - source.zero))
    largest_input = max(-source.low, source.high)
    size = np.abs(w).sum(axis=0)
    rows = np.abs(w).max(axis=0, initial=0.0) / most
    rows = np.maximum(rows, size * (reach + largest_input) / limit)
    rows = np.maximum(rows, np.abs(b) / source.scale / (limit / 2))
    rows = np.maximum(rows, rows.max(initial=0.0) / SMALLEST)
    rows[rows == 0] = 1.0
    if not wide:
        rows = _closest(w, rows)
    q = np.round(w / rows).astype(np.int64)
    sums = np.round(b / (rows * source.scale)).astype(np.int64) - source.zero * q.sum(axis=0)
    bound = np.abs(sums) + np.abs(q).sum(axis=0) * largest_input
    if 2 * int(bound.max(initial=0)) >= LARGEST * limit:
        raise OverflowError(f"sums of {len(w):,} products")
    gains = rows * source.scale / scale
    return Matrix(
        q.astype(numeric.weights),
        sums.astype(np.int64 if wide else np.int32),
        rescale(gains, bound, 1 << (bits - 1) if bits > 8 else 256),
        int(bound.max(initial=0)),
    )


def _closest(w: Array, rows: Array) -> Array:
    """Scales a row, a little above the least, with the smallest squared error of the rounded weights."""
    best, least = rows, np.full(len(rows), np.inf)
    for factor in COARSER:
        scale = rows * factor
        error = np.square(w - np.round(w / scale) * scale).sum(axis=0)
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    return best
