"""Rounding weights together, by second moments of their inputs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gatesmith.core.formats import Format
from gatesmith.layers.integer.matrix import GROUP, Matrix, matrix
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.rounding import Moments, nearest, shrunk, together
from gatesmith.oracle.reference import Array

SOURCE = Format("int8", 0.02, 3)


def vectors(inputs: int, seed: int = 1, count: int = 500) -> Array:
    """Inputs that go together, around a mean."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 3)) @ rng.normal(size=(3, inputs)) + 0.3 * rng.normal(size=(count, inputs)) + 0.4


def moments(x: Array) -> Moments:
    return Moments(x.mean(axis=0), np.cov(x.T, bias=True))


@pytest.mark.parametrize("seed", range(5))
def test_few_weights_beside_every_rounding_there_is(seed: int) -> None:
    """Of 4 inputs, all 81 ways to round each up, down or one further: the best is found or nearly so."""
    rng = np.random.default_rng(seed)
    weights, known = rng.normal(size=(4, 6)), moments(vectors(4, seed))
    steps = np.abs(weights).max(axis=0) / 7
    c = known.damped

    def power(q: Array) -> Array:
        error = weights - q * steps
        return np.asarray(np.einsum("kr,kr->r", error, c @ error))

    every = [nearest(weights, steps, 7) + np.array(by)[:, None] for by in itertools.product((-1, 0, 1), repeat=4)]
    best = np.min([np.where(np.abs(q).max(axis=0) <= 7, power(q), np.inf) for q in every], axis=0)
    found = power(together(weights, steps, 7, known))
    assert np.all(found <= power(nearest(weights, steps, 7)) + 1e-12)
    assert np.median(found / best) < 1.5


@pytest.mark.parametrize("most", [7, 127])
def test_sums_of_other_inputs_are_closer(most: int) -> None:
    weights = np.random.default_rng(0).normal(size=(40, 12))
    steps = np.abs(weights).max(axis=0) / most
    shown, other = vectors(40), vectors(40)[::2] + 0.1 * vectors(40, 2, 250)
    errors = [
        float(np.var(other @ (weights - q * steps), axis=0).sum())
        for q in (nearest(weights, steps, most), together(weights, steps, most, moments(shown)))
    ]
    assert errors[1] < 0.3 * errors[0]


def test_what_is_on_the_grid_stays() -> None:
    q = np.random.default_rng(0).integers(-7, 8, (20, 5)).astype(np.float64)
    assert np.array_equal(together(q * 0.25, np.full(5, 0.25), 7, moments(vectors(20))), q)


@pytest.mark.parametrize(("numeric", "most"), [("int8", 127), ("int8w4", 7)])
@pytest.mark.parametrize("seen", [False, True])
def test_weights_that_a_file_keeps_rounded_stay_as_they_are(numeric: str, most: int, seen: bool) -> None:
    """As Keras quantises: each column's largest weight is the largest integer, in float32."""
    rng = np.random.default_rng(1)
    q = rng.integers(-most, most + 1, (70, 9))
    q[rng.integers(0, 70, 9), np.arange(9)] = most
    scales = rng.uniform(20, 90, 9).astype(np.float32)
    weights = (q / scales).astype(np.float32)
    own = matrix(NUMERICS[numeric], weights, None, SOURCE, 0.01, 8, seen=moments(vectors(70)) if seen else None)
    assert np.array_equal(own.weights, q * (18 if numeric == "int8w4" else 1))
    (scale,) = own.rescales
    gain = scale.m * 2.0 ** -(scale.pre + scale.post) * 0.01 / SOURCE.scale
    np.testing.assert_allclose(own.weights * gain, weights, rtol=1e-3)


def made(numeric: str, inputs: int = 70, known: Moments | None = None) -> tuple[Array, Matrix]:
    weights = np.random.default_rng(3).normal(size=(inputs, 9)) * np.exp(np.arange(inputs) / 30)[:, None]
    return weights, matrix(NUMERICS[numeric], weights, None, SOURCE, 0.01, 8, seen=known)


