"""Weights on a grid, rounded so that the sums of their products change least, by second moments of the inputs.

The squared error of a row's sums is ``d C d``, with d the errors of its weights and C the covariance of the inputs; the
bias compensates their mean. Weights are rounded one after the other, and the weights not yet rounded compensate each
error (GPTQ, Frantar et al. 2022, after Hassibi and Stork's optimal brain surgeon). On tools/integers.py that gains
4.8 dB of float32w8 in the mean, and 12 dB if features never change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.formats import Array

DIAGONAL = 1e-9
"""Added to the diagonal of C, as a share of the largest mean square: the rounding error of a covariance with a large
mean. Without it C has no Cholesky factor if inputs never change. More, such as GPTQ's 1 % of the mean, gains nothing
in addition to :func:`shrunk`: -.9 dB of float32w8 with 150 samples to calibrate, +.5 dB with 16."""
LARGEST = 1024
"""Most inputs of a matrix for joint rounding: its work grows with their square."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of a matrix's inputs on calibration data.

    Args:
        mean: (inputs,). covariance: (inputs, inputs); empty if there are more inputs than ``LARGEST``.
    """

    mean: Array
    covariance: Array

    @property
    def joint(self) -> Moments | None:
        """These moments, or None if only the mean is known."""
        return self if self.covariance.size else None

    @property
    def definite(self) -> Array:
        """The covariance with a diagonal that makes it definite."""
        squares = self.mean**2 + np.diag(self.covariance)
        return self.covariance + np.eye(len(self.mean)) * (DIAGONAL * float(np.max(squares, initial=0.0)) or 1.0)

    def fed(self, gain: Array, offset: Array | None) -> Moments:
        """The moments of ``(x - offset) / gain``. Both repeat if they are shorter than the inputs."""
        times = len(self.mean) // len(gain)
        g = np.tile(gain, times)
        start = 0.0 if offset is None else np.tile(offset, times)
        return Moments((self.mean - start) / g, self.covariance / np.outer(g, g) if self.joint else self.covariance)


def shrunk(covariance: Array, count: int) -> Array:
    """A covariance estimated from ``count`` vectors, with correlations reduced that may be chance: by the share that
    minimizes the expected squared error (OAS, Chen et al. 2010, applied to the correlations). With 16 samples that
    gains 7 dB of float32w8 in the mean of tools/integers.py, and 3 dB of int8w4."""
    size = len(covariance)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    outer = np.outer(spread, spread)
    correlations = np.where(outer > 0, covariance / np.where(outer > 0, outer, 1.0), np.eye(size))
    squares = float(np.sum(correlations**2))
    excess = (count + 1 - 2 / size) * (squares - size)
    share = 1.0 if excess <= 0 else min(1.0, ((1 - 2 / size) * squares + size**2) / excess)
    return outer * ((1 - share) * correlations + share * np.eye(size))


Levels = tuple[int, int]
"""The least and the largest integer."""


def nearest(weights: Array, steps: Array | float, levels: Levels) -> Array:
    """The nearest integer of each weight in units of ``steps``, within the levels: (inputs, rows)."""
    least, most = levels
    return np.minimum(np.maximum(np.round(weights / steps), least), most)  # clip takes thrice as long for a row


def pruned(weights: Array) -> bool:
    """Whether at least half of the weights are 0. These should stay 0; joint rounding would change some of them."""
    return bool(2 * np.count_nonzero(weights) <= weights.size)


def jointly_rounded(weights: Array, steps: Array, levels: Levels, moments: Moments) -> Array:
    """GPTQ's integers for each row, or those of :func:`nearest` if the error of the row's sums is smaller with them.

    Args:
        weights: (inputs, rows), float64. steps: one per weight, or broadcast to them.
    """
    count = len(weights)
    steps = np.broadcast_to(steps, weights.shape)
    definite = moments.definite
    order = np.argsort(-np.diag(definite), kind="stable")
    c, w, grid = definite[np.ix_(order, order)], weights[order].copy(), steps[order]
    upper = np.linalg.inv(np.linalg.cholesky(c[::-1, ::-1])[::-1, ::-1])  # Cholesky factor of C's inverse
    q = np.empty_like(w)
    for k in range(count):
        q[k] = nearest(w[k], grid[k], levels)
        w[k + 1 :] -= np.outer(upper[k, k + 1 :], (w[k] - q[k] * grid[k]) / upper[k, k])
    integers = np.empty_like(q)
    integers[order] = q
    plain = nearest(weights, steps, levels)
    better = power(definite, weights - integers * steps) <= power(definite, weights - plain * steps)
    return np.where(better, integers, plain)


def rounded(weights: Array, steps: Array, levels: Levels, moments: Moments | None) -> Array:
    """:func:`jointly_rounded` if moments are known, else :func:`nearest`."""
    return nearest(weights, steps, levels) if moments is None else jointly_rounded(weights, steps, levels, moments)


def power(c: Array | None, error: Array) -> Array:
    """(rows,): mean squared error of the sums, for errors of weights (inputs, rows) and the covariance of the inputs;
    None stands for uncorrelated inputs of equal power."""
    return np.asarray(np.einsum("kr,kr->r", error, error if c is None else c @ error))
