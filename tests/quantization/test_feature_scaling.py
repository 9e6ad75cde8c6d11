"""A scale and a zero point for each feature of an input: when, how good, and that C and Python quantise alike.
Features whose weights differ a thousandfold, in types of floats, are multiplied first; C does so too."""

import ctypes
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import graphs
import numpy as np
import pytest
import toolchain
from numeric_types import FINE, STEPPED

from gatesmith.core.formats import Array, Featured
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.masking import Masking
from gatesmith.layers.normalize import Normalize
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.storage import Storage
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.feature_scaling import level
from gatesmith.quantization.weights import round_weights

STEPS, FEATURES = 12, 6
GAIN = np.array([1000, 0.01, 1, 5, 1, 0.3])
OFFSET = np.array([0, 0, 0, 1013, -20, 0.1])
TANH = Function("tanh")
PLAIN = Window(3)


def dense(m: graphs.Maker, x: int) -> int:
    return m.add("dense", Dense(m.weights(FEATURES, 9), m.weights(9), TANH), x, lead=1)[0]


def flat(m: graphs.Maker, x: int) -> int:
    (x,) = m.add("flat", Reshape((STEPS * FEATURES,)), x)
    return m.add("dense", Dense(m.weights(STEPS * FEATURES, 9), m.weights(9), TANH), x)[0]


def cell(kind: str) -> Callable[[graphs.Maker, int], int]:
    def add(m: graphs.Maker, x: int) -> int:
        return m.add("rnn", m.cell(kind, FEATURES, 12), x)[0]

    return add


def backwards(m: graphs.Maker, x: int) -> int:
    one = m.add("ahead", m.cell("lstm", FEATURES, 12), x)[0]
    (turned,) = m.add("turned", Reverse(), x)
    m.output("one", one)
    return m.add("back", m.cell("gru", FEATURES, 12), turned)[0]


def convolution(m: graphs.Maker, x: int, window: Window = PLAIN, groups: int = 1) -> int:
    kernel = m.weights(3 * FEATURES // groups, 8)
    return m.add("conv", Convolution(kernel, m.weights(8), (window,), groups, TANH), x)[0]


def padded(m: graphs.Maker, x: int) -> int:
    return convolution(m, x, Window(3, 1, 1, 1, 1))


def grouped(m: graphs.Maker, x: int) -> int:
    return convolution(m, x, groups=2)


def depthwise(m: graphs.Maker, x: int) -> int:
    op = DepthwiseConvolution(m.weights(3, 2 * FEATURES), m.weights(12), (PLAIN,), FEATURES, TANH)
    return m.add("conv", op, x)[0]


def standardised(m: graphs.Maker, x: int) -> int:
    (x,) = m.add(
        "norm", Normalize(m.weights(FEATURES), 1 + np.abs(m.weights(FEATURES)), m.weights(FEATURES)), x, lead=1
    )
    return m.add("rnn", m.cell("lstm", FEATURES, 12), x)[0]


def masked(m: graphs.Maker, x: int) -> int:
    x, mask = m.add("masking", Masking(0.0), x, lead=1)
    return m.add("rnn", m.cell("gru", FEATURES, 12, masked=True), x, mask)[0]


BUILDS = (
    dense, flat, cell("lstm"), cell("gru"), cell("gru_before"), cell("simple_rnn"), backwards, convolution, grouped,
    depthwise, standardised,
)  # fmt: skip
SCALED = (padded, masked)


def built(build: Callable[[graphs.Maker, int], int]) -> Graph:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", STEPS, FEATURES)
    m.output("y", build(m, x))
    return fuse(m.graph())


def twin(graph: Graph, gain: Array, offset: Array | None) -> Graph:
    """The graph that computes the same of ``gain x + offset``: what reads the input is told so, in float64."""
    changed = []
    tensors = {graph.inputs[0].tensor}
    for node in graph.nodes:
        if node.inputs[0] in tensors and (node.op.moves or node.op.marker is not None):
            tensors.add(node.outputs[0])
        elif node.inputs[0] in tensors:
            size = len(node.op.read) // FEATURES if len(node.op.read) % FEATURES == 0 else 1
            op = node.op.fed(np.tile(1 / gain, size), None if offset is None else np.tile(-offset / gain, size))
            assert op is not None
            changed.append(replace(node, op=op))
            continue
        changed.append(node)
    return replace(graph, nodes=tuple(changed))


def samples(seed: int, count: int = 60) -> Array:
    return np.random.default_rng(seed).uniform(-1.5, 1.5, (count, STEPS, FEATURES))


def noise(graph: Graph, numeric: str, x: Array, shown: Array | None) -> tuple[float, Graph]:
    """Signal to noise compared with float64, in decibels, and the graph in a type, as inputs that are shown tell."""
    kind, inputs = NUMERICS[numeric], [] if shown is None else [shown.astype(np.float32)]
    if kind.integer:
        rounded = graphs.integers_of(graph, numeric, *inputs)
    else:
        rounded = round_weights(graph, kind.weights, calibrate([(graph, inputs)]).moments if inputs else None)
    ours, right = evaluate(rounded, [x.astype(np.float32)])[-1], Reference(graph).run([x])[-1]
    return float(10 * np.log10(np.var(right) / np.mean((ours - right) ** 2))), rounded


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__qualname__)
def test_raw_sensors_are_as_good_as_standardised_ones(build: Callable[..., int], numeric: str) -> None:
    graph = built(build)
    raw = twin(graph, GAIN, OFFSET)
    x, shown = samples(1), samples(2)
    assert np.allclose(Reference(raw).run([x * GAIN + OFFSET])[-1], Reference(graph).run([x])[-1], atol=1e-6)
    before, plain = noise(graph, numeric, x, shown)
    after, scaled = noise(raw, numeric, x * GAIN + OFFSET, shown * GAIN + OFFSET)
    assert plain.tensor(plain.inputs[0].tensor).format.features == 0
    form = scaled.tensor(scaled.inputs[0].tensor).format
    assert form.features == FEATURES
    assert len(set(form.each[1].tolist())) > 1
    assert after >= before - 3


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("build", SCALED, ids=lambda build: build.__name__)
def test_where_zeros_must_stay_zeros_only_scales_differ(build: Callable[..., int], numeric: str) -> None:
    graph = built(build)
    raw = twin(graph, GAIN, None)
    x, shown = samples(1), samples(2)
    x[:, 5], shown[:, 5] = 0, 0
    before, _ = noise(graph, numeric, x, shown)
    after, scaled = noise(raw, numeric, x * GAIN, shown * GAIN)
    form = scaled.tensor(scaled.inputs[0].tensor).format
    assert form.features == FEATURES
    assert set(form.each[1].tolist()) == {form.zero}
    assert after >= before - 3


