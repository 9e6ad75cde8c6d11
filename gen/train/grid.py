"""Weights of a matrix rounded to the grid of its numeric type, with learned scales and straight-through gradients.

In the forward pass a weight is its level times the scale of its group. In the backward pass rounding is the identity
(Bengio et al. 2013), and a scale gets the gradient of the rounded weights (LSQ, Esser et al. 2020).
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
"""Grid steps per unit of a variable: an optimizer that moves it by a thousandth moves a weight by 2 % of a step."""
INNER = 0.45
"""Largest initial distance of a weight from its level, in steps: it keeps its rounding error."""

BLOCK = 4
"""Number of neighbouring inputs of a row that plain C skips if all their weights are 0."""


def straight(x: Any, rounded: Any) -> Any:
    """The rounded value with the gradient of the value itself."""
    import tensorflow as tf

    return x + tf.stop_gradient(rounded - x)


class Grid:
    """The learned levels and scales of one matrix. With fewer than 8 bits, the scales of groups are multiples of their
    row's.

    Args:
        source: the matrix.

    Attributes:
        variables: the learned variables: weights in units of ``SPAN`` steps, and the logarithms of scales.
        settled: the levels of groups, if they are fixed and only scales are learned.
        deviation: standard deviation of the matrix's sums on the calibration data; 1 if it is not known.
        prunes: whether plain C may skip blocks of the matrix.
    """

    def __init__(self, source: Source) -> None:
        import keras

        self.source = source
        grouped = source.matrix.grouped
        self.grouped = grouped is not None
        self.storage: Storage = INT8 if grouped is None else grouped.storage
        kernel, moments = source.origin.kernel, source.origin.moments
        self.shape = kernel.shape
        self.size = self.storage.group or len(kernel)
        self.multiples = int(self.storage.multiples.max()) if self.grouped else 1
        scales = self.storage.best_scales(kernel, moments)
        self.sign = np.sign(scales)
        self.scale = keras.Variable(np.log(np.abs(scales)), dtype="float32", name="scale")
        top = np.maximum.reduceat(np.abs(kernel), self.storage.starts(kernel)).astype(np.float32)
        scales = np.asarray(self._scales(top)).astype(np.float64) * self.sign
        self.unit = self.storage.each(scales, len(kernel))
        start, self.missing = self._rounded_jointly(kernel, moments)
        self.weights = keras.Variable(start / SPAN, dtype="float32", name="weights")
        stays = kernel != 0 if pruned(kernel) else np.ones(self.shape)
        self.mask = keras.Variable(stays, dtype="float32", trainable=False, name="mask")
        self.variables, self.settled = [self.weights, self.scale], None
        power = None if moments is None else np.einsum("ir,ij,jr->r", kernel, moments.covariance, kernel, optimize=True)
        self.deviation = 1.0 if power is None else float(np.sqrt(np.mean(power)))
        self.prunes = not self.grouped and self.shape[0] % BLOCK == 0

    def value(self) -> Any:
        """(inputs, rows), a tensor: the real values of the weights on the grid."""
        import tensorflow as tf

        steps, scale = self._levels()
        levels = straight(steps, tf.round(steps)) if self.settled is None else self.settled
        return tf.reshape(scale * levels, (-1, self.shape[1]))[: self.shape[0]]

    def settle(self) -> None:
        """Fix each weight's level from now on: only the scales are learned."""
        import tensorflow as tf

        self.settled, self.variables = tf.round(self._levels()[0]), [self.scale]

    def _levels(self) -> tuple[Any, Any]:
        """(groups, inputs, rows): the weights in steps, clipped to the levels; and the real value of a step."""
        import tensorflow as tf

        kernel = self.weights.value * self.mask.value * (SPAN * self.unit).astype(np.float32)
        pad = -self.shape[0] % self.size
        folded = tf.reshape(tf.pad(kernel, [[0, pad], [0, 0]]), (-1, self.size, self.shape[1]))
        scale = (self._scales(tf.reduce_max(tf.abs(folded), axis=1)) * self.sign.astype(np.float32))[:, None]
        return tf.clip_by_value(folded / scale, *map(float, self.storage.levels)), scale

    def prune(self, share: float) -> None:
        """Set a share of each row's blocks, rounded down, to 0: those that contribute least to its calibrated sums."""
        moments = self.source.origin.moments
        power = np.ones(self.shape[0]) if moments is None else np.diag(moments.covariance) + moments.mean**2
        contributions = (self.weights.numpy() * self.mask.numpy() * self.unit) ** 2 * power[:, None]
        blocks = contributions.reshape(-1, BLOCK, self.shape[1]).sum(axis=1)
        order = blocks.argsort(axis=0, kind="stable").argsort(axis=0)
        mask = (order >= int(share * len(blocks))) & (blocks > 0)
        self.mask.assign(np.repeat(mask, BLOCK, axis=0) * self.mask.numpy())

    def _scales(self, top: Any) -> Any:
        """(groups, rows): an integer multiple of the row's scale, which is not too small compared with other rows'."""
        import tensorflow as tf

        origin = self.source.origin
        row = tf.exp(self.scale.value)
        if not self.grouped:
            least, most = top / 127, top / 112  # the quantizer finds this again: the largest weight is a level
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

    def _rounded_jointly(self, kernel: Array, moments: Moments | None) -> tuple[Array, Array]:
        """Initial weights (inputs, rows) in steps, which round to GPTQ's levels, and the mean error of each row's
        sums."""
        least, most = self.storage.levels
        levels = rounded(kernel, self.unit, (least, most), None if pruned(kernel) else moments)
        inner = np.clip(kernel / self.unit, levels - INNER, levels + INNER)
        mean = np.zeros(len(kernel)) if moments is None else moments.mean
        start = np.where((levels == least) | (levels == most), levels, inner)
        return start, mean @ (kernel - levels * self.unit)
