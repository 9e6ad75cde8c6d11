"""Weights of few bits: those that are on the grid stay as they are, others are rounded onto it."""

import numpy as np
import pytest

from gatesmith.core.formats import Format
from gatesmith.layers.integer.matrix import Matrix, MatrixQuantizer
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.base import Numeric
from gatesmith.numerics.groups import Grouped, grouped, on_grid, row_scales
from gatesmith.numerics.rounding import Moments
from gatesmith.numerics.storage import Storage

TYPES = [one for one in NUMERICS.values() if one.integer and one.weights.packed]
SHAPES = [(6, 4), (12, 96), (24, 9), (40, 7), (100, 20)]
SOURCE = Format("int8", 2.0**-6, 5)
pytestmark = pytest.mark.parametrize("numeric", TYPES, ids=lambda one: one.name)


def weights(shape: tuple[int, int], spread: float = 1.0) -> np.ndarray:
    """Rows of very different sizes."""
    rng = np.random.default_rng(shape[0])
    return rng.normal(size=shape) * np.exp(spread * rng.normal(size=shape[1]))


def round_to_grid(w: np.ndarray, storage: Storage, scales: np.ndarray | None = None) -> Grouped:
    """Weights (inputs, rows) that integer types store as they are: on scales of groups, or those that round best."""
    best = storage.best_scales(w, None) if scales is None else scales
    rows = row_scales(w, storage, best)
    return grouped(w, storage, [np.where(rows > 0, rows, 1.0)], best)


def stored(numeric: Numeric, kernel: np.ndarray, moments: Moments | None = None) -> Matrix:
    bias = np.full(kernel.shape[1], 0.1)
    return MatrixQuantizer(numeric, kernel, bias, SOURCE, 2.0**-11, 16, moments).matrix()


@pytest.mark.parametrize("shape", SHAPES)
def test_weights_on_the_grid_are_stored_as_they_are(numeric: Numeric, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    tuned = round_to_grid(weights(shape), numeric.weights).weights
    moments = Moments(rng.normal(size=shape[0]), np.cov(rng.normal(size=(shape[0], 3 * shape[0]))))
    blocks = stored(numeric, tuned, moments).grouped
    assert blocks is not None
    np.testing.assert_allclose(blocks.weights, tuned, rtol=1e-6)
    assert on_grid(weights(shape), numeric.weights) is None


def test_grids_that_others_chose_are_found(numeric: Numeric) -> None:
    """Weights are multiples of any step; the largest may be unused, rows may be 0; ternary weights take 2 bits."""
    rng, storage = np.random.default_rng(2), numeric.weights
    levels = rng.integers(-1, 2, (70, 5)).astype(np.int8)
    levels[:, 3] = 0
    multiples = rng.choice(storage.multiples[storage.multiples < 15], (3, 5))
    tuned = Grouped(storage, levels, multiples, np.array([0.1, 0.013, 1e-3, 1.0, 0.02])).weights
    blocks = stored(numeric, tuned).grouped
    assert blocks is not None
    np.testing.assert_allclose(blocks.weights, tuned, rtol=1e-6)


def test_scales_that_were_learned_are_taken(numeric: Numeric) -> None:
    rng, storage = np.random.default_rng(3), numeric.weights
    w = weights((70, 5), 0.0)
    scales = rng.uniform(0.5, 1.0, (3, 5)) * np.where(rng.random((3, 5)) < 0.5, 1, -1 if storage.mirrored else 1)
    done = round_to_grid(w, storage, scales)
    np.testing.assert_allclose(done.scales * done.multiples, scales, rtol=0.5 / storage.multiples.max() * 2)
    assert (np.abs(done.weights - w) <= 0.51 * np.abs(storage.each(done.scales * done.multiples, 70))).mean() > 0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_sums_are_of_levels_times_multiples(numeric: Numeric, shape: tuple[int, int]) -> None:
    """The stored bytes, decoded bit by bit, give the weights that enter the sums."""
    matrix, storage = stored(numeric, weights(shape)), numeric.weights
    assert matrix.grouped is not None and matrix.multipliers.dtype == np.uint8
    for row, line in enumerate(matrix.arrays("kernel")["kernel_weights"]):
        read, rest = [], line
        while len(rest):
            count = min(32, shape[0] - len(read))
            size = 1 + -(-count * storage.bits // 8)
            bits = np.unpackbits(rest[1:size], bitorder="little")[: count * storage.bits].reshape(count, -1)
            levels = bits @ (1 << np.arange(storage.bits)) - storage.offset
            read += list(levels * int(rest[:1].view(np.int8)[0]))
            rest = rest[size:]
        np.testing.assert_array_equal(read, matrix.weights[:, row])
