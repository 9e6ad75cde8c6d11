"""Weights that are rounded together: the error of sums, on inputs that go together and on those that never change."""

from __future__ import annotations

import numpy as np
import pytest

from gatesmith.core.formats import Array
from gatesmith.numerics.rounding import Moments, nearest, shrunk, together
from gatesmith.quantization.calibrate import Sums

LEVELS = (-7, 7)
STEP = 0.1


def weights(inputs: int) -> Array:
    return np.random.default_rng(0).uniform(-0.6, 0.6, (inputs, 5))


def moments(x: Array) -> Moments:
    sums = Sums(x.shape[1])
    sums.see(x)
    result = sums.moments
    assert result is not None
    return result


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("inputs", [64, 1024])
def test_inputs_that_are_one_keep_their_sum(inputs: int, size: float) -> None:
    """Nothing but the sum of a row counts: a step's half is the least error that can be left of it."""
    w = weights(inputs)
    alike = Moments(np.zeros(inputs), np.full((inputs, inputs), size**2))
    error = (together(w, STEP, LEVELS, alike) * STEP - w).sum(axis=0)
    apart = (nearest(w, STEP, LEVELS) * STEP - w).sum(axis=0)
    assert np.all(np.abs(error) <= 0.51 * STEP) and np.abs(apart).max() > 2 * STEP


@pytest.mark.parametrize("far", [0.0, 1013.0, 1e6])
def test_inputs_that_never_change_are_no_obstacle(far: float) -> None:
    """Their covariance is 0, or the rounding noise of their mean."""
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(3000, 4)) @ rng.normal(size=(4, 12))
    x = np.c_[mixed, np.full((3000, 4), far), np.full((3000, 4), -far)]
    w = weights(20)
    stats = moments(x)
    q = together(w, STEP, LEVELS, stats)
    assert np.abs(q).max() <= LEVELS[1]

    def power(levels: Array) -> float:
        return float(np.var(x @ (levels * STEP - w), axis=0).sum())

    assert power(q) <= (0.5 if far < 1e6 else 1.0) * power(nearest(w, STEP, LEVELS))


def test_few_samples_show_correlations_by_chance() -> None:
    """Of independent inputs: what 12 vectors show is mostly chance, and trusted as it is would lose."""
    rng = np.random.default_rng(2)
    w, x = weights(32), rng.normal(size=(4000, 32))
    few = x[:12]
    plain = Moments(few.mean(0), np.cov(few.T, bias=True))
    damped = Moments(plain.mean, shrunk(plain.covariance, len(few)))
    errors = [float(np.var(x @ (together(w, STEP, LEVELS, one) * STEP - w), axis=0).mean()) for one in (damped, plain)]
    assert errors[0] < errors[1] / 2
