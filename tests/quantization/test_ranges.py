"""Ranges that integers cover (room for more data, one format for neighbours, an integer for the marker of a mask,
the share of inputs beyond them), the observer that halves of the data choose, and sums: of many products, whose C
gives the same bits, and of very small ones."""

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import graphs
import keras
import numpy as np
import pytest
import toolchain

import gatesmith
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.formats import Array, Format, covering
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.data.datasets import Batch
from gatesmith.importers.reading import graph_of, load
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.dense import Dense
from gatesmith.layers.integer import Ranges
from gatesmith.layers.integer.matrix import MatrixQuantizer
from gatesmith.layers.masking import Masking
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.unit import unit
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.fuse import fuse
from gatesmith.quantization import observations, observers
from gatesmith.quantization.calibrate import ENOUGH, Spans, calibrate
from gatesmith.quantization.markers import markers
from gatesmith.quantization.observations import Observations, clipped
from gatesmith.quantization.observers import choose
from gatesmith.quantization.quantize import quantize
from gatesmith.report import results
from gatesmith.report.page import Styled


@pytest.mark.parametrize("count", [128, 500, 2000])
def test_ranges_have_room_for_what_enough_samples_would_show(count: int) -> None:
    """In the mean over many draws, they end where the largest of so many normal values lies; of more, at theirs."""
    rng = np.random.default_rng(0)
    beyond = []
    for _ in range(200):
        samples, later = rng.normal(size=(count, 1)), rng.normal(size=max(count, ENOUGH))
        spans = Spans()
        for part in np.split(samples, 2):
            spans.see("y", part)
            spans.see_parts("y", part)
        beyond.append(spans.roomy()["y"][1] - later.max())
    assert abs(np.mean(beyond)) < 0.25, "ranges of 128 values alone end .7 below"


