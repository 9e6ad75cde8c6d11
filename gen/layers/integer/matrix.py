"""A matrix of integers with its bias and the multipliers that take its sums to another scale, all one a row."""

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
"""A row's gain is at least the largest's over this among rows that share their shifts: a smaller one would have too few
bits in its multiplier."""
FINEST = 1 << 10
"""The same of rows that are on a grid, which keep their scales: their multipliers may have 16 bits."""
NEAR = 1 / 64
"""By how much the gains of rows that are on a grid may change to have multipliers of 8 bits: two bytes a row are more
than rounding the row to the grid has cost."""
ROOM = (1.22, 1.5, 1.36, 1.08, 0.94, 0.8)
"""Factors of a row's scale that are tried where groups have multiples of it, which end at the largest group's."""
COARSE = 4
"""Units of the result that one unit behind the first shift may be worth, and the rounding of a weight at the largest
input, where rows of all gates share their shifts; where it is more, and a gate's own shifts halve it, each gate has its
own."""
BARELY = 1 + 2.0**-13
"""What a gain exceeds a power of two by, so that the largest result fits behind the same shift."""
LARGEST = 3.5
"""Halves of the accumulator's limit, which is half its range, that a sum may reach with its bias."""
COARSER_BY = 1.2
"""How many times coarser sums of 32 bits may make a row's weights."""
SPARED = 7
"""Bits of 16 that inputs leave unused at most."""
COARSER = np.linspace(1.0, 1.15, 31)
"""Factors of a row's scale that are tried. Never finer than what holds the largest weight and the accumulator."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What a matrix stands for, for those who train its weights.

    Args:
        kernel: (inputs, rows) in real values.
        steps: (rows,): real value of one in ``weights``.
        units: (rows,): of the products that rows are rescaled from.
        gates: groups of rows, of equal size, that have shifts of their own.
        seen: the inputs' moments.
    """

    kernel: Array
    steps: Array
    units: Array
    gates: int
    seen: Moments | None


