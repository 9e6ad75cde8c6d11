"""Shapes that a file leaves open: told by the weights behind an input, or by ``--length`` and ``--input-shape``."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gatesmith.core.errors import ModelError, UnsupportedError, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.run import run
from gatesmith.importers.reading import fitted, load
from gatesmith.oracle.reference import Reference


@pytest.fixture(scope="module")
def luong(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray], np.ndarray]:
    """A decoder that attends to an encoder (Luong et al. 2015), both of open length, as Keras saved it."""
    keras: Any = pytest.importorskip("keras", reason="Keras 3 is not installed")
    layers = keras.layers
    keras.utils.set_random_seed(3)
    words, spoken = keras.Input((None, 3), name="words"), keras.Input((None, 2), name="spoken")
    encoded = layers.LSTM(4, return_sequences=True)(words)
    decoded = layers.LSTM(4, return_sequences=True)(spoken)
    weights = layers.Activation("softmax")(layers.Dot(axes=[2, 2])([decoded, encoded]))
    context = layers.Dot(axes=[2, 1])([weights, encoded])
    model = keras.Model([words, spoken], layers.Dense(2)(layers.Concatenate()([context, decoded])))
    path = tmp_path_factory.mktemp("luong") / "luong.keras"
    model.save(path)
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(3, 5, 3)).astype(np.float32), rng.normal(size=(3, 6, 2)).astype(np.float32)]
    return path, x, np.asarray(model(x))


def test_an_open_length_is_told(luong: Any) -> None:
    with pytest.raises(UnsupportedError, match="whose length is not fixed") as refusal:
        load(luong[0], Settings())
    assert "--length" in refusal.value.fix[0]


@pytest.mark.parametrize("length", [("words=5", "spoken=6"), ("in_0=5", "in_1=6")])
def test_fixed_by_name_or_number_as_keras(luong: Any, length: tuple[str, ...], tmp_path: Path) -> None:
    path, x, wanted = luong
    np.savez(tmp_path / "in.npz", words=x[0], spoken=x[1])
    outputs = run(path, Settings(length=length), input=tmp_path / "in.npz").outputs
    assert outputs is not None
    assert np.abs(outputs[0] - wanted).max() < 1e-6


@pytest.mark.parametrize(
    ("length", "word"),
    [
        (("words",), "no number of steps"),
        (("0",), "no number"),
        (("word=5",), "no input of that name"),
        (("-3",), "no number"),
        (("5", "words=6"), "no length is left open"),
    ],
)
def test_what_fixes_nothing_is_refused(luong: Any, length: tuple[str, ...], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        load(luong[0], Settings(length=length))


def unbuilt(config: Any) -> Any:
    """As Keras saves a Sequential that was trained without an input shape and asked for its configuration before."""
    if isinstance(config, dict):
        return {key: unbuilt(value) for key, value in config.items() if key not in STATED}
    if isinstance(config, list):
        return [unbuilt(item) for item in config if not (isinstance(item, dict) and item["class_name"] == "InputLayer")]
    return config


STATED = ("build_input_shape", "batch_input_shape", "build_config")


@pytest.fixture(scope="module")
def shapeless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, np.ndarray, np.ndarray]]:
    """Models whose files state no shape, an input for each, and Keras's answers."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    within = tf_keras.Sequential([layers.TimeDistributed(layers.Dense(4)), layers.Masking()])
    networks: dict[str, tuple[list[Any], tuple[int, ...]]] = {
        "lstm": ([layers.Masking(), layers.Bidirectional(layers.LSTM(4))], (6, 3)),
        "stack": ([layers.RNN([layers.GRUCell(4), layers.LSTMCell(2)])], (6, 3)),
        "dense": ([layers.Dense(4), layers.Dropout(0.5), layers.Dense(2)], (5,)),
        "dense, then lstm": ([layers.Dense(4), layers.LSTM(2)], (6, 5)),
        "grouped conv": ([layers.BatchNormalization(), layers.Conv1D(4, 3, groups=2)], (9, 6)),
        "depthwise": ([layers.SeparableConv1D(4, 3, depth_multiplier=2)], (9, 3)),
        "nested": ([within, layers.LSTM(4)], (9, 3)),
        "images": ([layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()], (8, 7, 3)),
        "flat": ([layers.Flatten(), layers.Dense(4)], (2, 3)),
    }
    folder = tmp_path_factory.mktemp("shapeless")
    files = {}
    for name, (rows, shape) in networks.items():
        model = tf_keras.Sequential(rows)
        x = rng.normal(size=(4, *shape)).astype(np.float32)
        files[name] = folder / f"{name}.h5", x, np.asarray(model(x))
        model.save(files[name][0])
        with h5py.File(files[name][0], "r+") as file:
            file.attrs["model_config"] = json.dumps(unbuilt(json.loads(file.attrs["model_config"])))
    norm = layers.Normalization()
    norm.adapt(rng.normal(size=(9, 2)))
    model = tf_keras.Sequential([tf_keras.Input((None,)), norm, layers.Dense(3)])
    x = rng.normal(size=(4, 2)).astype(np.float32)
    files["open width"] = folder / "norm", x, np.asarray(model(x))
    model.save(folder / "norm", save_format="tf")
    return files


FROM_WEIGHTS = {
    "lstm": (None, 3),
    "stack": (None, 3),
    "dense": (5,),
    "dense, then lstm": (None, 5),
    "grouped conv": (None, 6),
    "depthwise": (None, 3),
    "nested": (None, 3),
    "open width": (2,),
}


@pytest.mark.parametrize("name", FROM_WEIGHTS)
def test_weights_tell_the_shape(shapeless: Any, name: str) -> None:
    path, x, wanted = shapeless[name]
    model = load(path, Settings())
    assert model.graph.shape(model.graph.inputs[0].tensor) == FROM_WEIGHTS[name]
    assert any("told by the weights" in note for note in model.reading.source.notes)
    (outputs,) = Reference(fitted(model, [x]).graph).run([x])
    assert np.abs(outputs - wanted).max() < 1e-5


@pytest.mark.parametrize("name", [*FROM_WEIGHTS, "images", "flat"])
def test_a_shape_that_is_given(shapeless: Any, name: str) -> None:
    path, x, wanted = shapeless[name]
    model = load(path, Settings(length=(",".join(map(str, x.shape[1:])),)))
    assert model.graph.shape(model.graph.inputs[0].tensor) == x.shape[1:]
    (outputs,) = Reference(model.graph).run([x])
    assert np.abs(outputs - wanted).max() < 1e-5


@pytest.mark.parametrize(("name", "example"), [("images", "28,28,3"), ("flat", "28,28,1")])
def test_a_shape_that_nothing_tells_is_asked_for(shapeless: Any, name: str, example: str) -> None:
    with pytest.raises(ModelError, match="does not say which shape its input has") as refusal:
        load(shapeless[name][0], Settings())
    assert refusal.value.fix[0].endswith(f"--input-shape {example}")


def test_a_shape_against_the_file_is_refused(shapeless: Any, luong: Any) -> None:
    with pytest.raises(UsageError, match=r"does not fit what the file says: words \(any, 3\)"):
        load(luong[0], Settings(length=("words=5,4",)))
    for name in ("lstm", "stack"):
        with pytest.raises(ModelError, match="a kernel for 3 features"):
            load(shapeless[name][0], Settings(length=("6,4",)))
