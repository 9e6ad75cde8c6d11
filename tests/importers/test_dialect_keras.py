"""Models written by Keras 3 and by tf_keras here and now: what is read computes what they compute."""

import os
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from everything import EVERYTHING
from layers.lab import outputs_of, quantize

from gatesmith.core.errors import ModelError, UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.keras import importer, read
from gatesmith.importers.keras.dialect.spec import Reading
from gatesmith.oracle.reference import Reference

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
KERAS = {
    "keras": pytest.importorskip("keras", reason="Keras 3 is not installed"),
    "tf_keras": pytest.importorskip("tf_keras", reason="tf_keras is not installed"),
}
RNG = np.random.default_rng(7)
FILES = [("keras", "m.keras"), ("keras", "m.h5"), ("tf_keras", "m.keras"), ("tf_keras", "m.h5"), ("tf_keras", "folder")]


def lively(model: Any) -> Any:
    """Every weight random, so that a swapped or forgotten one shows."""
    fixed = {id(w) for layer in model.layers if hasattr(layer, "adapt") for w in layer.weights}
    for array in model.weights:
        shape = tuple(array.shape)
        if "count" in array.name or "seed" in array.name or id(array) in fixed:
            continue
        low = 0.5 if "variance" in array.name else -0.8
        array.assign(RNG.uniform(low, 1, shape).astype("float32"))
    return model


def inputs_of(model: Any, samples: int = 3) -> list[np.ndarray]:
    data = []
    for tensor in model.inputs:
        shape = (samples, *(n or 5 for n in tensor.shape[1:]))
        if "int" in str(tensor.dtype):
            data.append(RNG.integers(0, 4, shape).astype("int32"))
        else:
            data.append(RNG.normal(size=shape).astype("float32"))
    return data


def answers(model: Any, data: list[np.ndarray]) -> list[np.ndarray]:
    """What Keras computes, layer by layer: ``predict`` would trace a graph of it first, for seconds."""
    return outputs_of(model(data if len(data) > 1 else data[0], training=False))


def agree(model: Any, reading: Reading, data: list[np.ndarray] | None = None) -> None:
    data = inputs_of(model) if data is None else data
    same(reading, data, answers(model, data))


def same(reading: Reading, data: list[np.ndarray], wanted: list[np.ndarray]) -> None:
    got = Reference(importer.build(reading)).run(data)
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5, rtol=2e-5)


def rnn_kinds(k: Any) -> Any:
    L = k.layers
    return k.Sequential(
        [
            k.Input((5, 3)),
            L.LSTM(4, return_sequences=True, go_backwards=True),
            L.GRU(3, return_sequences=True, reset_after=False, recurrent_activation="hard_sigmoid"),
            L.GRU(5, return_sequences=True, use_bias=False),
            L.SimpleRNN(4, return_sequences=True, activation="relu"),
            L.Bidirectional(L.LSTM(2, return_sequences=True)),
            L.Bidirectional(L.GRU(3), merge_mode="ave"),
            L.Dense(2, activation="softmax"),
        ]
    )


def nested(k: Any) -> Any:
    L = k.layers
    a, b = k.Input((3,)), k.Input((3,))
    x = k.Input((3,))
    norm = L.BatchNormalization()
    norm.trainable = False
    functional = k.Model(x, [norm(L.Dense(4)(x)), L.Dense(2)(x)], name="functional_part")
    row = k.Sequential([k.Input((4,)), L.Dense(3), L.BatchNormalization(scale=False), L.Dense(3)], name="row")
    one, two = functional(a), functional(b)
    return k.Model([a, b], [row(one[0]), row(two[0]), two[1], L.Add()([one[1], two[1]])])


