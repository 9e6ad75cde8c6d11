"""Weights of few bits in integer types: a level, times an integer per group of a row, times the row's scale.

Products of level and multiple fit int8, so that their sums are integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array
from .rounding import Moments, nearest, power, pruned, rounded
from .storage import EXACT, Storage

FACTORS = np.linspace(0.8, 1.2, 9)
"""Scales tried per group, relative to the best one for weights rounded one by one: the best for weights rounded jointly
may be another."""
LARGEST = 1 << 17
"""Most weights of a matrix with up to 128 inputs for which scales are tried. With more inputs the limit is lower: the
work of joint rounding grows with their square. Four levels gain nothing reliable."""


@dataclass(frozen=True, eq=False)
class Grouped:
    """Weights (inputs, rows) on a grid.

    Args:
        levels: (inputs, rows), int8, as stored.
        multiples: (groups, rows): integers, each group's scale divided by its row's; they may be negative in 2 bits.
        scales: (rows,): scales of the rows.
    """

    storage: Storage
    levels: Array
    multiples: Array
    scales: Array

    @property
    def products(self) -> Array:
        """(inputs, rows), int64: levels times multiples."""
        return self.levels.astype(np.int64) * self.storage.each(self.multiples, len(self.levels))

    @property
    def weights(self) -> Array:
        """(inputs, rows), float32: the real values of the stored weights."""
        return (self.products * self.scales).astype(np.float32)

    @property
    def bytes(self) -> Array:
        """(rows, bytes): for each group of a row its multiple, then its levels."""
        return self.storage.grouped_rows(self.levels.T, self.multiples.T)

    def columns(self, rows: slice | Array) -> Grouped:
        """The weights of these rows alone."""
        return Grouped(self.storage, self.levels[:, rows], self.multiples[:, rows], self.scales[rows])


def row_scales(weights: Array, storage: Storage, best: Array) -> Array:
    """(rows,): the smallest scales whose multiples reach the scales of the groups; 0 for rows of zeros.

    Args:
        best: (groups, rows): as for :func:`grouped`.
    """
    scales: Array = np.where(
        np.any(weights, axis=0), np.abs(best).max(axis=0, initial=0.0) / storage.multiples.max(), 0.0
    )
    return scales


def grouped(
    weights: Array, storage: Storage, tries: Sequence[Array], best: Array, moments: Moments | None = None
) -> Grouped:
    """Weights (inputs, rows), rounded.

    Args:
        tries: scales of the rows; each row gets the one with the least mean squared error of its sums.
        best: (groups, rows): scales of groups, mostly from ``Storage.best_scales``. A group's scale becomes the nearest
            multiple of its row's, or of ``FACTORS`` times it; negative only if the storage allows it.
        moments: the inputs' moments, for joint rounding (GPTQ).
    """
    w, largest = weights.astype(np.float64), storage.multiples.max()
    used_moments = None if pruned(w) else moments
    small = w.size * max(len(w), 128) <= 128 * LARGEST and not storage.mirrored
    factors = FACTORS if used_moments is not None and small else (1.0,)
    pairs = [(rows, factor) for rows in (tries if small else tries[:1]) for factor in factors]
    rows = np.concatenate([rows for rows, _ in pairs])
    sizes = [np.sign(best) * np.clip(np.round(np.abs(best) * factor / rows), 1, largest) for rows, factor in pairs]
    multiples = np.concatenate(sizes, axis=1).astype(np.int64)
    tiled, grid = np.tile(w, len(pairs)), rows * storage.each(multiples, len(w))
    q = rounded(tiled, grid, storage.levels, used_moments)
    c = None if moments is None else moments.definite
    place = power(c, tiled - q * grid).reshape(len(pairs), -1).argmin(axis=0) * w.shape[1] + np.arange(w.shape[1])
    return Grouped(storage, q.astype(np.int8), multiples, rows).columns(place)


def on_scales(weights: Array, scales: Array, storage: Storage) -> Grouped:
    """Weights (inputs, rows) that are on a grid, with the rows' scales from :func:`on_grid`."""
    w = weights.astype(np.float64)
    best = np.ones((len(storage.starts(w)), w.shape[1]), np.int64)
    least = np.full(best.shape, np.inf)
    for multiple in storage.multiples:
        error = storage.squared_errors(w, np.broadcast_to(scales * multiple, best.shape), None)
        best, least = np.where(error < least, multiple, best), np.minimum(error, least)
    q = nearest(w, scales * storage.each(best, len(w)), storage.levels)
    return Grouped(storage, q.astype(np.int8), best, scales)


def on_grid(weights: Array, storage: Storage, shared: bool = False) -> Array | None:
    """(rows,): scales under which weights (inputs, rows) are on the grid already, for example because they were tuned
    for it or read from 4 bits; 0 for a row of zeros. None if there are no such scales.

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
        integral = np.logical_and.reduceat(np.abs(q - np.round(q)) < EXACT, starts)
        low, high = (np.round(end.reduceat(q, starts)) for end in (np.minimum, np.maximum))
        fits[level] = integral & ((low >= least) & (high <= most) | (low >= -most) & (high <= -least))
    if not np.any(list(fits.values()), axis=0).all():
        return None
    if shared:
        tops, fits = tops.reshape(-1, 1), {level: one.reshape(-1, 1) for level, one in fits.items()}
    scales = _common_scales(tops, fits, int(storage.multiples.max()))
    return None if scales is None else np.broadcast_to(scales, w.shape[1:])


def _common_scales(tops: Array, fits: dict[int, Array], most: int) -> Array | None:
    """(rows,): each row's smallest scale such that all its groups' scales are multiples of it, up to ``most``.

    Args:
        tops: (groups, rows): the largest weight of each group.
        fits: by level: whether all weights of the group are integers if its largest weight is that level.
    """
    largest = tops.max(axis=0)
    scales = np.where(largest > 0, 0.0, 1.0)
    for multiple in range(most, 0, -1):
        for top in sorted(fits, reverse=True):
            scale = np.where(largest > 0, largest, 1.0) / (top * multiple)
            exact = tops == 0
            for level, fit in fits.items():
                times = tops / (level * scale)
                exact |= fit & (np.abs(times - np.round(times)) < EXACT) & (np.round(times) <= most) & (times > 0.5)
            scales = np.where((scales == 0) & exact.all(axis=0), scale, scales)
            if np.all(scales > 0):
                return np.where(largest > 0, scales, 0.0)
    return None