READERS = {
    "dense": lambda m: (Dense(m.weights(10, 9), m.weights(9), TANH), 1),
    "flat": lambda m: (Dense(m.weights(STEPS * 10, 9), m.weights(9), TANH), 0),
    "lstm": lambda m: (m.cell("lstm", 10, 12), 0),
    "padded": lambda m: (Convolution(m.weights(30, 8), m.weights(8), (Window(3, 1, 1, 1, 1),), 1, TANH), 0),
}


def branches(reader: str, sizes: tuple[float, float]) -> Graph:
    """Two branches of those sizes that meet side by side; what reads them makes up for it."""
    m = graphs.Maker(lambda options: options[0])
    x, parts = m.input("x", STEPS, FEATURES), []
    for k, size in enumerate(sizes):
        (y,) = m.add(f"way_{k}", Dense(m.weights(FEATURES, 5), m.weights(5), TANH), x, lead=1)
        parts.append(m.add(f"size_{k}", Normalize(None, np.float32([size]), None), y, lead=1)[0])
    (both,) = m.add("both", Concatenate(1), *parts)
    op, lead = READERS[reader](m)
    gain = np.repeat(1 / np.array(sizes), 5)
    if reader == "flat":
        (both,) = m.add("flatten", Reshape((STEPS * 10,)), both)
        gain = np.tile(gain, STEPS)
    m.output("y", m.add("reader", op.fed(gain, None), both, lead=lead)[0])
    return m.graph()


@pytest.mark.parametrize("numeric", [*FINE, *STEPPED])
def test_branches_of_different_size_meet_without_loss(numeric: str) -> None:
    """With one scale for both branches, int8 had -.4 dB, int16 10.6 dB and float32w8 2.3 dB."""
    x, shown = samples(1), samples(2) if NUMERICS[numeric].integer else None
    for reader in READERS:
        apart, alike = (noise(branches(reader, sizes), numeric, x, shown)[0] for sizes in ((100.0, 0.01), (1.0, 1.0)))
        # Where zeros are put around, they must be the integer 0, which costs a bit of branches not around it.
        assert apart >= alike - (6 if reader == "padded" else 3), (reader, apart, alike)


def test_features_that_differ_little_keep_one_scale() -> None:
    """Separate scales would cost code and gain 4 dB (a factor of GAINED gains 10 dB)."""
    graph, gain = built(cell("lstm")), np.array([4, 1, 1, 1, 1, 1])
    raw = twin(graph, gain, None)
    x, shown = samples(1) * gain, samples(2) * gain
    _, integers = noise(raw, "int8", x, shown)
    assert integers.tensor(integers.inputs[0].tensor).format.features == 0
    assert not round_weights(raw, NUMERICS["float32w8"].weights).notes


