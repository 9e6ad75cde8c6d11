"""Every model of the corpus gives what its Keras gave, through the compiled C, or is refused by name.

In integers it is calibrated on made-up data, compiled, and bit for bit what the reference says, or refused by name and
with a reason; which were is said at the end of a run, with the errors of the others: beside float64 on the corpus's own
inputs, as a share of each output's range. Made-up data do not know what a model is fed, so the errors are no measure of
what calibration gives.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import corpus_index as corpus
import numpy as np
import pytest
from everything import EVERYTHING
from layers import integers

from gatesmith import passes
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import SYNTHETIC, Settings
from gatesmith.flow.run import run as run_model
from gatesmith.importers import keras
from gatesmith.importers.keras.dialect.spec import LayerSpec, ModelSpec
from gatesmith.importers.keras.importer import build
from gatesmith.importers.reading import fitted, load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.quantization.observations import Observations
from gatesmith.quantization.prepare import in_numbers

Record = Callable[[str, object], None]
CHAOTIC = "k2_textgenrnn_cudnn"
GOOD = [param for param in corpus.entries(bad=False) if param.id != CHAOTIC]


@pytest.fixture(scope="module", autouse=True)
def uncounted() -> Iterator[None]:
    with corpus.uncounted():
        yield


def answers(model: Path, settings: Settings, npz: Path, calls: list[Any] | None, folder: Path) -> list[Any]:
    """Outputs of samples; or of (calls, rows, ...), each row's calls in order."""
    if calls is None:
        return run_model(model, settings, input=npz).outputs or []
    rows = []
    for row in range(calls[0].shape[1]):
        np.savez(folder / "row.npz", **{f"in_{index}": x[:, row] for index, x in enumerate(calls)})
        rows.append(run_model(model, settings, input=folder / "row.npz").outputs or [])
    return [np.stack(parts, axis=1) for parts in zip(*rows, strict=True)]


@pytest.mark.parametrize("entry", GOOD)
def test_answers_or_refused_by_name(entry: dict[str, Any], record_property: Record, tmp_path: Path) -> None:
    model, weights = corpus.model_files(entry)
    npz, inputs, wanted = corpus.vectors(entry)
    settings = Settings(weights=weights)
    foreign = corpus.outside(entry)
    try:
        outputs = answers(model, settings, npz, inputs if entry["io"]["stateful_calls"] > 0 else None, tmp_path)
    except UnsupportedError as refusal:
        named = any(f'" ({kind}) ' in refusal.what for kind in foreign)
        assert named or (entry["folder"], entry["id"]) in corpus.REFUSED, (refusal.what, foreign)
        assert str(model) in refusal.where
        record_property("told", f"corpus: {entry['folder'] or 'models'}: refused by name")
        return
    assert (entry["folder"], entry["id"]) not in corpus.REFUSED, "it is translated: off the list"
    assert [y.shape for y in outputs] == [y.shape for y in wanted]
    for index, (got, right) in enumerate(zip(outputs, wanted, strict=True)):
        assert corpus.excess(got, right, entry["tolerance"]["tol"]) <= 1, f"out_{index}"
    record_property("told", f"corpus: {entry['folder'] or 'models'}: as Keras")


@pytest.mark.parametrize("entry", [param for param in corpus.entries(bad=False) if param.id in (CHAOTIC, "no-corpus")])
def test_ill_conditioned_model_within_its_own_sensitivity(entry: dict[str, Any], record_property: Record) -> None:
    """An LSTM of gain far above one: what the last bit of a weight changes grows 1.3-fold a step, 10000-fold in 40.

    Moving every weight by half its last bit, in float64, changes the 40th output by up to 1e-2, and two versions of
    TensorFlow differ by 5e-3 on it. So no float32 program can be held to the index's 2e-5 over the whole sequence.
    It is held to the index as long as the model itself keeps 2e-5 (its first steps, and the embedding's part of the
    output throughout), and to eight times the model's own sensitivity after that. A wrong gate or bias is 1e-1 off
    at once.
    """
    model, weights = corpus.model_files(entry)
    npz, inputs, (wanted,) = corpus.vectors(entry)
    tolerance = entry["tolerance"]["tol"] * max(1.0, float(np.abs(wanted).max()))
    outputs = run_model(model, Settings(weights=weights), input=npz).outputs
    assert outputs is not None and outputs[0].shape == wanted.shape
    error = np.abs(outputs[0] - wanted)

    reading = keras.read(model, Settings(weights=weights))
    right = Reference(build(reading)).run(inputs)[0]
    moved = np.zeros_like(right)
    for seed in range(4):
        other = replace(reading, model=_nudged(reading.model, np.random.default_rng(seed)))
        moved = np.maximum(moved, np.abs(Reference(build(other)).run(inputs)[0] - right))
    sensitivity = np.maximum.accumulate(moved.max(axis=(0, 2)))

    specs = [spec for spec in reading.model.layers.values() if isinstance(spec, LayerSpec)]
    width = next(spec.config["output_dim"] for spec in specs if spec.class_name == "Embedding")
    assert error[:, :, :width].max() <= tolerance
    steps = error.max(axis=(0, 2))
    steady = int(np.argmax(8 * sensitivity > tolerance))
    assert steady >= 4, "the model is ill-conditioned from the start: nothing would be tested"
    assert (steps[:steady] <= tolerance).all()
    assert (steps <= np.maximum(8 * sensitivity, tolerance)).all(), (steps, sensitivity)
    record_property("told", "corpus: as Keras as far as the model is well-conditioned")
    record_property(
        "told",
        f"corpus: {CHAOTIC} is chaotic: half a last bit in its weights moves its outputs by up to {moved.max():.1e},"
        f" so the index's {tolerance:.0e} is asked of the embedding and of {steady} of {len(steps)} steps; the largest"
        f" error of all steps is {steps.max():.1e}",
    )


