"""A matrix of integers with its bias and the multipliers that take its sums to another scale, all one a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ...formats import Array, Format
from ...numerics.base import Numeric
from ...numerics.fixed import ACCUMULATOR, WIDE_ACCUMULATOR, Rescale, rescale

SMALLEST = 32
"""A row's gain is at least the largest's over this among rows that share their shifts: a smaller one would have too few
bits in its multiplier."""
COARSE = 4
"""Units of the result that one unit behind the first shift may be worth, and the rounding of a weight at the largest
input, where rows of all gates share their shifts; where it is more, and a gate's own shifts halve it, each gate has its
own."""
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
        rescales: to the scale of the result, a multiplier a row: of all rows, or of each gate's, gate by gate.
        bound: the largest absolute value that the sum of any row, or a part of it, can reach.
    """

    weights: Array
    bias: Array
    rescales: tuple[Rescale, ...]
    bound: int

    def sums(self, x: Array) -> Array:
        """The accumulators. Exact: float64 holds every integer up to 2^53."""
        return (x.astype(np.float64) @ self.weights.astype(np.float64)).astype(np.int64) + self.bias

    def __call__(self, x: Array) -> Array:
        parts = np.split(self.sums(x), len(self.rescales), axis=1)
        return np.concatenate([one(part) for one, part in zip(self.rescales, parts, strict=True)], axis=1)

    @property
    def multipliers(self) -> Array:
        """(rows,)"""
        return np.concatenate([one.m for one in self.rescales]).astype(np.int16)

    @property
    def halves(self) -> Array:
        """(rows,): half of what the first shift takes off each sum, which rounds it."""
        return np.repeat([1 << one.pre >> 1 for one in self.rescales], len(self.bias) // len(self.rescales))

    def rescale(self, row: int) -> Rescale:
        """The shifts of a row."""
        return self.rescales[row * len(self.rescales) // len(self.bias)]

    @property
    def wide(self) -> bool:
        """Whether sums need int64."""
        return self.weights.dtype.itemsize > 1

    def arrays(self, name: str) -> dict[str, Array]:
        """What is stored, by name."""
        return {f"{name}_weights": self.weights, f"{name}_bias": self.bias, f"{name}_multipliers": self.multipliers}

    def __repr__(self) -> str:
        digest = hashlib.sha256(repr(self.rescales).encode())
        for array in (self.weights, self.bias):
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
        return f"Matrix({digest.hexdigest()})"


def matrix(
    numeric: Numeric,
    kernel: Array,
    bias: Array | None,
    source: Format,
    scale: Array | float,
    bits: int,
    gates: int = 1,
) -> Matrix:
    """Quantize a matrix by rows (the columns of Keras's kernel), symmetrically.

    Args:
        kernel: (inputs, rows) as Keras has it.
        bias: (rows,), or None.
        source: format of the inputs.
        scale: real value of one in the result, for all rows or for each.
        bits: of the result, beyond which it is saturated.
        gates: of a cell, as many rows each, gate by gate: where values of one are far larger in units of their results
            than those of another, each gate gets shifts of its own.

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
    units = np.broadcast_to(np.asarray(scale, np.float64), rows.shape) / source.scale

    def made(apart: int) -> Matrix:
        """With shifts for each of so many equal groups of rows."""
        parts = zip(np.split(rows, apart), np.split(units, apart), strict=True)
        own = np.concatenate([_raised(*part) for part in parts])
        own = own if wide else _closest(w, own)
        q = np.round(w / own).astype(np.int64)
        sums = np.round(b / (own * source.scale)).astype(np.int64) - source.zero * q.sum(axis=0)
        bound = np.abs(sums) + np.abs(q).sum(axis=0) * largest_input
        if 2 * int(bound.max(initial=0)) >= LARGEST * limit:
            raise OverflowError(f"sums of {len(w):,} products")
        parts = zip(np.split(own / units, apart), np.split(bound, apart), strict=True)
        return Matrix(
            q.astype(numeric.weights),
            sums.astype(np.int64 if wide else np.int32),
            tuple(rescale(gain, part, 1 << (bits - 1) if bits > 8 else 256) for gain, part in parts),
            int(bound.max(initial=0)),
        )

    if gates == 1:
        return made(1)
    apart = made(gates)
    try:
        together = made(1)
    except OverflowError:
        return apart
    return apart if _coarse(together, apart, largest_input) else together


def _raised(rows: Array, units: Array) -> Array:
    """Scales of rows that share their shifts, small ones raised: none under a share of the largest gain, which is a
    row's scale by its unit. Where all are 0, so are the sums, and any scale will do."""
    gains = rows / units
    return np.maximum(gains, gains.max(initial=0.0) / SMALLEST or 1.0) * units


def _coarse(together: Matrix, apart: Matrix, largest_input: int) -> bool:
    """Whether some gate loses by sharing its shifts with the others: by what a sum is rounded to, or a weight."""
    (shared,) = together.rescales
    for m, own in zip(np.split(shared.m, len(apart.rescales)), apart.rescales, strict=True):
        one, other = (float(each.max()) * 2.0**-scale.post for each, scale in ((m, shared), (own.m, own)))
        half = largest_input / 2
        for lost, least in ((one, other), (one * 2.0**-shared.pre * half, other * 2.0**-own.pre * half)):
            if lost > COARSE and lost >= 2 * least:
                return True
    return False


def _closest(w: Array, rows: Array) -> Array:
    """Scales a row, a little above the least, with the smallest squared error of the rounded weights."""
    best, least = rows, np.full(len(rows), np.inf)
    for factor in COARSER:
        scale = rows * factor
        error = np.square(w - np.round(w / scale) * scale).sum(axis=0)
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    return best
