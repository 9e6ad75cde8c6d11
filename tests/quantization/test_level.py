"""Features whose weights differ a thousandfold, in types of floats: each is multiplied first; C does so too."""

from collections.abc import Callable
from pathlib import Path

import graphs
import numpy as np
import pytest
import toolchain
from numeric_types import STEPPED
from quantization.test_feature_scaling import BUILDS, FEATURES, GAIN, SCALED, built, convolution, samples, twin

from gatesmith.core.formats import Array
from gatesmith.core.graph import Graph
from gatesmith.layers.dense import Dense
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.storage import Storage
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.feature_scaling import level
from gatesmith.quantization.weights import round_weights

ALONE = ("grouped", "depthwise", "standardised")
"""What keeps its input as it is: kernels that are kept otherwise, and a Normalization of its own."""
TAKEN = [build for build in (*BUILDS, *SCALED) if build.__qualname__ not in ALONE]


def noise(graph: Graph, numeric: str, x: Array, shown: Array | None) -> tuple[float, Graph]:
    """Signal to noise compared with float64, in decibels, and the rounded graph."""
    moments = None if shown is None else calibrate([(graph, [shown.astype(np.float32)])]).moments
    rounded = round_weights(graph, NUMERICS[numeric].weights, moments)
    ours, right = (Reference(one).run([x])[-1] for one in (rounded, graph))
    return float(10 * np.log10(np.var(right) / np.mean((ours - right) ** 2))), rounded


@pytest.mark.parametrize("calibrated", [True, False])
@pytest.mark.parametrize("numeric", STEPPED)
@pytest.mark.parametrize("build", TAKEN, ids=lambda build: build.__qualname__)
def test_a_thousandfold_feature_is_as_good_as_a_standardised_one(
    build: Callable[..., int], numeric: str, calibrated: bool
) -> None:
    graph = built(build)
    raw = twin(graph, GAIN, None)
    x, shown = samples(1), samples(2)
    before, plain = noise(graph, numeric, x, shown if calibrated else None)
    after, scaled = noise(raw, numeric, x * GAIN, shown * GAIN if calibrated else None)
    assert not plain.notes
    assert len(scaled.notes) >= 1
    assert after >= before - 3


def test_c_multiplies_too(tmp_path: Path) -> None:
    _, graph = noise(twin(built(TAKEN[2]), GAIN, None), "float32w8", samples(1) * GAIN, None)
    library = toolchain.build(toolchain.generate(graph, numeric="float32w8"), tmp_path)
    x = (samples(3, 2) * GAIN).astype(np.float32)
    wanted = Reference(graph, np.float32).run([x])[-1]
    for sample, right in zip(x, wanted, strict=True):
        (ours,) = library.run([sample])
        np.testing.assert_allclose(ours, right, atol=1e-5)


def test_weights_that_were_rounded_before_stay_as_they_are() -> None:
    m = graphs.Maker(lambda options: options[0])
    kernel = np.random.default_rng(0).integers(-127, 128, (FEATURES, 9)).astype(np.float32)
    kernel[0] = np.sign(kernel[0])
    kernel[1] = 127
    m.output("y", m.add("dense", Dense(kernel * np.float32(0.01), None), m.input("x", FEATURES))[0])
    graph = fuse(m.graph())
    assert level(graph, NUMERICS["float32w8"].weights, {})[0] is graph


@pytest.mark.parametrize("storage", [NUMERICS[name].weights for name in STEPPED], ids=lambda s: s.name)
def test_nothing_is_multiplied_where_weights_are_alike(storage: Storage) -> None:
    graph = built(convolution)
    assert level(graph, storage, {})[0] is graph