def test_another_marker_than_zero_keeps_one_scale() -> None:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", STEPS, FEATURES)
    y, mask = m.add("masking", Masking(-7.0), x, lead=1)
    m.output("y", m.add("rnn", m.cell("gru", FEATURES, 12, masked=True), y, mask)[0])
    _, graph = noise(twin(fuse(m.graph()), GAIN**0.3, None), "int8", samples(1) * GAIN**0.3, samples(2) * GAIN**0.3)
    assert graph.tensor(graph.inputs[0].tensor).format.features == 0


def test_features_that_never_change_keep_their_values() -> None:
    graph = built(dense)
    raw = twin(graph, GAIN, OFFSET)
    shown = samples(2) * GAIN + OFFSET
    shown[:, :, 2], shown[:, :, 4], shown[:, :, 5] = 0, -20, 1e-9
    x = shown.copy()
    decibels, integers = noise(raw, "int8", x, shown)
    form = integers.tensor(integers.inputs[0].tensor).format
    assert form.features == FEATURES
    assert decibels > 30
    assert np.allclose(form.real(form.quantize(x))[:, :, 4], -20, rtol=1e-6)


def test_a_feature_that_never_changes_does_not_coarsen_the_others() -> None:
    """500, which a BatchNormalization multiplies by 30, as it does without variance."""

    def normalised(m: graphs.Maker, x: int) -> int:
        still = np.array([0.0, 0, 0, 0, 0, 1], np.float32)
        return dense(m, m.add("norm", Normalize(500 * still, 1 + 29 * still, m.weights(FEATURES)), x, lead=1)[0])

    x = samples(2)
    x[:, :, 5] = 500
    decibels, _ = noise(built(normalised), "int16", x, x)
    assert decibels > 60


@pytest.mark.parametrize("numeric", FINE)
def test_c_and_python_quantise_alike(numeric: str, tmp_path: Path) -> None:
    """Every value within a feature's range and beyond it, ties included."""
    x = samples(2) * GAIN + OFFSET
    _, graph = noise(twin(built(cell("lstm")), GAIN, OFFSET), numeric, x, x)
    generated = toolchain.generate(graph, numeric=numeric)
    (port,) = generated.inputs
    form = port.format
    assert isinstance(form, Featured)
    call = f"{generated.name}_quantize_{port.name}(k, x)"
    quantized = toolchain.of_header(generated, tmp_path, "int", "int k, float x", call)
    quantized.argtypes = [ctypes.c_int, ctypes.c_float]
    scales, zeros = form.each
    steps = np.concatenate([np.arange(form.low - 3, form.high + 3, 1 if form.dtype == "int8" else 97), [-1e30, 1e30]])
    for shift in (0, 0.25, 0.5):
        values = ((steps[:, None] + shift - zeros) * scales).astype(np.float32)
        wanted = form.quantize(values)
        ours = [[quantized(k, float(v)) for k, v in enumerate(row)] for row in values]
        assert np.array_equal(ours, wanted)
        assert wanted.min() == form.low and wanted.max() == form.high


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("numeric", FINE)
def test_modules_for_micropython_quantise_alike(numeric: str, raw: bool, tmp_path: Path) -> None:
    """With the plain module under CPython; infinities and NaN give the same integers as in C."""
    whole, x = built(cell("lstm")), samples(2)
    if raw:
        whole, x = twin(whole, GAIN, OFFSET), x * GAIN + OFFSET
    _, graph = noise(whole, numeric, x, x)
    assert bool(graph.tensor(graph.inputs[0].tensor).format.features) == raw
    generated = toolchain.modules(graph, numeric, "featured")
    model = toolchain.imported(generated, tmp_path).Model()
    wanted = generated.outputs[0].format.real(Reference(graph, np.int64).run(generated.take([x[:1]]))[0][0])
    np.testing.assert_allclose(np.reshape(model.predict(x[0].tolist()), wanted.shape), wanted, rtol=1e-6)
    model.reset()
    answers = [list(model.step(step.tolist())) for step in x[0]]
    np.testing.assert_allclose(answers[-1], wanted[-1], rtol=1e-6)
    extremes = [[value] * FEATURES for value in (float("nan"), float("inf"), 1e30)]
    firsts = []
    for step in extremes:
        model.reset()
        firsts.append(list(model.step(step)))
    assert firsts[0] == firsts[1] == firsts[2]


ALONE = ("grouped", "depthwise", "standardised")
"""What keeps its input as it is: kernels that are kept otherwise, and a Normalization of its own."""
TAKEN = [build for build in (*BUILDS, *SCALED) if build.__qualname__ not in ALONE]


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