@pytest.mark.parametrize("inputs", [1, 31, 32, 33, 70])
def test_weights_in_4_bits_are_multiples_of_a_scale_for_each_32(inputs: int) -> None:
    _, own = made("int8w4", inputs)
    assert own.storage == "int4" and own.weights.dtype == np.int8 and own.multiples is not None
    assert own.multiples.shape == (-(-inputs // GROUP), 9)
    assert own.multiples.min() >= 1 and own.multiples.max() <= 18
    assert np.abs(own.quarters).max() <= 7
    each = np.repeat(own.multiples, GROUP, axis=0)[:inputs]
    assert np.array_equal(own.quarters.astype(np.int64) * each, own.weights)
    assert made("int8", inputs)[1].multiples is None


@pytest.mark.parametrize("numeric", ["int8", "int8w4"])
def test_the_bias_makes_up_for_the_mean(numeric: str) -> None:
    """Sums of inputs with a mean far from 0 keep their mean: closer by far than with each weight rounded by itself."""
    x = vectors(70) + 2.0
    q = SOURCE.quantize(x)
    errors = []
    for known in (None, moments(SOURCE.real(q).astype(np.float64))):
        weights, own = made(numeric, known=known)
        (scale,) = own.rescales
        gain = scale.m * 2.0 ** -(scale.pre + scale.post) * 0.01
        errors.append(np.abs((own.sums(q) * gain - SOURCE.real(q) @ weights).mean(axis=0)).max())
    assert errors[1] < 0.1 * errors[0]


def test_moments_of_what_was_scaled() -> None:
    x, gain, offset = vectors(6), np.array([2.0, 5.0, 0.1]), np.array([1.0, 0.0, -3.0])
    both = moments(x).fed(gain, offset)
    wanted = moments((x - np.tile(offset, 2)) / np.tile(gain, 2))
    np.testing.assert_allclose(both.mean, wanted.mean)
    np.testing.assert_allclose(both.covariance, wanted.covariance, atol=1e-12)


def test_correlations_that_may_be_chance_are_taken_back() -> None:
    """Of independent inputs few vectors leave none; of those that go together most, whatever their sizes."""
    size = np.array([1e3, 1, 1e-3, 5, 1, 1])
    alone = np.random.default_rng(0).normal(size=(20, 6)) * size
    known = moments(alone).covariance
    kept = shrunk(known, 20)
    assert np.allclose(np.diag(kept), np.diag(known))
    assert np.abs(kept - np.diag(np.diag(kept))).max() < 0.3 * np.abs(known - np.diag(np.diag(known))).max()
    together_ = moments(vectors(6, count=2000) * size).covariance
    assert np.allclose(shrunk(together_, 2000), together_, rtol=0.05)
    assert np.all(np.isfinite(shrunk(np.zeros((3, 3)), 5)))


def test_constants_leave_rounding_as_it_is() -> None:
    weights = np.random.default_rng(0).normal(size=(6, 4))
    known = Moments(np.full(6, 1e6), np.full((6, 6), -1e-4))
    assert np.array_equal(together(weights, np.full(4, 0.1), 127, known), nearest(weights, np.full(4, 0.1), 127))


@pytest.mark.parametrize("numeric", ["float32w8", "float32w4"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("given", [False, True])
def test_floats_keep_what_was_rounded(numeric: str, axis: int, given: bool) -> None:
    """Weights are nearer than by the largest's scale, sums nearer still where their inputs are known; and what is
    stored of them is what they are."""
    storage = NUMERICS[numeric].weights
    weights = np.random.default_rng(0).normal(size=(70, 9)).astype(np.float32)
    weights = weights.T if axis else weights
    known = moments(vectors(70)) if given and axis == 0 else None
    rounded = storage.rounded(weights, axis, known)
    again = storage.meant(rounded, axis)
    np.testing.assert_allclose(again, rounded, rtol=2e-7)
    assert np.array_equal(storage.meant(again, axis), storage.meant(storage.meant(again, axis), axis))

    def power(other: Array) -> float:
        error = (weights - other).astype(np.float64)
        return float((error**2).sum() if known is None else np.einsum("kr,kl,lr->", error, known.covariance, error))

    assert power(rounded) < (1.0 if known is None else 0.3) * power(storage.meant(weights, axis))