@dataclass(frozen=True, eq=False)
class Matrix:
    """``y = rescale(x weights + bias)``.

    Args:
        weights: (inputs, rows), int8 or int16.
        bias: (rows,), int32, or int64 beside int16 weights; the input's zero point is in it.
        rescales: to the scale of the result, a multiplier a row: of all rows, or of each gate's, gate by gate.
        bound: the largest absolute value that the sum of any row, or a part of it, can reach.
        grouped: weights of less than 8 bits, as they are stored; None in 8 and 16.
        missing: (rows,) in real values: what the rounding of weights takes off each sum in the mean, where calibration
            shows the inputs and the bias does not make up for it.
        origin: the real matrix; not part of what is computed.
    """

    weights: Array
    bias: Array
    rescales: tuple[Rescale, ...]
    bound: int
    grouped: Grouped | None = None
    missing: Array | None = None
    origin: Origin | None = None

    def sums(self, x: Array) -> Array:
        """The accumulators. Exact: float64 holds every integer up to 2^53."""
        return (x.astype(np.float64) @ self._factors).astype(np.int64) + self.bias

    @cached_property
    def _factors(self) -> Array:
        return self.weights.astype(np.float64)

    def __call__(self, x: Array) -> Array:
        groups = equal_parts(self.sums(x), len(self.rescales))
        return np.concatenate([one(group) for one, group in zip(self.rescales, groups, strict=True)], axis=1)

    @property
    def multipliers(self) -> Array:
        """(rows,): int16, or bytes where weights have less than 8 bits."""
        m = np.concatenate([one.m for one in self.rescales])
        return m.astype(np.uint8 if self.grouped is not None and m.max(initial=0) < 256 else np.int16)

    @property
    def halves(self) -> Array:
        """(rows,): half of what the first shift takes off each sum, which rounds it."""
        return np.repeat([1 << one.pre >> 1 for one in self.rescales], len(self.bias) // len(self.rescales))

    def starts(self, rows: slice | None = None) -> tuple[Array, int]:
        """What sums begin with, bias and half of what is shifted out, over two to a shift; and that shift: int16
        beside weights of less than 8 bits where that is exact."""
        whole = (self.bias + self.halves)[slice(None) if rows is None else rows]
        if self.grouped is not None:
            for shift in range(32):
                if np.any(whole % (1 << shift)):
                    break
                if np.abs(whole >> shift).max(initial=0) <= 32767:
                    return (whole >> shift).astype(np.int16), shift
        return whole.astype(self.bias.dtype), 0

    def rescale(self, row: int) -> Rescale:
        """The shifts of a row."""
        return self.rescales[row * len(self.rescales) // len(self.bias)]

    @property
    def exact(self) -> bool:
        """Whether the weights are the real ones, as those of a file that was tuned."""
        return self.origin is not None and bool(
            np.all(np.abs(self.weights * self.origin.steps - self.origin.kernel) <= EXACT * self.origin.steps)
        )

    @property
    def wide(self) -> bool:
        """Whether sums need int64."""
        return self.weights.dtype.itemsize > 1

    @property
    def storage(self) -> str:
        """The name of what weights are stored in."""
        return str(self.weights.dtype.name) if self.grouped is None else self.grouped.storage.name

    def reach(self, form: Format, rows: slice) -> tuple[int, int]:
        """What the sum of any of these rows, or a part of it, lies between for inputs of a format, with half of what
        is shifted out."""
        w, begun = self.weights[:, rows].astype(np.int64), (self.bias + self.halves)[rows]
        least, most = np.minimum(w * form.low, w * form.high), np.maximum(w * form.low, w * form.high)
        down, up = np.minimum(least, 0).sum(0), np.maximum(most, 0).sum(0)
        return int((begun + down).min()), int((begun + up).max())

    def columns(self, rows: slice) -> Matrix:
        """Some of its rows, where all share their shifts."""
        (scale,) = self.rescales
        some = Rescale(scale.pre, scale.m[rows], scale.post, scale.bounded)
        groups = None if self.grouped is None else self.grouped.columns(rows)
        return Matrix(self.weights[:, rows], self.bias[rows], (some,), self.bound, groups)

    def arrays(self, name: str) -> dict[str, Array]:
        """What is stored, by name."""
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
        kernel: (inputs, rows) as Keras has it.
        bias: (rows,), or None.
        source: format of the inputs.
        scale: real value of one in the result, for all rows or for each.
        bits: of the result, beyond which it is saturated.
        seen: the inputs' moments: weights of 8 bits and less are rounded so that sums of such inputs change least, one
            by one where only the mean is known.
        settle: whether the bias makes up for what rounding does to the mean of sums; ``missing`` else says what it is.

    8-bit rows get the scale under which their weights round best, and groups of rows of fewer bits the multiple of
    their row's; scales of those rows leave multipliers of a byte, and their biases lose what 16 bits do not hold, as
    long as that is no more than the first shift takes. Such weights that are on a grid already stay as they are.
    A row whose sum could leave the accumulator gets coarser weights.
    """

    def __init__(
        self,
        numeric: Numeric,
        kernel: Array,
        bias: Array | None,
        source: Format,
        scale: Array | float,
        bits: int,
        seen: Moments | None = None,
        settle: bool = True,
    ) -> None:
        self.storage, self.source, self.bits, self.settle = numeric.weights, source, bits, settle
        self.seen = None if seen is None else seen.joint
        self.wide, self.narrow = self.storage.bits > 8, self.storage.packed
        self.limit = WIDE_ACCUMULATOR if self.wide else ACCUMULATOR
        self.w = kernel.astype(np.float64)
        self.b = np.zeros(self.w.shape[1]) if bias is None else bias.astype(np.float64)
        self.largest_input = max(-source.low, source.high)
        self.grid = on_grid(self.w, self.storage) if self.narrow else None
        self.free = self.narrow and self.grid is None
        self.best = self.storage.best_scales(self.w, self.seen) if self.free else self.w[:0]  # slow: once
        self.rows = self._row_scales()
        self.units = np.broadcast_to(np.asarray(scale, np.float64), self.rows.shape) / source.scale
        self.mean = None if seen is None or self.wide or pruned(self.w) else seen.mean
        self.known = None if self.mean is None else self.seen

    def matrix(self, gates: int | None = None) -> Matrix:
        """The integers; of a cell with its gates, as many rows each, gate by gate: where values of one are far larger
        in units of their results than those of another, each gate gets shifts of its own.

        Raises:
            OverflowError: the gain of a row does not fit 16-bit multipliers, or so many weights were rounded up that
                its sum could leave the accumulator all the same.
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
        """The scales at which rows hold their largest weights, and the accumulator their sums."""
        source, rows = self.source, self.grid
        if rows is None:
            largest = np.abs(self.w).max(axis=0, initial=0.0)
            rows = row_scales(self.w, self.storage, self.best) if self.narrow else largest / self.storage.most
        rows = np.maximum(rows, np.abs(self.w).sum(axis=0) * (source.reach + self.largest_input) / self.limit)
        scales: Array = np.maximum(rows, np.abs(self.b) / source.scale / (self.limit / 2))
        return scales

    def _scales(self, count: int, factor: float, alone: bool) -> Array:
        """Scales of rows, of which each of so many equal groups shares its shifts; ``alone`` if they are no cell's."""
        groups = []
        for rows, units in zip(np.split(self.rows, count), np.split(self.units, count), strict=True):
            scales = _raised(rows, units, SMALLEST if self.grid is None else FINEST)
            scales = _bytes(scales, units, factor) if self.free else scales
            groups.append(_shifted(scales, units) if self.wide and alone else scales)
        return np.concatenate(groups)

    def _rounded(self, tries: Sequence[Array]) -> tuple[Array, Array, Grouped | None]:
        """Integers of the weights, the scales of rows, and how weights of less than 8 bits are stored."""
        if self.narrow:
            grid = grouped(self.w, self.storage, tries, self.best, self.seen) if self.free else None
            packed = grid or on_scales(self.w, tries[0], self.storage)
            return packed.products, packed.scales, packed
        scales = tries[0] if self.wide or self.storage.rough else _closest(self.w, tries[0])
        return rounded(self.w, scales, self.storage.levels, self.known).astype(np.int64), scales, None

    def _quantized(self, count: int, alone: bool = False) -> Matrix:
        """With shifts for each of so many equal groups of rows."""
        q, scales, packed = self._rounded([self._scales(count, factor, alone) for factor in ROOM])
        missing = None if self.mean is None else self.mean @ (self.w - q * scales)
        start = self.b if missing is None or not self.settle else self.b + missing
        sums = np.round(start / (scales * self.source.scale)).astype(np.int64) - self.source.zero * q.sum(axis=0)
        bound = np.abs(sums) + np.abs(q).sum(axis=0) * self.largest_input
        if 2 * int(bound.max(initial=0)) >= LARGEST * self.limit:
            raise OverflowError(f"sums of {len(self.w):,} products")
        bound += np.abs(sums).max(initial=0) // 16384 + 1 if self.narrow else 0  # what short biases may add
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
            Origin(self.w, scales, self.units, count, self.seen),
        )


def spared(task: Task, kernel: Array) -> Format:
    """The format of a layer's first input. If 8-bit weights would have to become coarser for sums to stay within 32
    bits, int16 inputs leave some bits unused instead: one of 16 costs less than one of 8, and sums of 64 bits more.

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
    """Scales of rows that share their shifts, small ones raised: none under a share of the largest gain, which is a
    row's scale by its unit. Where all are 0, so are the sums, and any scale will do."""
    gains = rows / units
    return np.maximum(gains, gains.max(initial=0.0) / share or 1.0) * units


def _shifted(rows: Array, units: Array) -> Array:
    """Scales of 16-bit rows that share their shifts, small ones raised until the least gain is barely above a power of
    two: what is left of a sum behind the first shift is then in units of the result, not up to twice as coarse. The
    weights' own steps, at most doubled, are finer than either."""
    gains = rows / units
    least = 2.0 ** np.ceil(np.log2(gains.min(initial=np.inf))) * BARELY
    return np.asarray(np.maximum(gains, least) * units)


def _bytes(rows: Array, units: Array, factor: float) -> Array:
    """Scales of rows that share their shifts times a factor, each a little larger, so that multipliers are of 8
    bits."""
    gains = rows / units
    step = 2.0 ** np.ceil(np.log2(ROOM[0] * gains.max(initial=0.0) / 255 or 1.0))
    return np.asarray(np.minimum(np.ceil(gains * factor / step), 255) * step * units)


def _byte_gains(gains: Array) -> Array:
    """The nearest gains whose multipliers are of 8 bits, if none changes by more than ``NEAR``; else as they are."""
    step = 2.0 ** np.ceil(np.log2(gains.max(initial=0.0) / 255 or 1.0))
    near = np.round(gains / step) * step
    return np.asarray(near if np.all(np.abs(near - gains) <= NEAR * gains) else gains)


def _short(bias: Array, scales: Sequence[Rescale]) -> Array:
    """Biases that are, with half of what is shifted out of their sums, 16 bits times a power of two; as they are where
    that would take more off them than the shift."""
    halves = np.repeat([1 << one.pre >> 1 for one in scales], len(bias) // len(scales))
    starts, shift = bias + halves, 0
    while np.abs(round_shift(starts, shift)).max(initial=0) > 32767:
        shift += 1
    if shift > min(one.pre for one in scales) + 1:
        return bias
    return np.asarray(round_shift(starts, shift) * (1 << shift) - halves)


def _coarse(together: Matrix, separate: Matrix, largest_input: int) -> bool:
    """Whether some gate loses by sharing its shifts with the others: by what a sum is rounded to, or a weight."""
    (shared,) = together.rescales
    for m, gate in zip(np.split(shared.m, len(separate.rescales)), separate.rescales, strict=True):
        one, other = (float(each.max()) * 2.0**-scale.post for each, scale in ((m, shared), (gate.m, gate)))
        half = largest_input / 2
        for lost, least in ((one, other), (one * 2.0**-shared.pre * half, other * 2.0**-gate.pre * half)):
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
    for level in range(112, 127):  # of weights that were rounded before, the largest is one of these
        scale = rows * 127 / level
        exact = np.abs(w / scale - np.round(w / scale)).max(axis=0, initial=0.0) <= 127 * EXACT**2
        best = np.where(exact, scale, best)
    return best