@pytest.mark.parametrize("size", [4.0, 0.99, 0.6, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("name", ["silu", "hard_silu", "gelu", "hard_tanh", "elu"])
def test_functions_of_small_values_have_steps_of_their_size(name: str, size: float) -> None:
    function = Function(name)
    form, x = unit(function, -size, size), np.linspace(-size, size, 999)
    lost = form(form.source.quantize(x).astype(np.int64)) * form.result.scale - function(x)
    assert 10 * np.log10(np.mean(function(x) ** 2) / np.mean(lost**2)) > 50, "33 dB at .001, by steps of 2^-15"


def side_by_side(factor: float) -> Graph:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", 4)
    eye = np.eye(4, dtype=np.float32)
    parts = [m.add(f"dense_{k}", Dense(eye * size, None), x)[0] for k, size in enumerate((1, factor))]
    m.output("y", m.add("both", Concatenate(0), *parts)[0])
    return fuse(m.graph())


@pytest.mark.parametrize(("factor", "rescaled"), [(1.5, False), (4.0, True)])
def test_values_side_by_side_share_a_format_where_that_costs_little(factor: float, rescaled: bool) -> None:
    graph, x = side_by_side(factor), np.random.default_rng(0).uniform(-1, 1, (50, 4)).astype(np.float32)
    quantized = graphs.integers_of(graph, "int8", x)
    assert (len(quantized.nodes) > len(graph.nodes)) == rescaled


def test_a_marker_has_an_integer_that_no_value_has() -> None:
    m = graphs.Maker(lambda options: options[0])
    y, mask = m.add("masking", Masking(-99.0), m.input("x", 6, 3), lead=1)
    m.output("y", m.add("rnn", m.cell("gru", 3, 4, masked=True), y, mask)[0])
    graph = fuse(m.graph())
    x = np.random.default_rng(0).uniform(0, 1, (50, 6, 3)).astype(np.float32)
    x[:, 4:] = -99
    form = graphs.integers_of(graph, "int8", x).tensors[graph.inputs[0].tensor].format
    assert form.quantize(np.float32([-99]))[0] < form.quantize(x[:, :4]).min()


def test_values_near_the_end_of_float32_are_refused_without_a_warning() -> None:
    """They ended in a traceback, or in NumPy's warnings beside the message."""
    m = graphs.Maker(lambda options: options[0])
    m.output("y", m.add("dense", m.dense(4, 3), m.input("x", 4))[0])
    x = np.random.default_rng(1).uniform(-3.3e38, 3.3e38, (40, 4)).astype(np.float32)
    for numeric, observer in (("int8", "minmax"), ("int8", "mse"), ("int8", "percentile"), ("int16", "minmax")):
        with warnings.catch_warnings(), pytest.raises(UnsupportedError, match="beyond 1e30"):
            warnings.simplefilter("error")
            quantize(m.graph(), calibrate([(m.graph(), [x])], observer), NUMERICS[numeric])


def many_inputs(inputs: int, rows: int = 4, relu: bool = False, seed: int = 1) -> tuple[Graph, Array, Array]:
    """A Dense of that many inputs, and normal values for calibration and test; or what a relu leaves of them."""
    m, rng = graphs.Maker(lambda options: options[0]), np.random.default_rng(seed)
    kernel = (rng.normal(size=(inputs, rows)) / np.sqrt(inputs)).astype(np.float32)
    m.output("y", m.add("dense", Dense(kernel, rng.normal(size=rows).astype(np.float32)), m.input("x", inputs))[0])
    shown, x = (rng.normal(size=(count, inputs)).astype(np.float32) for count in (48, 64))
    return fuse(m.graph()), *((np.maximum(each, 0) if relu else each) for each in (shown, x))


def test_rows_of_a_cell_keep_their_bits() -> None:
    """Its matrices' errors add up over steps: as coarse as those of a Dense may be, an int16 SimpleRNN lost 6 dB."""
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(8, 8)) * rng.uniform(0.3, 1, 8)
    source = Format("int16", 2.0**-12)
    quantizer = MatrixQuantizer(NUMERICS["int16"], kernel, None, source, 2.0**-12, 16)
    rows = np.abs(quantizer.matrix(1).weights.astype(np.int64)).max(axis=0)
    assert rows.min() == 32767
    assert np.abs(quantizer.matrix().weights.astype(np.int64)).max(axis=0).min() < 32767


@pytest.mark.parametrize(
    ("numeric", "rows", "relu", "seed"),
    [("int16", 4, False, 1), ("int16", 16, True, 2), ("int16w8", 4, False, 1), ("int16w8", 16, True, 1)],
)
def test_a_wide_dense_is_as_good_as_a_narrow_one(numeric: str, rows: int, relu: bool, seed: int) -> None:
    """int16w8 fell from 41.6 dB to 13.4; and from 43.0 to 38.7 behind a relu, where biases made up for no rounding.
    int16 had 72.0 to 75.4 dB behind a relu: behind the first shift, sums were up to twice as coarse as results."""
    decibels = []
    for inputs in (256, 4096, 16384):
        graph, shown, x = many_inputs(inputs, rows, relu, seed)
        right = Reference(graph).run([x.astype(np.float64)])[-1]
        ours = evaluate(graphs.integers_of(graph, numeric, shown), [x])[-1]
        signal = np.mean((right - right.mean(axis=0)) ** 2)
        decibels.append(float(10 * np.log10(signal / np.mean((ours - right) ** 2))))
    print(numeric, relu, decibels)
    assert max(decibels) - min(decibels) < 3


def test_integers_at_the_ends_stay_within_32_bits(tmp_path: Path) -> None:
    """Inputs are the smallest and largest integers, with the signs of a row's weights."""
    graph, shown, _ = many_inputs(1024)
    integers = graphs.integers_of(graph, "int16w8", shown)
    assert len(integers.nodes) > len(graph.nodes), "inputs with fewer bits"
    kernel = graph.nodes[0].op.arrays()["kernel"]
    x = np.concatenate([np.where(sign * kernel.T > 0, 32767, -32768) for sign in (1, -1)]).astype(np.int16)
    library = toolchain.build(toolchain.generate(integers, numeric="int16w8"), tmp_path)
    for sample in x:
        (right,) = Reference(integers, np.int64).run([sample[None].astype(np.int64)])
        (y,) = library.run([sample])
        assert np.array_equal(y, right[0])


SIZE, STEPS = 1e-4, 16
LEAST = {"int8": 24.0, "int16w8": 36.0, "int16": 44.0}
"""Decibels. Measured of LSTM, GRU, SimpleRNN: 35.1, 31.7, 26.9; 50.2, 55.2, 38.1; 54.7, 60.6, 46.2. In units of 2^-12
they had -8 to 0."""


def model(kind: str) -> Any:
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((STEPS, 4)), getattr(keras.layers, kind)(12), keras.layers.Dense(3)])
    for layer, size in zip(network.layers, (SIZE, 1 / SIZE), strict=True):
        kernel, *others = layer.get_weights()
        layer.set_weights([kernel * size, *others[: len(others) - 1], np.zeros_like(others[-1])])
    return network


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_sums_of_a_ten_thousandth_are_kept(kind: str) -> None:
    rng = np.random.default_rng(2)
    calibration, test = (rng.normal(size=(100, STEPS, 4)).astype(np.float32) for _ in range(2))
    right = (network := model(kind)).predict(test, verbose=0)
    for numeric, least in LEAST.items():
        artifact = gatesmith.convert(network, numeric=numeric, calibration=calibration)
        error = np.asarray(artifact.predict(test)) - right
        gain = 10 * np.log10(np.square(right - right.mean(0)).mean() / np.square(error).mean())
        print(kind, numeric, gain)
        assert gain >= least, numeric
        assert artifact.validate(test[:4], measure=False).facts.different_integers == 0


