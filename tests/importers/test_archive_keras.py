"""Files that Keras 3 and tf.keras themselves write, and live models."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_files import edited, on_windows

from gatesmith.core.errors import ModelError, UsageError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.containers._wire import WEIGHTS
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.live.save import read
from gatesmith.importers.reading import graph_of
from gatesmith.oracle import judge


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both Kerases have written."""
    return tmp_path_factory.mktemp("genuine")


@pytest.fixture(scope="module")
def three(folder: Path) -> Any:
    """A model of Keras 3, whose arrays and architecture are in the folder."""
    import keras

    keras.utils.set_random_seed(1)
    layers = keras.layers
    both = layers.Bidirectional(layers.LSTM(4), name="bidirectional")
    dense = [layers.Dense(2, name="dense"), layers.Dense(2, name="dense_1")]
    model = keras.Sequential([keras.Input((5, 3)), both, *dense], name="three")
    model.save_weights(folder / "three.weights.h5")
    (folder / "three.json").write_text(model.to_json())
    return model


@pytest.fixture(scope="module", autouse=True)
def two(folder: Path) -> Any:
    """A model of tf.keras, which is in the folder in every format."""
    import tf_keras

    layers = tf_keras.layers
    parts = [tf_keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(3, trainable=False)]
    inputs = tf_keras.Input((5, 4))
    x = layers.TimeDistributed(tf_keras.Sequential(parts, name="inner"))(inputs)
    model = tf_keras.Model(inputs, layers.Dense(2)(layers.Bidirectional(layers.SimpleRNN(3))(x)), name="two")
    model.compile("adam", "mse")
    model.save(folder / "two.h5")
    model.save(folder / "two.keras")
    model.save(folder / "two.savedmodel", save_format="tf")
    model.save_weights(folder / "two.weights.hdf5", save_format="h5")
    (folder / "two.json").write_text(model.to_json())
    return model


def by_path(content: Archive) -> dict[str, list[Any]]:
    return {group.name: [array.data for array in group.arrays] for group in content.groups}


def test_keras_3_json_and_weights(three: Any, folder: Path) -> None:
    """Arrays by Keras 3's object paths are the model's weights, in the order forward, backward, dense, dense."""
    content = archive.read(folder / "three.json", folder / "three.weights.h5")
    assert content.config["module"] == "keras"
    assert content.keras_version == ""
    paths, cell = by_path(content), "layers/bidirectional/{}_layer/cell"
    order = [cell.format("forward"), cell.format("backward"), "layers/dense", "layers/dense_1"]
    assert {path for path, values in paths.items() if values} == set(order)
    arrays = [array for path in order for array in paths[path]]
    assert all(np.array_equal(a, b) for a, b in zip(arrays, three.get_weights(), strict=True))


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


def test_a_file_of_windows_is_read_and_judged_as_its_twin_of_linux(two: Any, folder: Path, tmp_path: Path) -> None:
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
    assert all(np.array_equal(a, b) for a, b in zip(two.get_weights(), again.get_weights(), strict=True))


def test_live_models(three: Any, two: Any, folder: Path) -> None:
    import keras

    for model, kind, version in ((three, "Sequential", "3."), (two, "Functional", "2.")):
        content = read(model)
        assert (content.path, content.format, content.config["class_name"]) == (model.name, "live", kind)
        assert content.keras_version.startswith(version)
        assert sum(len(group.arrays) for group in content.groups) == len(model.weights)
    for group, other in zip(content.groups, archive.read(folder / "two.h5").groups, strict=True):
        assert (group.name, [a.name for a in group.arrays]) == (other.name, [a.name for a in other.arrays])
        assert all(np.array_equal(a.data, b.data) for a, b in zip(group.arrays, other.arrays, strict=True))
    with pytest.raises(ModelError, match="this model has no weights yet"):
        read(type("Own", (keras.Model,), {"call": lambda self, x: x})())
    with pytest.raises(UsageError, match="this object is not a Keras model"):
        read(3)


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
