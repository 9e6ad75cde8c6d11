"""Weights of few bits in integer types: levels, times a whole multiple for each group of a row, times the row's scale.

Products of level and multiple are within int8, so that sums of them are whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array
from .rounding import Moments, nearest, power, pruned, rounded
from .storage import EXACT, Storage

FACTORS = np.linspace(0.8, 1.2, 9)
"""Of the scale under which the weights of a group round best one by one: together, they may do so by another."""
LARGEST = 1 << 17
"""Weights of a matrix, of 128 inputs or fewer, for which scales are tried; of more inputs, fewer: the work of rounding
weights together grows with their square. Four levels gain nothing reliable by it."""


@dataclass(frozen=True, eq=False)
class Grouped:
    """Weights (inputs, rows) on a grid.

    Args:
        levels: (inputs, rows), int8, as they are stored.
        multiples: (groups, rows): of each group's scale, whole; below 0 in 2 bits.
        scales: (rows,): of the rows.
    """

    storage: Storage
    levels: Array
    multiples: Array
    scales: Array

    @property
    def products(self) -> Array:
        """(inputs, rows), int64: levels times multiples."""
        products: Array = self.levels.astype(np.int64) * self.storage.each(self.multiples, len(self.levels))
        return products

    @property
    def weights(self) -> Array:
        """(inputs, rows), float32: what the stored weights are."""
        return (self.products * self.scales).astype(np.float32)

    @property
    def bytes(self) -> Array:
        """(rows, bytes): of each group of a row its multiple, then its levels."""
        return self.storage.grouped_rows(self.levels.T, self.multiples.T)

    def columns(self, rows: slice | Array) -> Grouped:
        """Some of the rows."""
        return Grouped(self.storage, self.levels[:, rows], self.multiples[:, rows], self.scales[rows])


def row_scales(weights: Array, storage: Storage, best: Array) -> Array:
    """(rows,): the smallest scales of which the scales of groups can be multiples; 0 of rows of zeros.

    Args:
        best: (groups, rows): as of :func:`grouped`.
    """
    scales: Array = np.where(
        np.any(weights, axis=0), np.abs(best).max(axis=0, initial=0.0) / storage.multiples.max(), 0.0
    )
    return scales


def grouped(
    weights: Array, storage: Storage, tries: Sequence[Array], best: Array, seen: Moments | None = None
) -> Grouped:
    """Weights (inputs, rows), rounded.

    Args:
        tries: scales of the rows, of which each row gets that under which the power of its sums' error is least.
        best: (groups, rows): scales of groups, mostly of ``Storage.best_scales``; each gets the nearest multiple of its
            row's, below 0 where the storage allows it, or that of a somewhat larger or smaller one.
        seen: the inputs' moments, by which weights are rounded together (GPTQ).
    """
    w, largest = weights.astype(np.float64), storage.multiples.max()
    known = None if pruned(w) else seen
    small = w.size * max(len(w), 128) <= 128 * LARGEST and not storage.mirrored
    factors = FACTORS if known is not None and small else (1.0,)
    pairs = [(rows, factor) for rows in (tries if small else tries[:1]) for factor in factors]
    rows = np.concatenate([rows for rows, _ in pairs])
    sizes = [np.sign(best) * np.clip(np.round(np.abs(best) * factor / rows), 1, largest) for rows, factor in pairs]
    multiples = np.concatenate(sizes, axis=1).astype(np.int64)
    tiled, grid = np.tile(w, len(pairs)), rows * storage.each(multiples, len(w))
    q = rounded(tiled, grid, storage.levels, known)
    c = None if seen is None else seen.definite
    place = power(c, tiled - q * grid).reshape(len(pairs), -1).argmin(axis=0) * w.shape[1] + np.arange(w.shape[1])
    return Grouped(storage, q.astype(np.int8), multiples, rows).columns(place)


def on_scales(weights: Array, scales: Array, storage: Storage) -> Grouped:
    """Weights (inputs, rows) that are on a grid, of rows' scales of :func:`on_grid`."""
    w = weights.astype(np.float64)
    best = np.ones((len(storage.starts(w)), w.shape[1]), np.int64)
    least = np.full(best.shape, np.inf)
    for multiple in storage.multiples:
        error = storage.lost(w, np.broadcast_to(scales * multiple, best.shape), None)
        best, least = np.where(error < least, multiple, best), np.minimum(error, least)
    q = nearest(w, scales * storage.each(best, len(w)), storage.levels)
    return Grouped(storage, q.astype(np.int8), best, scales)


def on_grid(weights: Array, storage: Storage, shared: bool = False) -> Array | None:
    """(rows,): scales under which weights (inputs, rows) are on the grid as they are, as those that were tuned for it
    or are read from 4 bits; 0 of a row of zeros. None where there are no such scales.

    Args:
        shared: whether all rows must have one scale.
    """
    w = weights.astype(np.float64)
    starts = storage.starts(w)
    if not w.size:
        return None
    tops = np.maximum.reduceat(np.abs(w), starts)
    least, most = storage.levels
    fits = {}
    for level in range(1, -least + 1):
        q = w * storage.each(level / np.where(tops > 0, tops, 1.0), len(w))
        whole = np.logical_and.reduceat(np.abs(q - np.round(q)) < EXACT, starts)
        low, high = (np.round(end.reduceat(q, starts)) for end in (np.minimum, np.maximum))
        fits[level] = whole & ((low >= least) & (high <= most) | (low >= -most) & (high <= -least))
    if not np.any(list(fits.values()), axis=0).all():
        return None
    if shared:
        tops, fits = tops.reshape(-1, 1), {level: one.reshape(-1, 1) for level, one in fits.items()}
    scales = _common(tops, fits, int(storage.multiples.max()))
    return None if scales is None else np.broadcast_to(scales, w.shape[1:])


def _common(tops: Array, fits: dict[int, Array], most: int) -> Array | None:
    """(rows,): the smallest scale of each row of which all groups' scales are multiples, up to ``most``.

    Args:
        tops: (groups, rows): the largest weight of each group. fits: whether all weights of it are whole where that is
            this level.
    """
    largest = tops.max(axis=0)
    scales = np.where(largest > 0, 0.0, 1.0)
    for multiple in range(most, 0, -1):
        for top in sorted(fits, reverse=True):
            scale = np.where(largest > 0, largest, 1.0) / (top * multiple)
            known = tops == 0
            for level, whole in fits.items():
                times = tops / (level * scale)
                known |= whole & (np.abs(times - np.round(times)) < EXACT) & (np.round(times) <= most) & (times > 0.5)
            scales = np.where((scales == 0) & known.all(axis=0), scale, scales)
            if np.all(scales > 0):
                return np.where(largest > 0, scales, 0.0)
    return None
