"""Weights of a matrix rounded to the grid of its numeric type, with scales that are learned: straight-through.

Forward, a weight is its level times the scale of its group; backward, rounding is the identity (Bengio et al. 2013),
and a scale gets the gradient of the rounded weights (LSQ, Esser et al. 2020).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.formats import Array
from ..layers.integer.matrix import SMALLEST
from ..numerics.rounding import Moments, pruned, rounded
from ..numerics.storage import INT8, Storage
from .origin import Source

SPAN = 20.0
"""Steps that one in a variable is worth: optimizers that move it by a thousandth move a weight by 2 % of a step."""
INNER = 0.45
"""How far from its level a weight may be at the start, in steps: what was rounded away, it remembers."""

BLOCK = 4
"""Neighbouring inputs of a row that plain C leaves out together where all are 0."""


def straight(x: Any, rounded: Any) -> Any:
    """The rounded value with the gradient of the value itself."""
    import tensorflow as tf

    return x + tf.stop_gradient(rounded - x)


class Grid:
    """The levels and scales of one matrix, which both are learned. With fewer than 8 bits, groups of a row have scales
    that are a multiple of the row's.

    Args:
        source: the matrix.

    Attributes:
        variables: what is learned: weights in units of so many steps, and the logarithms of scales.
        settled: the levels of groups, where they stay and only scales are learned.
        deviation: standard deviation of the matrix's sums on the calibration data; 1 where it is not known.
        prunes: whether plain C may leave out blocks of the matrix.
    """

    def __init__(self, source: Source) -> None:
        import keras

        self.source = source
        grouped = source.matrix.grouped
        self.grouped = grouped is not None
        self.storage: Storage = INT8 if grouped is None else grouped.storage
        kernel, seen = source.origin.kernel, source.origin.seen
        self.shape = kernel.shape
        self.size = self.storage.group or len(kernel)
        self.multiples = int(self.storage.multiples.max()) if self.grouped else 1
        scales = self.storage.best_scales(kernel, seen)
        self.sign = np.sign(scales)
        self.scale = keras.Variable(np.log(np.abs(scales)), dtype="float32", name="scale")
        top = np.maximum.reduceat(np.abs(kernel), self.storage.starts(kernel)).astype(np.float32)
        scales = np.asarray(self._scales(top)).astype(np.float64) * self.sign
        self.unit = self.storage.each(scales, len(kernel))
        start, self.missing = self._rounded_together(kernel, seen)
        self.weights = keras.Variable(start / SPAN, dtype="float32", name="weights")
        stays = kernel != 0 if pruned(kernel) else np.ones(self.shape)
        self.mask = keras.Variable(stays, dtype="float32", trainable=False, name="mask")
        self.variables, self.settled = [self.weights, self.scale], None
        power = None if seen is None else np.einsum("ir,ij,jr->r", kernel, seen.covariance, kernel, optimize=True)
        self.deviation = 1.0 if power is None else float(np.sqrt(np.mean(power)))
        self.prunes = not self.grouped and self.shape[0] % BLOCK == 0

    def value(self) -> Any:
        """(inputs, rows), a tensor: the real values of the weights on the grid."""
        import tensorflow as tf

        near, scale = self._levels()
        levels = straight(near, tf.round(near)) if self.settled is None else self.settled
        return tf.reshape(scale * levels, (-1, self.shape[1]))[: self.shape[0]]

    def settle(self) -> None:
        """Keep each weight's level from now on: what is learned are the scales."""
        import tensorflow as tf

        self.settled, self.variables = tf.round(self._levels()[0]), [self.scale]

    def _levels(self) -> tuple[Any, Any]:
        """(groups, inputs, rows): the weights in steps, within the levels that there are; and what a step is worth."""
        import tensorflow as tf

        kernel = self.weights.value * self.mask.value * (SPAN * self.unit).astype(np.float32)
        pad = -self.shape[0] % self.size
        folded = tf.reshape(tf.pad(kernel, [[0, pad], [0, 0]]), (-1, self.size, self.shape[1]))
        scale = (self._scales(tf.reduce_max(tf.abs(folded), axis=1)) * self.sign.astype(np.float32))[:, None]
        return tf.clip_by_value(folded / scale, *map(float, self.storage.levels)), scale

    def prune(self, share: float) -> None:
        """Have a share of each row's blocks be 0, rounded down: those that give least of its sums in calibration."""
        seen = self.source.origin.seen
        power = np.ones(self.shape[0]) if seen is None else np.diag(seen.covariance) + seen.mean**2
        given = (self.weights.numpy() * self.mask.numpy() * self.unit) ** 2 * power[:, None]
        blocks = given.reshape(-1, BLOCK, self.shape[1]).sum(axis=1)
        order = blocks.argsort(axis=0, kind="stable").argsort(axis=0)
        kept = (order >= int(share * len(blocks))) & (blocks > 0)
        self.mask.assign(np.repeat(kept, BLOCK, axis=0) * self.mask.numpy())

    def _scales(self, top: Any) -> Any:
        """(groups, rows): a whole multiple of the row's scale; the row's is not too small beside those of others."""
        import tensorflow as tf

        origin = self.source.origin
        row = tf.exp(self.scale.value)
        if not self.grouped:
            least, most = top / 127, top / 112  # as integers find a row's scale again: its largest weight is a level
            row = tf.clip_by_value(row, tf.stop_gradient(least), tf.stop_gradient(most))
        base = tf.reduce_max(row, axis=0) / self.multiples
        units = origin.units.astype(np.float32)
        parts = tf.reshape(base / units, (origin.gates, -1))
        least = tf.reduce_max(parts, axis=1, keepdims=True) / SMALLEST
        base = tf.stop_gradient(tf.reshape(tf.maximum(parts, least), (-1,)) * units)
        if not self.grouped:
            return tf.maximum(row, base)
        times = tf.clip_by_value(row / base, 1.0, float(self.multiples))
        return base * straight(times, tf.round(times))

    def _rounded_together(self, kernel: Array, seen: Moments | None) -> tuple[Array, Array]:
        """Weights (inputs, rows) to begin with, in steps, which round together as GPTQ does; and what this takes off
        the mean of each row's sums."""
        least, most = self.storage.levels
        levels = rounded(kernel, self.unit, (least, most), None if pruned(kernel) else seen)
        inner = np.clip(kernel / self.unit, levels - INNER, levels + INNER)
        mean = np.zeros(len(kernel)) if seen is None else seen.mean
        start = np.where((levels == least) | (levels == most), levels, inner)
        return start, mean @ (kernel - levels * self.unit)
