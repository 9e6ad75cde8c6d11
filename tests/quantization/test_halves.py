"""Weights in halves (what they are by float16 of NumPy, where rows have a power of two beside them), and weights
that are rounded together: the error of sums, on inputs that go together and on those that never change."""

import numpy as np
import pytest
from quantization.test_feature_scaling import GAIN, built, dense, twin

from gatesmith.core.formats import Array
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.rounding import Moments, jointly_rounded, nearest, shrunk
from gatesmith.quantization.calibrate import Sums
from gatesmith.quantization.weights import round_weights

STORAGE = NUMERICS["float32w16"].weights
LEAST = 2.0**-10
TIES = (2049, 2051, -2049, 2.0**-24, 2.0**-25, 3 * 2.0**-25, 65519)
"""Between two halves, but for 2^-24, the least, and for what is nearly infinite."""
EVEN = (2048, 2052, -2048, 2.0**-24, 0, 2.0**-23, 65504)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_weight_is_the_nearest_half(axis: int) -> None:
    weights = np.random.default_rng(0).normal(0, 1, (300, 40)).astype(np.float32)
    weights[:7, 0] = TIES
    values, scales = STORAGE.store(weights, axis)
    assert scales is None and values.dtype == np.uint16
    np.testing.assert_array_equal(values, weights.astype(np.float16).view(np.uint16))
    np.testing.assert_array_equal(STORAGE.meant(weights, axis), weights.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(STORAGE.meant(weights, axis)[:7, 0], EVEN)


def test_a_matrix_has_scales_where_some_row_or_input_needs_them() -> None:
    plain = np.random.default_rng(1).uniform(0.1, 1, (9, 6)).astype(np.float32)
    for place in ((slice(None), 2), (4, slice(None))):
        for size, wanted in ((2.0**-10, False), (0.9 * LEAST, True), (65519, False), (65520, True), (0, False)):
            weights = plain.copy()
            weights[place] = size
            assert (STORAGE.store(weights)[1] is not None) == wanted


@pytest.mark.parametrize("axis", [0, 1])
def test_rows_that_are_too_large_or_small_have_a_power_of_two(axis: int) -> None:
    rng = np.random.default_rng(1)
    sizes = np.array([1e-44, 1e-38, 1e-20, 9.7e-4, 1, 6e4, 65520, 1e20, 3.4e38, 0])
    weights = np.clip(rng.normal(0, 0.3, (70, len(sizes))), -1, 1) * sizes
    weights[rng.integers(0, 70, len(sizes)), np.arange(len(sizes))] = -sizes
    weights = weights.astype(np.float32)
    values, scales = STORAGE.store(weights.T if axis else weights, axis)
    assert scales is not None and scales.dtype == np.float32 and scales.shape == sizes.shape
    values = values.T if axis else values
    halves = (weights.astype(np.float64) / scales).astype(np.float16)
    np.testing.assert_array_equal(values, halves.view(np.uint16))
    assert (np.frexp(scales)[0] == 0.5).all() and scales[-1] == 1
    tops = np.abs(halves).max(axis=0)[2:-1]
    assert (tops >= 2**14).all() and (tops < 2**15).all()
    rounded = STORAGE.meant(weights.T if axis else weights, axis)
    error = np.abs((rounded.T if axis else rounded).astype(np.float64) - weights)
    assert np.isfinite(rounded).all() and (error <= 2.0**-11 * np.abs(weights) + 2.0**-39 * sizes + 2.0**-149).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_meant_is_stored_as_itself(axis: int) -> None:
    """Also where rounding takes a row's largest weight over the bound of the rows that have a scale."""
    rng = np.random.default_rng(2)
    weights = rng.normal(0, 1, (40, 400)) * 10.0 ** rng.integers(-40, 38, 400)
    weights[:, :4] = rng.normal(0, 2e-4, (40, 4))
    weights[0, :4] = [LEAST * (1 - 2.0**-13), LEAST * (1 - 2.0**-12), 65519.9, 65520]
    weights = np.clip(weights, -3.4e38, 3.4e38).astype(np.float32)
    weights = weights.T if axis else weights
    rounded = STORAGE.meant(weights, axis)
    first, second = STORAGE.store(weights, axis), STORAGE.store(rounded, axis)
    for before, after in zip(first, second, strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(STORAGE.meant(rounded, axis), rounded)


def test_a_weight_takes_two_bytes() -> None:
    weights = np.zeros((7, 5), np.float32)
    values, scales = STORAGE.store(weights)
    assert STORAGE.size(weights.shape) == values.nbytes == 70 and scales is None
    np.testing.assert_array_equal(STORAGE.pack(values, 1), values)


def test_features_of_any_size_stay_as_they_are() -> None:
    """Each weight is rounded on its own: a feature of thousandfold size needs no factor."""
    graph = twin(built(dense), GAIN, None)
    rounded = round_weights(graph, STORAGE)
    assert not rounded.notes and len(rounded.nodes) == len(graph.nodes)
    kernel, half = (one.nodes[0].op.arrays()["kernel"] for one in (graph, rounded))
    assert (np.abs(kernel - half) <= np.abs(kernel) * 2.0**-11).all() and not np.array_equal(kernel, half)
    np.testing.assert_array_equal(graph.nodes[0].op.arrays()["bias"], rounded.nodes[0].op.arrays()["bias"])


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
    error = (jointly_rounded(w, STEP, LEVELS, alike) * STEP - w).sum(axis=0)
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
    q = jointly_rounded(w, STEP, LEVELS, stats)
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
    rounded = [jointly_rounded(w, STEP, LEVELS, one) for one in (damped, plain)]
    errors = [float(np.var(x @ (q * STEP - w), axis=0).mean()) for q in rounded]
    assert errors[0] < errors[1] / 2