def _nudged(model: ModelSpec, rng: np.random.Generator) -> ModelSpec:
    """The model with every weight moved to the float32 number above or below it."""
    layers: dict[str, LayerSpec | ModelSpec] = {}
    for name, spec in model.layers.items():
        assert isinstance(spec, LayerSpec) and not spec.inner
        weights = {
            key: np.nextafter(value, np.where(rng.random(value.shape) < 0.5, np.inf, -np.inf).astype(np.float32))
            for key, value in spec.weights.items()
        }
        layers[name] = replace(spec, weights=weights)
    return replace(model, layers=layers)


TYPES = ("int8", "int16w8")
SECOND = 1 if EVERYTHING else 3
"""Every model is in int8, each third in the other type as well: what a type does to a layer, ``layers`` has."""
ROWS, STEPS = 2, 12
"""How much of an entry's inputs is computed: steps where the length is open."""


def cases() -> list[Any]:
    """Each entry with its types."""
    return [
        pytest.param(*param.values, TYPES if number % SECOND == 0 else TYPES[:1], id=param.id, marks=param.marks)
        for number, param in enumerate(corpus.entries(bad=False))
    ]


@pytest.mark.parametrize(("entry", "types"), cases())
def test_integers_or_refused_by_name(
    entry: dict[str, Any], types: tuple[str, ...], tmp_path: Path, record_property: Record
) -> None:
    if corpus.outside(entry):
        pytest.skip("not translated")
    path, weights = corpus.model_files(entry)
    model = load(path, Settings(weights=weights))
    inputs = corpus.vectors(entry)[1]
    whole = list(zip(*inputs, strict=True)) if entry["io"]["stateful_calls"] > 0 else [inputs]
    try:
        passes.compile_graph(model.graph)
    except UnsupportedError:  # lengths that no layer may leave open: those of the data
        model = fitted(model, whole[0])
    open_ends = [model.graph.shape(port.tensor)[:1] == (None,) for port in model.graph.inputs]
    calls = [[x[:ROWS, :STEPS] if cut else x[:ROWS] for x, cut in zip(call, open_ends, strict=True)] for call in whole]
    models, seen = [], Observations()
    for name in types:
        settings = Settings(numeric=name, calibration=SYNTHETIC)
        try:
            graph = in_numbers(model, settings, NUMERICS[name], seen)
        except UnsupportedError as refusal:
            assert refusal.what.startswith('layer "'), refusal.what
            record_property("told", f"corpus: refused in {name}")
            record_property("told", f"corpus: {entry['id']} in {name}: {refusal.what}")
            continue
        models.append(integers.Integers(graph, integers.generated(graph, NUMERICS[name], f"model_{name}")))
    libraries = integers.compile_all([one.code for one in models], tmp_path, "-O0") if models else {}
    shares = []
    for one in models:
        one.library = libraries[one.code.name]
        reference, instances = one.reference(), [one.instance() for _ in calls[0][0]]
        for call in map(one.code.take, calls):
            wanted = reference.run(call)
            for row, instance in enumerate(instances):
                integers.equal(instance.run([x[row] for x in call]), [y[row] for y in wanted])
        shares.append(f"{one.code.name.removeprefix('model_')} {integers.distance(one, model.graph, calls):.1%}")
        record_property("told", f"corpus: in {one.code.name.removeprefix('model_')}, bit for bit")
    if shares:
        record_property("told", f"corpus: {entry['id']}: error {', '.join(shares)}")