def frozen_twice_nested(k: Any) -> Any:
    """HDF5 lists trainable arrays first at every level; tf_keras's names do not say which model they belong to."""
    L = k.layers
    deep = k.Sequential([k.Input((4,)), L.Dense(4), L.BatchNormalization(), L.Dense(4)], name="deep")
    middle = k.Sequential([k.Input((4,)), deep, L.Dense(4)], name="middle")
    outer = k.Sequential([k.Input((5, 4)), L.TimeDistributed(middle), L.SimpleRNN(4)], name="outer")
    deep.layers[0].trainable = False
    return k.Sequential([k.Input((5, 4)), outer, L.Dense(2)])


def frozen_cell(k: Any) -> Any:
    """Two cells of the same shapes: nothing but the order tells whose arrays they are."""
    L = k.layers
    return k.Sequential([k.Input((5, 3)), L.RNN([L.LSTMCell(3, trainable=False), L.LSTMCell(3)])])


def masks_of_different_rank(k: Any) -> Any:
    """Keras 3 writes Concatenate's mask into the wiring, with zeros_like."""
    L = k.layers
    words, series = k.Input((5,), dtype="int32"), k.Input((5, 3))
    one, two = L.Embedding(6, 3, mask_zero=True)(words), L.Masking(0.0)(series)
    return k.Model([words, series], [L.LSTM(3)(L.Concatenate()([one, two])), L.GRU(2)(L.Add()([one, two]))])


def adapted(k: Any) -> Any:
    """A SavedModel lists no variables for a layer that is adapted."""
    L = k.layers
    norm = L.Normalization(axis=-1)
    norm.adapt(RNG.normal(3, 2, (50, 4, 3)).astype("float32"))
    return k.Sequential([k.Input((4, 3)), norm, L.Normalization(axis=None, mean=1.0, variance=4.0), L.SimpleRNN(2)])


DEAR = None if EVERYTHING else (masks_of_different_rank, "folder")
"""A third of all the time, most of it TensorFlow's tracing; and masks are no weights, but for Keras 3 to write."""
IN_FOLDERS = (frozen_twice_nested, frozen_cell, masks_of_different_rank, adapted)
CASES = [
    (make, package, file)
    for make in (nested, *IN_FOLDERS)
    for package, file in FILES
    if file != "folder" or (make in IN_FOLDERS and (make, file) != DEAR)
]


@cache
def built_model(package: str, make: Callable[[Any], Any]) -> tuple[Any, list[np.ndarray], list[np.ndarray]]:
    """A model, its inputs, and its answers."""
    model = lively(make(KERAS[package]))
    data = inputs_of(model)
    return model, data, answers(model, data)


@pytest.mark.parametrize(("make", "package", "file"), CASES)
def test_written_here(tmp_path: Path, package: str, file: str, make: Callable[[Any], Any]) -> None:
    model, data, wanted = built_model(package, make)
    model.save(tmp_path / file, **({"save_format": "tf"} if file == "folder" else {}))
    reading = read(tmp_path / file)
    assert reading.source.generation == {"keras": "Keras 3", "tf_keras": "tf.keras 2"}[package]
    same(reading, data, wanted)


@pytest.mark.parametrize("package", KERAS)
def test_same_meaning_same_id(tmp_path: Path, package: str) -> None:
    model = lively(rnn_kinds(KERAS[package]))
    model.save(tmp_path / "a.keras")
    model.save(tmp_path / "a.h5")
    ids = {read(tmp_path / "a.keras").source.weights_id, read(tmp_path / "a.h5").source.weights_id}
    assert ids == {read(model).source.weights_id}
    model.weights[0].assign_add(np.full(model.weights[0].shape, 1e-3, "float32"))
    model.save(tmp_path / "b.keras")
    assert read(tmp_path / "b.keras").source.weights_id not in ids


def test_names_cannot_tell(tmp_path: Path) -> None:
    """Inner layers whose arrays carry other names: the order of trainable, then frozen arrays tells."""
    model = lively(nested(KERAS["tf_keras"]))
    model.save(path := tmp_path / "m.h5")
    with h5py.File(path, "r+") as file:
        for name, group in file["model_weights"].items():
            if name in ("functional_part", "row"):
                old = [item.decode() if isinstance(item, bytes) else item for item in group.attrs["weight_names"]]
                for index, item in enumerate(old):
                    group[f"x{index}"] = group[item][()]
                group.attrs["weight_names"] = [f"x{index}".encode() for index in range(len(old))]
    agree(model, read(path))


