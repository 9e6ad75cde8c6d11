"""Biases take the mean error of integers off the outputs, and nothing else changes."""

from dataclasses import replace
from typing import Any

import graphs
import numpy as np
import pytest
from numeric_types import INTEGERS

from gatesmith.core.formats import Array
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.data.datasets import Batch
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.dense import Dense
from gatesmith.layers.integer import Ranges
from gatesmith.layers.integer.matrix import matrices
from gatesmith.layers.reshape import Reshape
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.bias_correction import corrected
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.observations import Observed
from gatesmith.quantization.quantize import quantize

SEEN, UNSEEN = (np.random.default_rng(seed).normal(size=(200, 8)).astype(np.float32) for seed in (1, 2))


def clipping(*heads: Dense, together: bool = False) -> tuple[Graph, Ranges]:
    """Layers behind a hidden one whose values integers clip at a third of what they reach."""
    m = graphs.Maker(lambda options: options[0])
    (hidden,) = m.add("hidden", m.dense(8, 16, Function("relu")), m.input("x", 8))
    outputs = [m.add(f"head_{k}", head, hidden)[0] for k, head in enumerate(heads)]
    if together:  # moved on their way out
        (joined,) = m.add("joined", Concatenate(0), *outputs)
        outputs = m.add("steps", Reshape((2, 3)), joined)
    for k, tensor in enumerate(outputs):
        m.output(f"y_{k}", tensor)
    graph = fuse(m.graph())
    ranges = calibrate([(graph, [SEEN])])
    low, high = ranges.tensors[hidden]
    return graph, replace(
        ranges, **{part: {**getattr(ranges, part), hidden: (low, high / 3)} for part in ("tensors", "narrow")}
    )


def head(seed: int, **options: Any) -> Dense:
    """Three sums of what is clipped, of different size and sign."""
    rng = np.random.default_rng(seed)
    kernel = rng.uniform(size=(16, 3)) * [1, 3, -2]
    return Dense(kernel.astype(np.float32), rng.normal(size=3).astype(np.float32), **options)


def seen(graph: Graph, ranges: Ranges, made_up: bool = False) -> Observed:
    fits = [(graph, Batch([SEEN]))]
    return Observed(fits, fits, ranges, "", "", (), made_up)


def mean_errors(graph: Graph, integers: Graph, x: Array) -> list[tuple[Array, Array]]:
    """The mean error of each output's features, and its standard error."""
    pairs = zip(evaluate(integers, [x]), evaluate(graph, [x]), strict=True)
    errors = [(ours - right).reshape(-1, right.shape[-1]) for ours, right in pairs]
    return [(error.mean(axis=0), error.std(axis=0) / len(error) ** 0.5) for error in errors]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("numeric", INTEGERS)
def test_a_mean_error_is_taken_off_each_feature(numeric: str, together: bool) -> None:
    graph, ranges = clipping(head(3), head(4), together=together)
    before = quantize(graph, ranges, NUMERICS[numeric])
    ranges = corrected(seen(graph, ranges), NUMERICS[numeric], {})
    after = quantize(graph, ranges, NUMERICS[numeric])
    for x, most in ((SEEN, 1.0), (UNSEEN, 4.0)):
        for (error, deviation), (least, _) in zip(*(mean_errors(graph, g, x) for g in (after, before)), strict=True):
            assert np.all(np.abs(error) < most * deviation)
            assert np.all(np.abs(least) > 5 * deviation), "it was planted"


def test_weights_and_what_has_no_bias_of_its_own_stay() -> None:
    """A relu's bias, weights on a grid, and a layer that is used twice, which has one array."""
    shared, tuned = head(3), np.round(np.random.default_rng(5).uniform(-127, 127, (16, 3))).astype(np.float32) / 64
    graph, ranges = clipping(head(4, activation=Function("relu")), shared, shared, Dense(tuned, None))
    before, after = (
        list(matrices(quantize(graph, each, NUMERICS["int8"])))
        for each in (ranges, corrected(seen(graph, ranges), NUMERICS["int8"], {}))
    )
    changed = [not np.array_equal(old.bias, new.bias) for (_, _, old), (_, _, new) in zip(before, after, strict=True)]
    assert changed == [False, False, False, False, True]
    assert all(np.array_equal(old.weights, new.weights) for (_, _, old), (_, _, new) in zip(before, after, strict=True))
    assert after[-1][2].exact
    assert corrected(seen(graph, ranges, made_up=True), NUMERICS["int8"], {}) is ranges
