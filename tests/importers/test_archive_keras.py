"""Files that Keras 3 and tf.keras themselves write, and live models."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_files import edited, on_windows

from gatesmith.core.errors import GatesmithError, ModelError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.containers._wire import WEIGHTS
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.live.save import read
from gatesmith.importers.reading import graph_of
from gatesmith.oracle import judge


def written(folder: Path) -> dict[str, Any]:
    """Write models of both Kerases; returns the facts of reading the live models."""
    import keras
    import tf_keras

    def keep(name: str, model: Any) -> None:
        for i, w in enumerate(model.weights):
            np.save(folder / f"{name}.{i}.npy", np.asarray(w).astype("float32"))

    keras.utils.set_random_seed(1)
    L = keras.layers
    both = L.Bidirectional(L.LSTM(4), name="bidirectional")
    three = keras.Sequential(
        [keras.Input((5, 3)), both, L.Dense(2, name="dense"), L.Dense(2, name="dense_1")], name="three"
    )
    three.compile("adam", "mse", metrics=["mae"])
    three.optimizer.build(three.trainable_variables)
    keep("three", three)
    three.save(folder / "three.keras")
    three.save(folder / "three.h5")
    three.save_weights(folder / "three.weights.h5")
    (folder / "three.json").write_text(three.to_json())

    L = tf_keras.layers
    parts = [tf_keras.Input((4,)), L.Dense(3), L.BatchNormalization(), L.Dense(3, trainable=False)]
    inputs = tf_keras.Input((5, 4))
    x = L.TimeDistributed(tf_keras.Sequential(parts, name="inner"))(inputs)
    x = L.Bidirectional(L.SimpleRNN(3))(x)
    two = tf_keras.Model(inputs, L.Dense(2)(x), name="two")
    two.compile("adam", "mse")
    keep("two", two)
    two.save(folder / "two.h5")
    two.save(folder / "two.keras")
    two.save(folder / "two.savedmodel", save_format="tf")
    two.save_weights(folder / "two.weights.hdf5", save_format="h5")
    (folder / "two.json").write_text(two.to_json())

    class Own(keras.Model):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x

    facts: dict[str, Any] = {}
    for name, model in (("three", three), ("two", two), ("own", Own()), ("number", 3)):
        try:
            content = read(model)
        except GatesmithError as error:
            facts[name] = f"{type(error).__name__}: {error.what}"
        else:
            values = [(g.name, a.name, np.asarray(a.data)) for g in content.groups for a in g.arrays]
            facts[name] = (content.path, content.format, content.keras_version, content.config["class_name"], values)
    return facts


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder of genuine files. A failing writer fails the tests: Keras is part of the development setup."""
    place = tmp_path_factory.mktemp("genuine")
    return place, written(place)


@pytest.fixture
def folder(genuine: tuple[Path, dict[str, Any]]) -> Path:
    return genuine[0]


def weights_of(folder: Path, name: str) -> list[Any]:
    return [np.load(folder / f"{name}.{i}.npy") for i in range(len(list(folder.glob(f"{name}.*.npy"))))]


def arrays(content: Archive) -> list[Any]:
    return [array.data for group in content.groups for array in group.arrays]


def by_path(content: Archive) -> dict[str, list[Any]]:
    return {group.name: [array.data for array in group.arrays] for group in content.groups}


def check_three(content: Archive, weights: list[Any]) -> None:
    """Arrays by Keras 3's object paths are the model's weights, in the order forward, backward, dense, dense."""
    paths = by_path(content)
    cell = "layers/bidirectional/{}_layer/cell"
    order = [cell.format("forward"), cell.format("backward"), "layers/dense", "layers/dense_1"]
    assert {path for path, values in paths.items() if values} == set(order)
    assert all(np.array_equal(a, b) for a, b in zip((a for p in order for a in paths[p]), weights, strict=True))


def test_keras_3_json_and_weights(folder: Path) -> None:
    content = archive.read(folder / "three.json", folder / "three.weights.h5")
    assert content.config["module"] == "keras"
    assert content.keras_version == ""
    check_three(content, weights_of(folder, "three"))


@pytest.mark.usefixtures("apart")
def test_tf_keras_writes_the_same_model_five_ways(folder: Path) -> None:
    whole = archive.read(folder / "two.h5")
    assert whole.keras_version.startswith("2.")
    assert whole.backend == "tensorflow"
    apart = archive.read(folder / "two.json", folder / "two.weights.hdf5")
    saved = archive.read(folder / "two.savedmodel")
    assert (apart.format, saved.format) == ("json+hdf5", "savedmodel")
    assert apart.keras_version == saved.keras_version == whole.keras_version
    for other in (apart, saved):
        assert other.config["class_name"] == whole.config["class_name"]
        assert [g.name for g in other.groups] == [g.name for g in whole.groups]
        for ours, theirs in zip(other.groups, whole.groups, strict=True):
            assert [a.name for a in ours.arrays] == [a.name for a in theirs.arrays]
            assert all(np.array_equal(a.data, b.data) for a, b in zip(ours.arrays, theirs.arrays, strict=True))
    zipped = by_path(archive.read(folder / "two.keras"))
    (dense,) = (group for group in whole.groups if group.name.startswith("dense"))
    assert all(np.array_equal(a, b.data) for a, b in zip(zipped["layers/dense"], dense.arrays, strict=True))


