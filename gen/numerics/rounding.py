"""Weights on a grid, rounded so that what they are multiplied with changes least, by second moments of their inputs.

The squared error of a row's sums is ``d C d``, with d the errors of its weights and C the covariance of the inputs:
their mean is for the bias to make up for. Rounding one weight after the other, each error is made up for by the weights
that are still to come (GPTQ, Frantar et al. 2022, after Hassibi and Stork's optimal brain surgeon); then single weights
are moved as long as that lowers the error, coordinate by coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.formats import Array

DAMPING = 0.01
"""What is added to the diagonal of C, as a share of its mean: data never show every direction."""
LOST = 1e-9
"""The same as a share of the largest squared mean."""
SWEEPS = 3
"""Times that each weight is looked at again."""
LARGEST = 1024
"""Inputs up to which weights are rounded together: the work grows with their square."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What a matrix's inputs are on calibration data.

    Args:
        mean: (inputs,). covariance: (inputs, inputs).
    """

    mean: Array
    covariance: Array

    @property
    def damped(self) -> Array:
        """The covariance with what makes it definite: directions that the data do not show, and digits that were lost
        beside a large mean."""
        count = len(self.mean)
        more = max(DAMPING * np.trace(self.covariance) / count, LOST * float(np.max(self.mean**2, initial=0.0)))
        return self.covariance + np.eye(count) * (more or 1.0)

    def fed(self, gain: Array, offset: Array | None) -> Moments:
        """Of ``(x - offset) / gain``; both may be those of one of several equal parts that inputs consist of."""
        times = len(self.mean) // len(gain)
        g = np.tile(gain, times)
        start = 0.0 if offset is None else np.tile(offset, times)
        return Moments((self.mean - start) / g, self.covariance / np.outer(g, g))


def shrunk(covariance: Array, count: int) -> Array:
    """A covariance that so many vectors show, with the correlations taken back that may be chance: by the share under
    which the squared error is expected to be least (OAS, Chen et al. 2010, of the correlations)."""
    size = len(covariance)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    outer = np.outer(spread, spread)
    correlations = np.where(outer > 0, covariance / np.where(outer > 0, outer, 1.0), np.eye(size))
    squares = float(np.sum(correlations**2))
    rest = (count + 1 - 2 / size) * (squares - size)
    share = 1.0 if rest <= 0 else min(1.0, ((1 - 2 / size) * squares + size**2) / rest)
    kept: Array = outer * ((1 - share) * correlations + share * np.eye(size))
    return kept


def nearest(weights: Array, steps: Array | float, most: int) -> Array:
    """Each weight by itself: (inputs, rows) integers of at most ``most``, in units of ``steps``."""
    q: Array = np.minimum(np.maximum(np.round(weights / steps), -most), most)  # clip takes thrice as long for a row
    return q


def pruned(weights: Array) -> bool:
    """Whether so many weights are 0 that they had better stay it: rounded together, some would be small numbers."""
    return bool(2 * np.count_nonzero(weights) <= weights.size)


def together(weights: Array, steps: Array, most: int, moments: Moments) -> Array:
    """As :func:`nearest`, with the least error of the rows' sums that is found.

    Args:
        weights: (inputs, rows), float64. steps: of each weight, as they broadcast.
    """
    count = len(weights)
    steps = np.broadcast_to(steps, weights.shape)
    damped = moments.damped
    order = np.argsort(-np.diag(damped), kind="stable")
    c, w, grid = damped[np.ix_(order, order)], weights[order].copy(), steps[order]
    upper = np.linalg.cholesky(np.linalg.inv(c)).T
    q = np.empty_like(w)
    for k in range(count):
        q[k] = nearest(w[k], grid[k], most)
        w[k + 1 :] -= np.outer(upper[k, k + 1 :], (w[k] - q[k] * grid[k]) / upper[k, k])
    _settle(c, weights[order], grid, most, q)
    found = np.empty_like(q)
    found[order] = q
    plain = nearest(weights, steps, most)
    better = _power(damped, weights - found * steps) <= _power(damped, weights - plain * steps)
    return np.where(better, found, plain)


def _settle(c: Array, weights: Array, steps: Array, most: int, q: Array) -> None:
    """Move single weights to where the error is least with all others as they are."""
    slope = c @ (weights - q * steps)
    for _ in range(SWEEPS):
        moved = False
        for k in range(len(q)):
            wanted = nearest(q[k] + slope[k] / (c[k, k] * steps[k]), 1.0, most)
            by = (wanted - q[k]) * steps[k]
            if np.any(by):
                slope -= np.outer(c[:, k], by)
                q[k] = wanted
                moved = True
        if not moved:
            return


def _power(c: Array, error: Array) -> Array:
    """(rows,): of what the sums are off by."""
    power: Array = np.einsum("kr,kr->r", error, c @ error)
    return power