@pytest.mark.parametrize("file", ["keras", "h5"])
def test_int8_attention(tmp_path: Path, file: str) -> None:
    """The configuration does not say that the projections were quantised, so Keras itself cannot load the file."""
    k = KERAS["keras"]
    x = k.Input((5, 8))
    h = k.layers.MultiHeadAttention(2, 4, value_dim=3, use_gate=True)(x, x)
    h = k.layers.GroupQueryAttention(4, 4, 2, use_bias=False)(h, h)
    model = lively(k.Model(x, k.layers.Dense(2)(h)))
    quantize(model, "int8")
    data = np.random.default_rng(0).normal(size=(3, 5, 8)).astype(np.float32)
    (wanted,) = answers(model, [data])
    model.save(tmp_path / f"q.{file}")
    (outputs,) = Reference(importer.build(read(tmp_path / f"q.{file}"))).run([data])
    assert np.abs(outputs - wanted).max() < 1e-5


@pytest.mark.parametrize("file", ["keras", "h5"])
@pytest.mark.parametrize("mode", ["int4", "float8"])
def test_other_attention_that_keras_cannot_load_is_refused(tmp_path: Path, mode: str, file: str) -> None:
    k = KERAS["keras"]
    x = k.Input((5, 8))
    model = k.Model(x, k.layers.MultiHeadAttention(2, 4)(x, x))
    quantize(model, mode)
    model.save(tmp_path / f"q.{file}")
    with pytest.raises(ValueError, match=r"count mismatch|could not be loaded"):
        k.models.load_model(tmp_path / f"q.{file}")
    with pytest.raises(UnsupportedError, match="projections in int4 or float8"):
        read(tmp_path / f"q.{file}")


@pytest.mark.parametrize("package", list(KERAS))
def test_the_vocabulary_of_an_adapted_lookup_is_an_asset(package: str, tmp_path: Path) -> None:
    k = KERAS[package]
    data = np.array([[3], [7], [9], [0]], np.int64)
    for options in ({"mask_token": 0}, {"output_mode": "one_hot"}, {"invert": True}):
        adapted = k.layers.IntegerLookup(**options)
        adapted.adapt(np.repeat(np.arange(0, 10, 3), [2, 4, 3, 1]))
        model = k.Sequential([k.Input((1,), dtype="int64"), adapted])
        model.save(tmp_path / "m.keras")
        for source in (tmp_path / "m.keras", model):
            agree(model, read(source), [np.minimum(data, 4) if "invert" in options else data])
    if package == "keras":  # tf_keras saves no HDF5 of it
        model.save(tmp_path / "m.h5")
        with pytest.raises(UnsupportedError, match=r"(?s)no vocabulary in this file.*save\(\"model.keras\"\)"):
            read(tmp_path / "m.h5")
        with h5py.File(tmp_path / "m.h5", "r+") as file:  # a matrix is no vocabulary
            group = file["model_weights"][adapted.name]
            group["kernel"], group.attrs["weight_names"] = np.ones((2, 3)), ["kernel"]
        with pytest.raises(ModelError, match="kernel of shape"):
            read(tmp_path / "m.h5")


def test_a_feature_space(tmp_path: Path) -> None:
    k = KERAS["keras"]
    F = k.utils.FeatureSpace
    kinds = {"a": F.float_normalized(), "b": F.float_discretized(4), "c": F.integer_categorical(), "d": F.float()}
    space = F(kinds, output_mode="concat")
    data = {name: RNG.integers(0, 9, 40) if name == "c" else RNG.normal(size=40) for name in kinds}
    space.adapt(data)
    model = lively(k.Model(space.get_inputs(), k.layers.Dense(2)(space.get_encoded_features())))
    model.save(tmp_path / "m.keras")
    samples = {name: values[:9, None].astype(model.input[name].dtype) for name, values in data.items()}
    same(read(tmp_path / "m.keras"), list(samples.values()), [np.asarray(model(samples))])


