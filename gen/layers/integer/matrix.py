"""A matrix of integers, with a bias and a multiplier per row that brings its sums to another scale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from ...core.formats import Array, Fewer, Format
from ...core.graph import Graph, Node
from ...numerics.base import Numeric
from ...numerics.fixed import ACCUMULATOR, WIDE_ACCUMULATOR, Rescale, rescale, round_shift
from ...numerics.groups import Grouped, grouped, on_grid, on_scales, row_scales
from ...numerics.rounding import Moments, pruned, rounded
from ...numerics.storage import EXACT
from ..base import equal_parts
from .base import Task

SMALLEST = 32
"""Largest ratio of gains of rows that share their shifts: a smaller gain would leave its multiplier too few bits."""
FINEST = 1 << 10
"""The same for rows that are on a grid, which keep their scales: their multipliers may have 16 bits."""
NEAR = 1 / 64
"""Largest relative change of gains of rows on a grid, to get 8-bit multipliers: 16-bit ones, two bytes per row, would
cost more than rounding the row to the grid has."""
ROOM = (1.22, 1.5, 1.36, 1.08, 0.94, 0.8)
"""Factors tried for a row's scale if groups have multiples of it: these end at the scale of the largest group."""
COARSE = 4
"""Rows of all gates share their shifts only if one unit after the first shift, and the rounding of a weight at the
largest input, are at most this many units of the result, or a gate's own shifts would not halve them."""
BARELY = 1 + 2.0**-13
"""Ratio of a raised gain to a power of two, so that the largest result fits with the same shift."""
LARGEST = 3.5
"""Largest sum with its bias, in halves of the accumulator's limit, which is half its range."""
COARSER_BY = 1.2
"""Factor from which weights are too coarse: int16 inputs give up bits if 32-bit sums would coarsen a row that much."""
SPARED = 7
"""Most bits of 16 that inputs leave unused."""
COARSER = np.linspace(1.0, 1.15, 31)
"""Factors tried for a row's scale, relative to the least one that fits the largest weight and the accumulator."""


@dataclass(frozen=True, eq=False)
class RealMatrix:
    """The real matrix that an integer matrix approximates, to train its weights.

    Args:
        kernel: (inputs, rows) in real values.
        steps: (rows,): real value of one in ``weights``.
        units: (rows,): real value of one in the result, divided by the inputs' scale.
        gates: number of equal groups of rows with separate shifts.
        moments: the inputs' moments.
    """

    kernel: Array
    steps: Array
    units: Array
    gates: int
    moments: Moments | None


