"""Bounds of the rounding of float models: nothing that C computes may exceed them, and they are not far too large."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker
from layers import integers
from layers.compiled import Instance, compile_all
from layers.lab import Subject, distinct, read_case, share
from layers.test_layers import TRANSLATED
from report_models import keras1_lstm
from toolchain import generate

from gatesmith import cli
from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph
from gatesmith.evidence.facts import STREAMED
from gatesmith.evidence.rounded import SLOPES, NoBoundError, Rounded, applied, bounded, stored
from gatesmith.evidence.rounding import bounds, vectors, with_states
from gatesmith.layers.activation import VectorActivation
from gatesmith.layers.dense import Dense
from gatesmith.layers.elementwise import Elementwise
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MOST = {"conv_lstm": 1e5, "simple_rnn": 1e4, "wiring": 1e4}
"""How many times the largest error seen a bound may be; 2,000 of all other kinds of cases: of the worst of a share."""
UNBOUNDED = {"embedding", "layer_norm", "position", "spectrogram", "unit_norm"}
"""Kinds of which cases of the share have no bound."""
SHARE = share(distinct(TRANSLATED), 1)


def measured(
    graph: Graph, calls: Sequence[Sequence[Any]], folder: Path, fault: tuple[str, str] = ("", ""), apart: bool = True
) -> list[tuple[str, float | str, float]]:
    """Of each result of layers by themselves, or of outputs: its name, its bound or why there is none, and the largest
    error of compiled C, within ranges that calls show.

    Args:
        fault: a pattern in the C, and what is in its place.
    """
    calibrated = integers.ranges(graph, calls)
    spans = [calibrated.tensors[port.tensor] for port in graph.inputs]
    parts, ranges = with_states(graph, spans, calibrated, apart)
    limits, inputs = bounds(parts, ranges), vectors(parts, ranges)
    code = generate(parts, name="m")
    text, times = re.subn(*fault, code.files["m.c"]) if fault[0] else (code.files["m.c"], 1)
    assert times, "the fault is nowhere in the C"
    library = compile_all([replace(code, files={**code.files, "m.c": text})], folder, ("-O1",))["m"]
    assert not isinstance(library, Exception), library
    rows = [Instance(code, library).run([x[k] for x in inputs]) for k in range(len(inputs[0]))]
    results = []
    for port, *ours, exact in zip(parts.outputs, *rows, Reference(parts).run(inputs), strict=True):
        bound, far = limits[port.tensor], np.abs(np.stack(ours).astype(np.float64) - exact)
        name = parts.tensor(port.tensor).name
        if isinstance(bound, str):
            results.append((name, bound, float(far.max())))
            continue
        most, error = bound.fields
        assert np.all(np.abs(exact) <= most * (1 + 1e-9)), f"{name}: values beyond their size"
        if not fault[0]:
            assert np.all(far <= error), f"{name}: {far.max():.3g} seen, bound {error.max():.3g}"
        results.append((name, float(error.max()), float(far.max())))
    return results


@pytest.mark.parametrize("subject", SHARE if not EVERYTHING else distinct(TRANSLATED), ids=lambda one: one.id)
def test_no_layer_case_exceeds_its_bound(subject: Subject, tmp_path: Path) -> None:
    """Noise and corners of the ranges: elementwise, and at most so many times what is seen."""
    graph, inputs = read_case(subject, tmp_path / "case")
    graph = fuse(graph)
    if any(n is None for tensor in graph.tensors for n in tensor.shape) or all(node.op.moves for node in graph.nodes):
        pytest.skip("its length is open, or nothing is computed")
    kind = subject.id.split(":")[0]
    calls = [[x.astype(np.float32) for x in call] for call in inputs]
    for name, bound, far in measured(graph, calls, tmp_path):
        print(f"{kind}: {name}: bound {bound}, largest seen {far:.3g}")
        if isinstance(bound, str):
            assert EVERYTHING or kind in UNBOUNDED, bound
        elif far > 0 and not EVERYTHING:
            assert bound <= MOST.get(kind, 2e3) * far


def model(kind: str = "lstm", units: int = 6) -> tuple[Graph, list[list[Any]]]:
    """A cell and a Dense layer with softmax, for one step."""
    maker = Maker(lambda options: options[0])
    h = maker.add("rnn", maker.cell(kind, 3, units), maker.input("x", 1, 3))[1]
    scores = Dense(4 * maker.weights(units, 3), maker.weights(3))
    (z,) = maker.add("scores", scores, h)
    maker.output("y", maker.add("shares", VectorActivation(Function("softmax")), z)[0])
    return fuse(maker.graph()), [[np.random.default_rng(1).normal(size=(20, 1, 3)).astype(np.float32)]]


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru_before", "simple_rnn"])
def test_a_step_of_a_model_keeps_its_bound(kind: str, tmp_path: Path) -> None:
    for apart in (True, False):
        for name, bound, far in measured(*model(kind), tmp_path / str(apart), apart=apart):
            assert isinstance(bound, float) and 0 < far <= bound < 2e4 * far, name


FAULTS = {
    "sums in half precision": (r"sum\[r\] \+= ([^;]+);", r"sum[r] = act_float(act_bits(sum[r] + \1) & 0xffffe000u);"),
    "an exponential cut short": (r"p = p \* r \+ 0.16666517f;", "p = 0.16666517f;"),
    "a weight of each row left out": (r"for \(int k = 0; k < n; k\+\+\)", "for (int k = 1; k < n; k++)"),
    "sigmoid by a straight line": (r"(act_sigmoid\(float x\)\s*\{)", r"\1 return 0.25f * x + 0.5f;"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_exceed_the_bound(fault: str, tmp_path: Path) -> None:
    rows = measured(*model(), tmp_path, FAULTS[fault])
    print(*rows, sep="\n")
    assert any(isinstance(bound, float) and far > bound for _, bound, far in rows)


@pytest.mark.parametrize("name", sorted({*SLOPES, "exponential", "square"}))
def test_functions_stay_within_their_slopes(name: str) -> None:
    """Of arguments that are off, up to their error and beyond what they were."""
    rng = np.random.default_rng(0)
    params = {"clip": {"low": -1.0, "high": 2.0}, "hard_sigmoid": {"slope": 0.2, "offset": 0.5}, "relu": {}}
    for most, error in ((0.3, 1e-3), (3.0, 0.1), (9.0, 1.0)):
        one = function(name, **params.get(name, {}))
        bound = applied(one, bounded(np.array(most), np.array(error)))
        x = rng.uniform(-most, most, 100_000)
        right, moved = one(x), one(x + rng.choice([-error, error], x.shape))
        size, far = bound.fields
        assert np.abs(right).max() <= size and np.abs(moved - right).max() <= far * (1 + 1e-12)


@pytest.mark.parametrize("name", ["elu", "celu"])
def test_a_large_factor_multiplies_the_error_of_exp(name: str) -> None:
    """alpha (exp(x) - 1), of which float32 keeps little where x is small."""
    alpha = np.float32(1000)
    x = np.linspace(-0.01, 0, 1001, dtype=np.float32)
    argument = x / alpha if name == "celu" else x
    rounded = (alpha * (np.exp(argument) - np.float32(1))).astype(np.float64)
    far = np.abs(rounded - 1000.0 * np.expm1(argument.astype(np.float64)))
    assert far.max() <= applied(Function(name, (("alpha", 1000.0),)), bounded(np.abs(x))).fields[1].min()


def test_sums_keep_their_bound_in_any_order_and_with_fma() -> None:
    rng = np.random.default_rng(0)
    w, x = (rng.normal(size=(400, 300)).astype(np.float32) for _ in range(2))
    exact = (w.astype(np.float64) * x).sum(axis=1)
    sized: Any = bounded(np.abs(x).astype(np.float64)[:, None])
    error = stored((sized @ np.abs(w).astype(np.float64)[:, :, None])[:, 0, 0]).fields[1]
    for order in ("forward", "large first", "small first", "fused"):
        total = np.zeros(len(w), np.float32)
        products = w.astype(np.float64) * x
        by = {"large first": -np.abs(products), "small first": np.abs(products)}.get(order)
        places = np.argsort(by, axis=1) if by is not None else np.broadcast_to(np.arange(w.shape[1]), w.shape)
        for k in range(w.shape[1]):
            term = np.take_along_axis(products, places[:, k : k + 1], 1)[:, 0]
            total = (total + (term if order == "fused" else term.astype(np.float32))).astype(np.float32)
        assert np.all(np.abs(total - exact) <= error), order


def test_softmax_keeps_its_bound_for_arguments_that_are_off() -> None:
    rng = np.random.default_rng(0)
    softmax = Function("softmax")
    for size, error in ((1.0, 1e-3), (30.0, 1e-2), (80.0, 1e-6)):
        bound: Rounded = softmax(bounded(np.full((1, 7), size), error))
        z = rng.uniform(-size, size, (20_000, 7))
        far = np.abs(softmax(z + rng.choice([-error, error], z.shape)) - softmax(z)).max()
        assert far <= stored(bound).fields[1].max() < 3 * far + 1e-6


REFUSED = {
    "a divisor that may be 0": lambda x: 1 / x,
    "a comparison": lambda x: np.where(x > 0, x, -1),
    "a place": lambda x: np.argmin(x, axis=1),
    "a place by a method": lambda x: x.argmax(axis=1).astype(x.dtype),
    "an index": lambda x: x.astype(np.int64),
    "a part": lambda x: x.real,
    "an order": lambda x: np.sort(x, axis=1),
    "a root": np.sqrt,
    "a whole number": np.floor,
    "a transform": np.fft.rfft,
    "sums so far": lambda x: x.cumsum(axis=1),
    "a power": lambda x: x**0.5,
    "too large a value": lambda x: np.exp(x * 100),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_bound_is_refused(what: str) -> None:
    with pytest.raises(NoBoundError):
        REFUSED[what](bounded(np.ones((2, 3)), 1e-6))


def test_a_layer_without_a_bound_is_named_and_so_is_what_reads_it() -> None:
    maker = Maker(lambda options: options[0])
    (x,) = maker.add("hidden", Dense(maker.weights(3, 4), None), maker.input("x", 3))
    (x,) = maker.add("sign", Elementwise("greater", None, np.zeros(1, np.float32)), x)
    maker.output("y", maker.add("after", Dense(maker.weights(4, 2), None), x)[0])
    graph, calls = maker.graph(), [[np.ones((4, 3), np.float32)]]
    calibrated = integers.ranges(graph, calls)
    parts, ranges = with_states(graph, [(-1.0, 1.0)], calibrated, False)
    limits = bounds(parts, ranges)
    assert limits[graph.outputs[0].tensor] == "sign: rounded values decide"
    alone = bounds(*with_states(graph, [(-1.0, 1.0)], calibrated, True))
    assert not any(isinstance(one, str) for one in alone.values())


def test_a_step_of_a_stream_has_bounds_of_layers_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its outputs depend on frames of the past, which no single step shows."""
    model, folder = EXAMPLES / "motion_stream.keras", tmp_path / "evidence"
    words = ["prove", str(model), "--target", "host", "--numeric", "float32", "--stream", "-o", str(folder)]
    assert cli.main(words) == 0, capsys.readouterr().err
    rows = json.loads((folder / "evidence.json").read_text("utf-8"))["rounding"]
    assert all(row["bound"] is None and row["why"] == STREAMED for row in rows if row["output"])
    layers = [row for row in rows if not row["output"]]
    assert len(layers) > 5 and all(row["seen"] <= row["bound"] for row in layers)
    assert not (folder / "run.sh").exists()


def test_prove_of_float32_has_a_section_of_rounding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = keras1_lstm(tmp_path / "one.h5"), tmp_path / "evidence"
    words = ["prove", str(path), "--target", "host", "--numeric", "float32", "-o", str(folder)]
    assert cli.main(words) == 0, capsys.readouterr().err
    assert "bounded" in capsys.readouterr().out
    report = json.loads((folder / "evidence.json").read_text("utf-8"))
    rows = report["rounding"]
    assert {row["name"] for row in rows if not row["output"]} > {"dense_1", "dense_1_softmax"}
    assert any(row["output"] for row in rows) and all(row["seen"] <= row["bound"] for row in rows)
    assert report["units"] == 0 and report["instructions"] is None and "FMA" in report["assumptions"][0]
    page = (folder / "evidence.html").read_text("utf-8")
    assert "Rounding" in page and "largest seen" in page and "BOUNDED" in page and "PROVED" not in page
