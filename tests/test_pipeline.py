"""The whole flow on this machine: files to outputs, and every way to be refused."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import DataError, GatesmithError
from gatesmith.core.settings import Settings
from gatesmith.flow.facts import GO_ON
from gatesmith.flow.generate import generate as generate_model
from gatesmith.flow.plan import plan
from gatesmith.flow.program import buffers, program
from gatesmith.flow.run import run as run_model
from gatesmith.flow.validate import ALIKE
from gatesmith.flow.validate import validate as validate_model
from gatesmith.importers.reading import load
from gatesmith.oracle.judge import sensitivity

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
EXAMPLE, DATA = EXAMPLES / "basic_motions.keras", EXAMPLES / "basic_motions_test.npz"
HERE = Settings()
FIELDS = {
    *"schema model weights_id model_id target numeric math samples steps oracle max_abs_error files_sha256".split(),
    *"macs macs_per weight_bytes state_bytes instructions instructions_per instructions_kind flash ram stack".split(),
    "stack_kind",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Name -> (path, Keras model): sequences of open length, two inputs and outputs, states that last, 100k weights."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    x = keras.Input((None, 3))
    y = layers.GRU(4, return_sequences=True)(x)
    a, b = keras.Input((5, 2), name="a"), keras.Input((3,), name="b")
    whole, last, _ = layers.LSTM(4, return_sequences=True, return_state=True)(a)
    both = layers.Dense(2)(layers.Concatenate()([last, b]))
    batched = keras.Input(batch_shape=(2, None, 3))
    lasting = layers.LSTM(4, stateful=True, return_sequences=True)(batched)
    large = keras.Input((20, 64))
    networks = {
        "open": keras.Model(x, y),
        "two": keras.Model([a, b], [whole, both]),
        "stateful": keras.Model(batched, layers.LSTM(4, stateful=True)(batched)),
        "mixed": keras.Model(batched, layers.GRU(4)(lasting)),
        "masked": keras.Model(batched, layers.LSTM(4, stateful=True, return_sequences=True)(layers.Masking()(batched))),
        "pooled": keras.Model(batched, layers.GlobalMaxPooling1D()(lasting)),
        "large": keras.Model(large, layers.Dense(4)(layers.LSTM(128)(large))),
    }
    folder = tmp_path_factory.mktemp("models")
    for name, model in networks.items():
        model.save(folder / f"{name}.keras")
    return {name: (folder / f"{name}.keras", model) for name, model in networks.items()}


def save(path: Path, *inputs: Any, **others: Any) -> Path:
    np.savez(path, **{f"in_{i}": x for i, x in enumerate(inputs)}, **others)
    return path


def values(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.usefixtures("apart")
def test_the_example_is_as_keras_says(tmp_path: Path) -> None:
    """By the reader's process and by Keras's own."""
    result = validate_model(EXAMPLE, HERE, DATA, report=tmp_path / "report.json")
    assert result.report.oracle.startswith("Keras 3")
    assert result.passed
    assert "Keras" in result.report.oracle
    assert max(row.max_abs for row in result.outputs) <= 1e-6
    assert ALIKE in validate_model(EXAMPLE, HERE, save(tmp_path / "in.npz", np.ones((3, 100, 6)))).report.notes
    facts = json.loads((tmp_path / "report.json").read_text())
    assert "notes" not in facts and set(facts) >= FIELDS | {"tolerance", "passed", "outputs"}
    assert facts["passed"] is True
    assert facts["max_abs_error"] <= 1e-6


def test_a_run_reports_everything(tmp_path: Path) -> None:
    report, out = tmp_path / "report.json", tmp_path / "out.npz"
    result = run_model(EXAMPLE, HERE, DATA, out, report=report)
    facts = json.loads(report.read_text())
    assert set(facts) == FIELDS
    assert facts["samples"] == len(np.load(DATA)["in_0"])
    assert facts["steps"] == np.load(DATA)["in_0"].shape[1]
    assert facts["max_abs_error"] <= 1e-6
    assert facts["flash"] >= facts["weight_bytes"] > 0 and facts["ram"] >= facts["state_bytes"] > 0
    assert result.outputs is not None
    with np.load(out) as data:
        assert data.files == ["out_0"]
        assert data["out_0"].dtype == np.float32


def test_generating_imports_neither_keras_nor_hdf5(models: dict[str, Any], tmp_path: Path) -> None:
    """TensorFlow is never needed, and HDF5 is parsed by a child: so a model of 100,000 weights takes a moment."""
    program = (
        "import sys; from pathlib import Path; from gatesmith.flow.generate import generate\n"
        "from gatesmith.core.settings import Settings\n"
        "generate(Path(sys.argv[1]), Path(sys.argv[2]), Settings())\n"
        "print(sorted({'tensorflow', 'keras', 'tf_keras', 'h5py'} & set(sys.modules)))"
    )
    path, model = models["large"]
    assert model.count_params() > 98_000
    done = subprocess.run(
        [sys.executable, "-c", program, path, tmp_path / "out"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["open", "two", "large"])
def test_outputs_have_kerass_shapes(name: str, models: dict[str, Any], tmp_path: Path) -> None:
    path, model = models[name]
    inputs = {"open": [values(3, 7, 3)], "two": [values(3, 5, 2), values(3, 3)], "large": [values(2, 20, 64)]}[name]
    run_model(path, HERE, save(tmp_path / "in.npz", *inputs, ignored=np.zeros(2)), tmp_path / "out.npz")
    right = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    right = right if isinstance(right, list) else [right]
    with np.load(tmp_path / "out.npz") as data:
        assert data.files == [f"out_{i}" for i in range(len(right))]
        for index, wanted in enumerate(right):
            got = data[f"out_{index}"]
            assert got.dtype == np.float32
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).max() <= 1e-6


@pytest.mark.parametrize("name", ["stateful", "mixed"])
def test_samples_of_a_stateful_model_follow_each_other(name: str, models: dict[str, Any], tmp_path: Path) -> None:
    """As on the device, whatever the batch size of the file: Keras judges, and floats and integers follow it. States of
    other layers begin at zero in each sample, also on a board with room for one step."""
    path, model = models[name]
    x = values(24, 4, 3)
    for layer in (layer for layer in model.layers if getattr(layer, "stateful", False)):
        layer.reset_state()
    right = np.stack([model(np.stack([sample, sample])).numpy()[0] for sample in x])
    data = save(tmp_path / "in.npz", x)
    for settings in (HERE, replace(HERE, numeric="int16", calibration=str(data))):
        result = validate_model(path, settings, data)
        assert result.passed and result.report.oracle.startswith("Keras 3") and GO_ON in result.report.notes
        assert np.abs(result.right[0] - right).max() <= 1e-6
        assert np.abs(result.answers[0] - right).max() <= (1e-3 if settings.numeric else 1e-6)
    few = validate_model(path, replace(HERE, samples=3), data)
    assert "the first" in few.input_note and np.array_equal(few.right[0], result.right[0][:3])


@pytest.mark.parametrize("name", ["stateful", "mixed", "masked", "pooled"])
def test_calls_that_set_some_values_to_zero_are_not_sent_step_by_step(name: str, models: dict[str, Any]) -> None:
    chosen = plan(replace(HERE, stream=name == "pooled"))
    files = program(load(models[name][0], HERE), chosen)
    assert files.causal and buffers(files, ram=8) == (((1,), True) if name == "stateful" else (files.lengths, False))


def test_nudged_weights_begin_with_zero_states(models: dict[str, Any]) -> None:
    """The effect of rounding is that of rounding, not of states that go on."""
    model = load(models["stateful"][0], HERE)
    (moved,) = sensitivity(model.reading, model.graph, [values(6, 4, 3)], model.path)
    assert 0 < moved.max() < 1e-6


def test_different_numbers_of_samples_are_refused(models: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="samples"):
        run_model(models["two"][0], HERE, save(tmp_path / "in.npz", values(2, 5, 2), values(3, 3)))


def test_a_bad_model_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.keras").write_bytes(EXAMPLE.read_bytes()[:1000])
    with pytest.raises(GatesmithError):
        generate_model(tmp_path / "bad.keras", tmp_path / "out", HERE)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.keras"]