def test_a_file_of_windows_is_read_and_judged_as_its_twin_of_linux(folder: Path, tmp_path: Path) -> None:
    """tf.keras writes object paths with the system's separator and reads no other."""
    import tf_keras

    path = tmp_path / "two.keras"
    with edited(folder / "two.keras", path) as parts:
        parts[WEIGHTS] = on_windows(parts[WEIGHTS])
    wanted = archive.read(folder / "two.keras")
    slices = interpret(archive.read(path)).source.weights_id, interpret(wanted).source.weights_id
    assert slices[0] == slices[1]
    with pytest.raises(ValueError, match="received 0 variables"):
        tf_keras.models.load_model(path, compile=False)
    judge.join_by_slashes(path)
    again = tf_keras.models.load_model(path, compile=False)
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(folder, "two"), again.get_weights(), strict=True))


def test_live_models(genuine: tuple[Path, dict[str, Any]]) -> None:
    folder, facts = genuine
    path, kind, version, class_name, values = facts["three"]
    assert (path, kind, class_name) == ("three", "live", "Sequential")
    assert version.startswith("3.")
    assert len(values) == 10
    path, kind, version, class_name, values = facts["two"]
    assert (path, kind, class_name) == ("two", "live", "Functional")
    assert version.startswith("2.")
    whole = archive.read(folder / "two.h5")
    assert [(g, n) for g, n, _ in values] == [(g.name, a.name) for g in whole.groups for a in g.arrays]
    assert all(np.array_equal(np.float32(v), a) for (_, _, v), a in zip(values, arrays(whole), strict=True))
    assert facts["own"] == "ModelError: this model has no weights yet"
    assert facts["number"] == "UsageError: this object is not a Keras model"


@pytest.mark.parametrize("name", ["saved_model.pb", "keras_metadata.pb", "variables/variables.index"])
def test_savedmodel_with_a_damaged_file(folder: Path, tmp_path: Path, name: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder / "two.savedmodel", model)
    data = (model / name).read_bytes()
    for cut in (b"", data[: len(data) // 2], data[:-1], b"\xff" * 100):
        (model / name).write_bytes(cut)
        with pytest.raises(ModelError) as caught:
            archive.read(model)
        assert str(model) in caught.value.where
        assert caught.value.fix
    (model / name).unlink()
    with pytest.raises(ModelError):
        archive.read(model)


def test_savedmodel_with_changed_weights(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder / "two.savedmodel", model)
    shard = model / "variables/variables.data-00000-of-00001"
    data = bytearray(shard.read_bytes())
    data[5] ^= 1
    shard.write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        archive.read(model)
    shard.unlink()
    shard.symlink_to("/etc/passwd")
    with pytest.raises(Exception, match="cannot be opened"):
        archive.read(model)


DAMAGED = {
    "mha": ("query_dense/vars/0", np.ones((0, 2, 4)), "of shape (0, 2, 4)"),
    "stft": ("vars/1", np.ones((16, 1, 4)), "has kernels of shape (16, 1, 9) and (16, 1, 4)"),
    "transposed": ("vars/0", np.float32(1), "of shape ()"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_arrays_of_a_shape_that_no_layer_has_are_refused(name: str, tmp_path: Path) -> None:
    """Each ended as a bug of ours."""
    import h5py
    import keras

    place, values, words = DAMAGED[name]
    x, L = keras.Input((32, 1)), keras.layers
    y = {
        "mha": lambda: L.MultiHeadAttention(2, 4)(x, x),
        "stft": lambda: L.STFTSpectrogram("log", 16, 8, 16, window=None)(x),
        "transposed": lambda: L.Conv1DTranspose(4, 3)(x),
    }[name]()
    keras.Model(x, y).save(tmp_path / "m.keras")
    with edited(tmp_path / "m.keras", tmp_path / "damaged.keras") as parts:
        weights = io.BytesIO(parts[WEIGHTS])
        with h5py.File(weights, "r+") as file:
            paths: list[str] = []
            file.visit(paths.append)
            (path,) = (path for path in paths if path.endswith(place) and "optimizer" not in path)
            del file[path]
            file[path] = values
        parts[WEIGHTS] = weights.getvalue()
    with pytest.raises(ModelError) as refusal:
        graph_of(tmp_path / "damaged.keras")
    assert words in f"{refusal.value.what} {refusal.value.why}"