MODEL = Path(__file__).resolve().parent.parent.parent / "examples" / "japanese_vowels.keras"


@pytest.mark.parametrize(
    ("shares", "words"), [((1.0,), "100.0 %"), ((0.9999, 0.5), "99.9 %"), ((0.014,), "1.4 %"), ((0.0, 1e-7), "< 0.1 %")]
)
def test_how_much_is_clipped_is_a_plain_percentage(shares: tuple[float, ...], words: str) -> None:
    _, text = results.clipped(*(SimpleNamespace(clipped_inputs=share) for share in (*shares, None)))
    assert isinstance(text, Styled) and text.text.startswith(f"{words} of the input values")


def test_what_marks_masked_steps_is_not_clipped() -> None:
    graph = graph_of(MODEL)
    form = covering(-1.0, 1.0, "int8")
    (mark,) = markers(graph).values()
    x = np.array([[[0.5, 1.5], [mark, mark]]], np.float32)
    assert mark not in (0.5, 1.5)
    assert clipped(graph, [form], [x]) == 0.5
    assert clipped(graph, [Format("int16", raw=True)], [x]) is None


def two_layers() -> Graph:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", 8)
    (y,) = m.add("first", m.dense(8, 24, Function("relu")), x)
    m.output("y", m.add("last", m.dense(24, 3), y)[0])
    return fuse(m.graph())


def data(seed: int, rare: bool, count: int = 400) -> Array:
    """Normal values; one in a hundred samples far larger in a direction that hardly matters."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 8))
    if rare:
        x[::100] *= 12
    return np.asarray(x, np.float32)


@pytest.mark.parametrize("rare", [False, True])
def test_what_is_chosen_is_no_worse_on_other_data(rare: bool) -> None:
    graph = two_layers()
    shown, test = data(1, rare), data(2, False)
    chosen = choose([(graph, Batch([shown]))])
    assert chosen == "minmax" or rare
    (right,) = evaluate(graph, [test])

    def error(observer: str) -> float:
        ranges = calibrate([(graph, [shown])], observer)
        return float(np.square(evaluate(quantize(graph, ranges, NUMERICS["int8"]), [test])[0] - right).mean())

    assert error(chosen) <= 1.05 * error("minmax")


def test_few_samples_tell_nothing() -> None:
    assert choose([(two_layers(), Batch([data(1, True, 15)]))]) == "minmax"


@pytest.mark.parametrize(
    ("percentile", "mse", "chosen"),
    [
        ((0.5, 0.95), (0.8, 0.8), "mse"),
        ((0.5, 0.8), (0.8, 0.8), "percentile"),
        ((0.1, 0.95), (0.1, 1.1), "minmax"),
        ((1.0, 1.0), (1.0, 1.0), "minmax"),
    ],
)
def test_it_must_win_on_both_halves(
    percentile: tuple[float, ...], mse: tuple[float, ...], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = {"minmax": (1.0, 1.0), "percentile": percentile, "mse": mse}
    monkeypatch.setattr(observers, "_errors", lambda halves, observer, look: list(errors[observer]))
    assert choose([(two_layers(), Batch([data(1, False)]))]) == chosen


@pytest.mark.parametrize("stream", [False, True])
def test_the_trials_have_the_ranges_of_the_program(
    stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Persistent states have headroom, in the trials on halves of the data too."""
    import keras

    keras.Sequential([keras.Input((12, 3)), keras.layers.LSTM(6), keras.layers.Dense(2)]).save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(40, 12, 3)).astype(np.float32))
    ranges: list[Ranges] = []
    monkeypatch.setattr(
        observations, "calibrate", lambda *batches, **how: (ranges.append(calibrate(*batches, **how)), ranges[-1])[1]
    )
    settings = Settings(calibration=str(tmp_path / "x.npy"), observer="auto", stream=stream)
    model = load(tmp_path / "model.keras", settings)
    Observations().of(model, settings)
    (plain, *_), half = ranges, np.load(tmp_path / "x.npy")[::2]
    assert plain.narrow_inner == calibrate([(model.fused, [half])], "minmax", stream).narrow_inner
    assert plain.narrow_inner != calibrate([(model.fused, [half])], "minmax", not stream).narrow_inner


@pytest.mark.parametrize("place", ["data/one.npz", "data.npz"])
def test_halves_for_training_and_for_tests_are_read_apart(place: str, tmp_path: Path) -> None:
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(tmp_path / "model.keras")
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / place, x_train=np.zeros((9, 3), np.float32), x_test=np.ones((8, 3), np.float32))
    model, observed, path = load(tmp_path / "model.keras", Settings()), Observations(), tmp_path / Path(place).parts[0]
    (test,), (training,) = (observed.samples(path, model, Settings(), half) for half in (False, True))
    assert test.inputs[0].all() and not training.inputs[0].any()
