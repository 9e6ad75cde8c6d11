"""What releases of Keras do differently, by the version that a file names. Read in the sources that
``gatesmith.importers.keras.dialect.generations`` names; what runs today is tested against Keras in ``tests/layers``."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gatesmith.core.errors import UsageError
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.dialect import generations
from gatesmith.importers.keras.dialect.config import Writer, writer_of, written_by
from gatesmith.importers.reading import load
from gatesmith.oracle.judge import judge


def by(version: str, backend: str = "tensorflow") -> Writer:
    return replace(writer_of({}, version, backend)[0], backend=backend)


@pytest.mark.parametrize(
    ("version", "last_first"),
    [
        ("2.0.9", True),
        ("2.2.2", True),
        ("2.2.3", False),
        ("2.3.1", False),
        ("2.1.3-tf", True),
        ("2.1.5-tf", True),
        ("2.1.6-tf", None),
        ("2.2.4-tf", False),
        ("2.15.0", False),
        ("3.0.0", False),
    ],
)
def test_order_of_stacked_states(version: str, last_first: bool | None) -> None:
    assert generations.states_reversed(by(version)) is last_first


@pytest.mark.parametrize(
    ("release", "last_first", "inner"),
    [
        ("TensorFlow 1.9", True, "unseen"),
        ("tf 1.10", True, "through"),
        ("TensorFlow 1.11", False, "through"),
        ("tensorflow 1.12.0", False, "through"),
        ("TensorFlow 1.4", True, "unseen"),
        ("TensorFlow 2.15", False, "through"),
        ("Keras 2.2.2", True, "through"),
        ("Keras 2.1.6", True, "unseen"),
        ("Keras 3.3", False, "past"),
    ],
)
def test_a_person_tells_what_the_file_does_not(release: str, last_first: bool, inner: str) -> None:
    writer = written_by(release)
    assert generations.states_reversed(writer) is last_first
    assert generations.rules(writer).inner_masks == inner


@pytest.mark.parametrize(
    "release", ["", "TensorFlow", "TensorFlow 1.0", "TensorFlow 2.16", "Keras 2.4", "Keras 4", "1.12"]
)
def test_what_names_no_release_is_refused(release: str) -> None:
    with pytest.raises(UsageError, match="names no release"):
        written_by(release)


@pytest.mark.parametrize(
    ("version", "backend", "output", "zeros"),
    [
        ("1.2.2", "tensorflow", "state", False),
        ("1.2.2", "theano", "previous", False),
        ("2.2.4", "tensorflow", "state", False),
        ("2.2.4", "theano", "previous", False),
        ("2.3.1", "tensorflow", "previous", False),
        ("2.1.6-tf", "tensorflow", "state", False),
        ("2.2.4-tf", "tensorflow", "previous", True),
        ("2.15.0", "tensorflow", "previous", True),
        ("3.15.1", "jax", "previous", True),
    ],
)
def test_masked_steps(version: str, backend: str, output: str, zeros: bool) -> None:
    writer = by(version, backend)
    assert generations.rules(writer).masked_output == output
    assert generations.forces_zeros(writer) is zeros


@pytest.mark.parametrize(
    ("version", "meet", "mind"),
    [("2.3.1", "and", False), ("2.15.0", "and", False), ("3.3.3", "none", False), ("3.4.0", "or", True)],
)
def test_masks_that_meet(version: str, meet: str, mind: bool) -> None:
    rules = generations.rules(by(version))
    assert (rules.masks_meet, rules.merges_mind_masks) == (meet, mind)


@pytest.mark.parametrize(
    ("version", "form"),
    [("1.2.2", False), ("2.1.3", False), ("2.2.4", None), ("2.1.3-tf", False), ("2.2.4-tf", None), ("3.1.0", None)],
)
def test_a_gru_that_does_not_say_reset_after(version: str, form: bool | None) -> None:
    assert generations.reset_after(by(version)) is form


def test_a_keras_that_computes_a_file_otherwise_does_not_judge_it(tmp_path: Path) -> None:
    """Keras 3.3 ends masks where two sequences are added; the installed one, which loads the file, does not."""
    keras: Any = pytest.importorskip("keras", reason="Keras 3 is not installed")
    a, b = keras.Input((6, 3)), keras.Input((6, 3))
    both = keras.layers.Add()([keras.layers.Masking()(a), keras.layers.Masking()(b)])
    model = keras.Model([a, b], keras.layers.LSTM(2)(both))
    plain = keras.Model([a, b], keras.layers.LSTM(2)(keras.layers.Add()([a, b])))
    x = [np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32) for _ in range(2)]
    for name, saved, judges in (("masked", model, "reference"), ("plain", plain, "Keras 3")):
        path = tmp_path / f"{name}.keras"
        saved.save(path)
        _written_by(path, "3.3.3")
        read = load(path, Settings())
        assert judge(read.reading, read.graph, x, path).oracle.startswith(judges)


@pytest.mark.parametrize(
    ("backend", "units", "judges"),
    [("tensorflow", "Dense", "tf_keras"), ("theano", "Dense", "reference"), ("tensorflow", "GRU", "reference")],
)
def test_tf_keras_judges_files_of_keras_2_that_mean_the_same_to_it(
    backend: str, units: str, judges: str, tmp_path: Path
) -> None:
    """A kernel of Theano is turned round, and a GRU of Keras 2 without its bias of h is loaded by nothing today."""
    keras: Any = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
    options = {"reset_after": False} if units == "GRU" else {}
    model = keras.Sequential([keras.Input((6, 3)), getattr(keras.layers, units)(2, **options)])
    path, x = tmp_path / "m.h5", [np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)]
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for one in config["config"]["layers"]:
            for key in ("reset_after", "time_major"):
                one["config"].pop(key, None)
        file.attrs.update(keras_version="2.1.3", backend=backend, model_config=json.dumps(config))
    read = load(path, Settings())
    judged = judge(read.reading, read.graph, x, path)
    assert judged.oracle.startswith(judges) and judged.judge == ("Keras" if judges == "tf_keras" else "the reference")
    np.testing.assert_allclose(judged.outputs[0], model.predict(x[0], verbose=0), atol=1e-6)


def _written_by(path: Path, version: str) -> None:
    """As that version writes it: masks that travel by themselves are not in the wiring."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["metadata.json"] = json.dumps(json.loads(parts["metadata.json"]) | {"keras_version": version}).encode()
    config = json.loads(parts["config.json"])
    for one in config["config"]["layers"]:
        for node in one["inbound_nodes"]:
            node["kwargs"].pop("mask", None)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