@dataclass(frozen=True, eq=False)
class Matrix:
    """``y = rescale(x weights + bias)``.

    Args:
        weights: (inputs, rows), int8 or int16.
        bias: (rows,), int32, or int64 with int16 weights; includes the input's zero point.
        rescales: to the scale of the result, with one multiplier per row: one for all rows, or one per gate.
        bound: the largest absolute value that the sum of any row, or a part of it, can reach.
        grouped: weights of less than 8 bits, as they are stored; None in 8 and 16 bits.
        missing: (rows,) in real values: the mean that rounding the weights takes off each sum; None if the inputs are
            not calibrated or the bias compensates it.
        origin: the real matrix; not used for results.
    """

    weights: Array
    bias: Array
    rescales: tuple[Rescale, ...]
    bound: int
    grouped: Grouped | None = None
    missing: Array | None = None
    origin: RealMatrix | None = None

    @cached_property
    def factors(self) -> Array:
        """The weights as float64, in which sums of products are exact: it holds every integer up to 2^53."""
        return self.weights.astype(np.float64)

    def __call__(self, x: Array) -> Array:
        return self._rescaled(x.astype(np.float64) @ self.factors)

    def results(self, products: Array) -> Array:
        """The results of sums of products, (..., rows), or of parts of the rows along several axes."""
        return self._rescaled(products.reshape(-1, len(self.bias))).reshape(products.shape)

    def _rescaled(self, products: Array) -> Array:
        groups = equal_parts(products.astype(np.int64) + self.bias, len(self.rescales))
        return np.concatenate([one(group) for one, group in zip(self.rescales, groups, strict=True)], axis=1)

    @property
    def multipliers(self) -> Array:
        """(rows,): int16, or bytes if weights have less than 8 bits and all multipliers fit."""
        m = np.concatenate([one.m for one in self.rescales])
        return m.astype(np.uint8 if self.grouped is not None and m.max(initial=0) < 256 else np.int16)

    @property
    def halves(self) -> Array:
        """(rows,): half a unit after the first shift, which rounds each sum."""
        return np.repeat([1 << one.pre >> 1 for one in self.rescales], len(self.bias) // len(self.rescales))

    def starts(self, rows: slice | None = None) -> tuple[Array, int]:
        """Initial values of the sums, bias plus ``halves``, shifted right; and that shift. With weights of less than 8
        bits they are int16 if that is exact; otherwise they are not shifted."""
        starts = (self.bias + self.halves)[slice(None) if rows is None else rows]
        if self.grouped is not None:
            for shift in range(32):
                if np.any(starts % (1 << shift)):
                    break
                if np.abs(starts >> shift).max(initial=0) <= 32767:
                    return (starts >> shift).astype(np.int16), shift
        return starts.astype(self.bias.dtype), 0

    def rescale(self, row: int) -> Rescale:
        """The rescaling of a row."""
        return self.rescales[row * len(self.rescales) // len(self.bias)]

    @property
    def exact(self) -> bool:
        """Whether the weights equal the real ones, as in a file that was tuned."""
        return self.origin is not None and bool(
            np.all(np.abs(self.weights * self.origin.steps - self.origin.kernel) <= EXACT * self.origin.steps)
        )

    @property
    def wide(self) -> bool:
        """Whether sums need int64."""
        return self.weights.dtype.itemsize > 1

    @property
    def storage(self) -> str:
        """The name of the weights' storage."""
        return str(self.weights.dtype.name) if self.grouped is None else self.grouped.storage.name

    def reach(self, form: Format, rows: slice) -> tuple[int, int]:
        """Bounds of the sum of any of these rows, or a part of it, for inputs of a format, including ``halves``."""
        w, starts = self.weights[:, rows].astype(np.int64), (self.bias + self.halves)[rows]
        least, most = np.minimum(w * form.low, w * form.high), np.maximum(w * form.low, w * form.high)
        negative, positive = np.minimum(least, 0).sum(0), np.maximum(most, 0).sum(0)
        return int((starts + negative).min()), int((starts + positive).max())

    def columns(self, rows: slice) -> Matrix:
        """The matrix of these rows alone, if all rows share their shifts."""
        (scale,) = self.rescales
        part = Rescale(scale.pre, scale.m[rows], scale.post, scale.bounded)
        groups = None if self.grouped is None else self.grouped.columns(rows)
        return Matrix(self.weights[:, rows], self.bias[rows], (part,), self.bound, groups)

    def arrays(self, name: str) -> dict[str, Array]:
        """The stored arrays, by name."""
        weights = self.weights if self.grouped is None else self.grouped.bytes
        return {f"{name}_weights": weights, f"{name}_bias": self.starts()[0], f"{name}_multipliers": self.multipliers}

    def __repr__(self) -> str:
        digest = hashlib.sha256(repr(self.rescales).encode())
        for array in (self.weights, self.bias, *(() if self.grouped is None else (self.grouped.multiples,))):
            digest.update(f"{array.shape}{array.dtype}".encode() + array.tobytes())
        return f"Matrix({digest.hexdigest()})"


def matrices(graph: Graph) -> Iterator[tuple[Node, str, Matrix]]:
    """The matrices of an integer graph, with their nodes and the names of their fields."""
    for node in graph.nodes:
        for field in fields(node.op):
            value = getattr(node.op, field.name)
            if isinstance(value, Matrix):
                yield node, field.name, value


class MatrixQuantizer:
    """Quantizes a matrix by rows (the columns of Keras's kernel), symmetrically.

    Args:
        kernel: (inputs, rows), as in Keras.
        bias: (rows,), or None.
        source: format of the inputs.
        scale: real value of one in the result, for all rows or per row.
        bits: bits of the result, to which it is saturated.
        moments: the inputs' moments: weights of 8 bits and less are rounded so that sums of such inputs change least,
            one by one if only the mean is known.
        settle: whether the bias compensates the mean error of rounding; otherwise ``missing`` is that error.

    8-bit rows get the scale under which their weights round best. With fewer bits, each group gets a multiple of its
    row's scale; rows' scales leave 8-bit multipliers, and biases are rounded to 16 bits if that loses no more than the
    first shift. Such weights that are on a grid already stay unchanged. A row whose sum could overflow the accumulator
    gets coarser weights.
    """

    def __init__(
        self,
        numeric: Numeric,
        kernel: Array,
        bias: Array | None,
        source: Format,
        scale: Array | float,
        bits: int,
        moments: Moments | None = None,
        settle: bool = True,
    ) -> None:
        self.storage, self.source, self.bits, self.settle = numeric.weights, source, bits, settle
        self.moments = None if moments is None else moments.joint
        self.wide, self.narrow = self.storage.bits > 8, self.storage.packed
        self.limit = WIDE_ACCUMULATOR if self.wide else ACCUMULATOR
        self.w = kernel.astype(np.float64)
        self.b = np.zeros(self.w.shape[1]) if bias is None else bias.astype(np.float64)
        self.largest_input = max(-source.low, source.high)
        self.grid = on_grid(self.w, self.storage) if self.narrow else None
        self.free = self.narrow and self.grid is None
        self.best = self.storage.best_scales(self.w, self.moments) if self.free else self.w[:0]  # slow: once
        self.rows = self._row_scales()
        self.units = np.broadcast_to(np.asarray(scale, np.float64), self.rows.shape) / source.scale
        self.mean = None if moments is None or self.wide or pruned(self.w) else moments.mean

    def matrix(self, gates: int | None = None) -> Matrix:
        """The integer matrix. The gates of a cell, groups of equally many rows, share their shifts unless that would
        cost a gate too much precision.

        Raises:
            OverflowError: the gain of a row does not fit 16-bit multipliers, or so many weights were rounded up that
                its sum could overflow the accumulator nevertheless.
        """
        separate = self._quantized(gates or 1, alone=gates is None)
        if gates in (None, 1):
            return separate
        try:
            shared = self._quantized(1)
        except OverflowError:
            return separate
        return separate if _coarse(shared, separate, self.largest_input) else shared

    def _row_scales(self) -> Array:
        """The least scales of rows under which their largest weights fit, and their sums fit the accumulator."""
        source, rows = self.source, self.grid
        if rows is None:
            largest = np.abs(self.w).max(axis=0, initial=0.0)
            rows = row_scales(self.w, self.storage, self.best) if self.narrow else largest / self.storage.most
        rows = np.maximum(rows, np.abs(self.w).sum(axis=0) * (source.reach + self.largest_input) / self.limit)
        return np.asarray(np.maximum(rows, np.abs(self.b) / source.scale / (self.limit / 2)))

    def _scales(self, count: int, factor: float, alone: bool) -> Array:
        """Scales of rows; each of ``count`` equal groups shares its shifts. ``alone``: the rows are not a cell's."""
        groups = []
        for rows, units in zip(np.split(self.rows, count), np.split(self.units, count), strict=True):
            scales = _raised(rows, units, SMALLEST if self.grid is None else FINEST)
            scales = _bytes(scales, units, factor) if self.free else scales
            groups.append(_shifted(scales, units) if self.wide and alone else scales)
        return np.concatenate(groups)

    def _rounded(self, tries: Sequence[Array]) -> tuple[Array, Array, Grouped | None]:
        """Integers of the weights, the scales of rows, and the stored form of weights of less than 8 bits."""
        if self.narrow:
            grid = grouped(self.w, self.storage, tries, self.best, self.moments) if self.free else None
            packed = grid or on_scales(self.w, tries[0], self.storage)
            return packed.products, packed.scales, packed
        scales = tries[0] if self.wide or self.storage.rough else _closest(self.w, tries[0])
        moments = None if self.mean is None else self.moments
        return rounded(self.w, scales, self.storage.levels, moments).astype(np.int64), scales, None

    def _quantized(self, count: int, alone: bool = False) -> Matrix:
        """The matrix with separate shifts for each of ``count`` equal groups of rows."""
        q, scales, packed = self._rounded([self._scales(count, factor, alone) for factor in ROOM])
        missing = None if self.mean is None else self.mean @ (self.w - q * scales)
        start = self.b if missing is None or not self.settle else self.b + missing
        sums = np.round(start / (scales * self.source.scale)).astype(np.int64) - self.source.zero * q.sum(axis=0)
        bound = np.abs(sums) + np.abs(q).sum(axis=0) * self.largest_input
        if 2 * int(bound.max(initial=0)) >= LARGEST * self.limit:
            raise OverflowError(f"sums of {len(self.w):,} products")
        bound += np.abs(sums).max(initial=0) // 16384 + 1 if self.narrow else 0  # for the rounding of short biases
        gains = scales / self.units if self.grid is None else _byte_gains(scales / self.units)
        pairs, most = zip(np.split(gains, count), np.split(bound, count), strict=True), 1 << (self.bits - 1)
        rescales = tuple(rescale(gain, largest, most if self.bits > 8 else 256) for gain, largest in pairs)
        return Matrix(
            q.astype(self.storage.dtype),
            (_short(sums, rescales) if self.narrow else sums).astype(np.int64 if self.wide else np.int32),
            tuple(one.brief for one in rescales) if self.narrow else rescales,
            int(bound.max(initial=0)),
            packed,
            None if self.settle else missing,
            RealMatrix(self.w, scales, self.units, count, self.moments),
        )


def safe_input_format(task: Task, kernel: Array) -> Format:
    """The format of a layer's first input. If 8-bit weights would have to become coarser for sums to stay within 32
    bits, int16 inputs leave some bits unused instead: one bit of 16 costs less than one of 8 or 64-bit sums.

    Args:
        kernel: (inputs, rows), of the layer's 8-bit weights.
    """
    source, storage = task.input_format(0, task.dtype), task.numeric.weights
    w = np.abs(kernel.astype(np.float64))
    if storage.bits != 8 or source.dtype != "int16" or not w.any():
        return source
    finest = w.max(axis=0) / storage.most
    safe = w.sum(axis=0) * (source.reach + source.high) / ACCUMULATOR
    coarser = float(np.max(safe[finest > 0] / finest[finest > 0]))
    if coarser >= COARSER_BY:
        bits = min(int(np.ceil(np.log2(coarser))), SPARED)
        source = task.inputs[0] = Fewer(source.dtype, source.scale * 2**bits, spared=bits)
    return source


def _raised(rows: Array, units: Array, share: int) -> Array:
    """Scales of rows that share their shifts, with small ones raised: a row's gain, its scale divided by its unit, is
    at least the largest gain over ``share``. If all are 0, so are the sums, and any scale will do."""
    gains = rows / units
    return np.maximum(gains, gains.max(initial=0.0) / share or 1.0) * units


def _shifted(rows: Array, units: Array) -> Array:
    """Scales of 16-bit rows that share their shifts, with small ones raised until the least gain is barely above a
    power of two: a sum after the first shift is then in units of the result, not up to twice as coarse. The weights'
    own steps, at most doubled, are finer than either."""
    gains = rows / units
    least = 2.0 ** np.ceil(np.log2(gains.min(initial=np.inf))) * BARELY
    return np.asarray(np.maximum(gains, least) * units)


def _bytes(rows: Array, units: Array, factor: float) -> Array:
    """Scales of rows that share their shifts, times a factor, each a little larger so that multipliers have 8 bits."""
    gains = rows / units
    step = 2.0 ** np.ceil(np.log2(ROOM[0] * gains.max(initial=0.0) / 255 or 1.0))
    return np.asarray(np.minimum(np.ceil(gains * factor / step), 255) * step * units)


def _byte_gains(gains: Array) -> Array:
    """The nearest gains with 8-bit multipliers, if none changes by more than ``NEAR``; else the gains unchanged."""
    step = 2.0 ** np.ceil(np.log2(gains.max(initial=0.0) / 255 or 1.0))
    nearest = np.round(gains / step) * step
    return np.asarray(nearest if np.all(np.abs(nearest - gains) <= NEAR * gains) else gains)


def _short(bias: Array, scales: Sequence[Rescale]) -> Array:
    """Biases that, with ``halves``, are 16 bits times a power of two; unchanged if that would lose more than the first
    shift of the sums."""
    halves = np.repeat([1 << one.pre >> 1 for one in scales], len(bias) // len(scales))
    starts, shift = bias + halves, 0
    while np.abs(round_shift(starts, shift)).max(initial=0) > 32767:
        shift += 1
    if shift > min(one.pre for one in scales) + 1:
        return bias
    return np.asarray(round_shift(starts, shift) * (1 << shift) - halves)


def _coarse(joint: Matrix, separate: Matrix, largest_input: int) -> bool:
    """Whether some gate loses precision by sharing its shifts with the others, in its sums or its weights."""
    (shared,) = joint.rescales
    for m, gate in zip(np.split(shared.m, len(separate.rescales)), separate.rescales, strict=True):
        a, b = (float(each.max()) * 2.0**-scale.post for each, scale in ((m, shared), (gate.m, gate)))
        half = largest_input / 2
        for error, least in ((a, b), (a * 2.0**-shared.pre * half, b * 2.0**-gate.pre * half)):
            if error > COARSE and error >= 2 * least:
                return True
    return False


def _closest(w: Array, rows: Array) -> Array:
    """A scale per row, a little above the least, with the smallest squared error of the rounded weights."""
    best, least = rows, np.full(len(rows), np.inf)
    for factor in COARSER:
        scale = rows * factor
        error = np.square(w - np.round(w / scale) * scale).sum(axis=0)
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    for level in range(112, 127):  # the largest of weights that were rounded before is one of these
        scale = rows * 127 / level
        exact = np.abs(w / scale - np.round(w / scale)).max(axis=0, initial=0.0) <= 127 * EXACT**2
        best = np.where(exact, scale, best)
    return best