@pytest.mark.parametrize("package", list(KERAS))
def test_convnext(package: str, tmp_path: Path) -> None:
    build = import_module(f"{package}.src.applications.convnext").ConvNeXt
    name = {"name" if package == "keras" else "model_name": "small"}
    options = {"depths": [1, 1, 1, 1], "projection_dims": [2, 3, 4, 5], "input_shape": (32, 32, 3), "weights": None}
    model = lively(build(**options, classes=2, drop_path_rate=0.1, **name))
    for file in ("m.keras", "m.h5"):
        model.save(tmp_path / file)
        agree(model, read(tmp_path / file), [RNG.normal(size=(2, 32, 32, 3)).astype("float32")])


def test_the_remedy_of_lora_works(tmp_path: Path) -> None:
    k = KERAS["keras"]
    convolution = k.layers.Conv2D(4, 3)
    pictures = lively(k.Sequential([k.Input((5, 5, 2)), convolution]))
    convolution.enable_lora(2)
    lively(pictures).save(tmp_path / "lora.h5")
    with pytest.raises(UnsupportedError, match="has LoRA's matrices"):
        read(tmp_path / "lora.h5")
    pictures.save(tmp_path / "lora.keras")
    agree(pictures, read(tmp_path / "lora.keras"))


def test_int4_scales_of_another_width_are_refused(tmp_path: Path) -> None:
    k = KERAS["keras"]
    model = lively(k.Sequential([k.Input((6,)), k.layers.Dense(4)]))
    quantize(model, "int4")
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        paths: list[str] = []
        file.visit(lambda path: paths.append(path) if path.endswith(("kernel_scale", "kernel_zero")) else None)
        assert len(paths) == 2, "an int4 kernel without groups"
        for path in paths:
            narrow = file[path][()][:, :3]
            del file[path]
            file[path] = narrow
    with pytest.raises(ModelError, match=r"scales \(1, 3\)"):
        importer.build(read(tmp_path / "m.h5"))


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16", "float64"])
def test_other_float_types(tmp_path: Path, policy: str) -> None:
    k = KERAS["keras"]
    model = k.Sequential([k.Input((4, 3)), k.layers.LSTM(3, dtype=policy), k.layers.Dense(2, dtype=policy)])
    model.save(tmp_path / "m.keras")
    reading = read(tmp_path / "m.keras")
    assert any(policy in note for note in reading.source.notes)
    data = inputs_of(model)
    got = Reference(importer.build(reading)).run(data)
    np.testing.assert_allclose(got[0], np.asarray(model(data[0]), "float32"), atol=0.02)


def test_subclassed_and_lambda_are_refused(tmp_path: Path) -> None:
    k = KERAS["keras"]

    class Mine(k.Model):  # type: ignore[misc,name-defined]
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.inner = k.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.inner(x)

    mine = Mine()
    mine(np.zeros((1, 3), "float32"))
    mine.save(tmp_path / "s.keras")
    with pytest.raises(UnsupportedError, match="subclassed"):
        read(tmp_path / "s.keras")
    x = k.Input((3,))
    y = k.layers.Dense(2, name="first")(x)
    z = k.layers.Dense(2, name="last")(k.layers.Lambda(lambda t: t * 2, name="scale")(y))
    k.Model(x, z).save(tmp_path / "l.keras")
    with pytest.raises(UnsupportedError, match='layer "scale"') as refusal:
        read(tmp_path / "l.keras")
    assert "--stop-before scale" in refusal.value.fix[-1]
    assert re.search(r">  3  scale +Lambda", refusal.value.where)
    agree(k.Model(x, y), read(tmp_path / "l.keras", Settings(stop_before="scale")))
