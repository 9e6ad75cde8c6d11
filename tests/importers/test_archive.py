"""What the archive reads: every container and layout, value for value."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from archive_files import (
    BIAS,
    CONFIG,
    KERNEL,
    hdf5,
    keras_zip,
    on_windows,
    put_layers,
    refused,
    store,
    variables,
    weights_h5,
    whole,
)

from gatesmith.core.errors import ModelError, UsageError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret


def shape_of(content: Archive) -> list[tuple[str, list[str]]]:
    return [(group.name, [array.name for array in group.arrays]) for group in content.groups]


def same_values(content: Archive) -> bool:
    kernel, bias = next(group for group in content.groups if group.arrays).arrays
    return np.array_equal(kernel.data, KERNEL) and np.array_equal(bias.data, BIAS)


def test_hdf5_model(tmp_path: Path) -> None:
    data = hdf5(whole)
    content = archive.read(store(tmp_path, data, "model.net"))
    assert (content.format, content.keras_version, content.backend) == ("hdf5", "2.15.0", "tensorflow")
    assert content.sha256 == hashlib.sha256(data).hexdigest()
    assert content.config == CONFIG
    assert shape_of(content) == [("dense", ["dense/kernel:0", "dense/bias:0"])]
    assert [array.path for array in content.groups[0].arrays] == [
        "/model_weights/dense/dense/kernel:0",
        "/model_weights/dense/dense/bias:0",
    ]
    assert [array.index for array in content.groups[0].arrays] == [0, 1]
    assert same_values(content)


def test_arrays_come_in_the_order_of_weight_names(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        whole(file, {"z": {"z_W": KERNEL, "a_b": BIAS}, "a": {}})

    assert shape_of(archive.read(store(tmp_path, hdf5(fill)))) == [("z", ["z_W", "a_b"]), ("a", [])]


def test_extension_is_not_asked(tmp_path: Path) -> None:
    assert archive.read(store(tmp_path, hdf5(whole), "really.keras")).format == "hdf5"
    assert archive.read(store(tmp_path, keras_zip(), "really.h5")).format == "keras-zip"


@pytest.mark.parametrize("size", [512, 1024, 8192])
def test_user_block(tmp_path: Path, size: int) -> None:
    content = archive.read(store(tmp_path, hdf5(whole, userblock_size=size)))
    assert same_values(content)
    assert content.notes == (f"HDF5 user block of {size} bytes",)


def test_split_attributes(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        base = whole(file, {"one": {"k": KERNEL, "b": BIAS}, "two": {}})
        del base.attrs["layer_names"], base["one"].attrs["weight_names"]
        base.attrs["layer_names0"], base.attrs["layer_names1"] = [b"one"], [b"two"]
        base["one"].attrs["weight_names0"], base["one"].attrs["weight_names1"] = [b"k"], [b"b"]

    assert shape_of(archive.read(store(tmp_path, hdf5(fill)))) == [("one", ["k", "b"]), ("two", [])]


def test_top_level_weights_are_a_group_without_name(tmp_path: Path) -> None:
    def fill(file: h5py.File, names: list[bytes]) -> None:
        group = whole(file).create_group("top_level_model_weights")
        group.attrs["weight_names"] = names
        group["scale:0"] = BIAS

    with_one = archive.read(store(tmp_path, hdf5(lambda f: fill(f, [b"scale:0"]))))
    assert shape_of(with_one)[1:] == [("", ["scale:0"])]
    assert len(archive.read(store(tmp_path, hdf5(lambda f: fill(f, [])))).groups) == 1


def test_layer_name_with_slash(tmp_path: Path) -> None:
    content = archive.read(store(tmp_path, hdf5(lambda f: whole(f, {"block/conv": {"block/conv/kernel:0": KERNEL}}))))
    assert content.groups[0].arrays[0].path == "/model_weights/block/conv/block/conv/kernel:0"


@pytest.mark.parametrize("dtype", ["<f2", ">f4", ">f8", "<f8", "i1", ">i4", "u1", "<u4", "?"])
@pytest.mark.parametrize("packed", [False, True])
def test_stored_types(tmp_path: Path, dtype: str, packed: bool) -> None:
    values = np.array([[0, 1], [1, 1], [0, 0]], np.dtype(dtype))
    options = {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (2, 1)} if packed else {}
    content = archive.read(store(tmp_path, hdf5(lambda f: whole(f, {"a": {"w": values}}, **options))))
    (array,) = content.groups[0].arrays
    assert array.data.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(array.data, values)


def test_bfloat16_is_widened(tmp_path: Path) -> None:
    bits = np.array([[0x3F80, 0xBF00], [0x4049, 0x0000]], np.uint16)
    arrays = {"w": bits.view("V2"), "scalar": bits[0, 1].view("V2")}
    content = archive.read(store(tmp_path, hdf5(lambda f: whole(f, {"a": arrays}))))
    array, scalar = content.groups[0].arrays
    assert array.data.dtype == scalar.data.dtype == np.float32
    assert array.data.tolist() == [[1.0, -0.5], [3.140625, 0.0]]
    assert (scalar.data.shape, float(scalar.data)) == ((), -0.5)


def test_scalar_and_empty_arrays(tmp_path: Path) -> None:
    arrays = {"step": np.int64(7), "none": np.zeros((0, 4), np.float32)}
    content = archive.read(store(tmp_path, hdf5(lambda f: whole(f, {"a": arrays}))))
    assert [(array.data.shape, array.data.size) for array in content.groups[0].arrays] == [((), 1), ((0, 4), 0)]


def test_oldest_weights_have_numbers_instead_of_names(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file.attrs["nb_layers"] = 2
        for i, params in enumerate(([KERNEL, BIAS], [])):
            group = file.create_group(f"layer_{i}")
            group.attrs["nb_params"] = len(params)
            for j, values in enumerate(params):
                group[f"param_{j}"] = values

    config = {"layers": [{"name": "GRU"}], "name": "Sequential"}
    content = archive.read(
        store(tmp_path, json.dumps(config).encode(), "m.json"), store(tmp_path, hdf5(fill), "weights.h5")
    )
    assert content.config == config
    assert shape_of(content) == [("layer_0", ["param_0", "param_1"]), ("layer_1", [])]


def test_json_with_weights(tmp_path: Path) -> None:
    text = json.dumps({**CONFIG, "keras_version": "2.3.1", "backend": "theano"}).encode()

    def fill(file: h5py.File) -> None:
        put_layers(file, {"dense": {"k": KERNEL, "b": BIAS}, "unused": {}})
        file.attrs["keras_version"] = b"2.1.5"

    weights = hdf5(fill)
    content = archive.read(store(tmp_path, b"\xef\xbb\xbf" + text, "m.json"), store(tmp_path, weights, "w.h5"))
    assert (content.format, content.keras_version, content.backend) == ("json+hdf5", "2.3.1", "theano")
    assert content.sha256 == hashlib.sha256(b"\xef\xbb\xbf" + text + weights).hexdigest()
    assert shape_of(content) == [("dense", ["k", "b"]), ("unused", [])]
    assert content.notes == ("architecture written by Keras 2.3.1, weights by Keras 2.1.5",)


def test_json_inside_a_json_string(tmp_path: Path) -> None:
    text = json.dumps(json.dumps(CONFIG)).encode()
    content = archive.read(store(tmp_path, text, "m.json"), store(tmp_path, weights_h5(), "w.h5"))
    assert content.config == CONFIG
    assert shape_of(content) == [("", []), ("layers/dense", ["vars/0", "vars/1"])]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_keras_zip(tmp_path: Path, compression: int) -> None:
    data = keras_zip(compression=compression, extra=(("assets/vocabulary.txt", b"a\nb"),))
    content = archive.read(store(tmp_path, data))
    assert (content.format, content.keras_version) == ("keras-zip", "3.15.1")
    assert content.config == CONFIG
    assert same_values(content)


def test_a_keras_zip_whose_weights_stand_where_a_user_block_would_end(tmp_path: Path) -> None:
    """Keras stores them uncompressed, and a configuration may have any length: one file in a thousand is so."""
    plain = keras_zip()
    at = plain.index(b"\x89HDF")
    room = next(block for block in (512, 1024, 2048, 4096) if block >= at) - at
    data = keras_zip(config=json.dumps(CONFIG).encode() + b" " * room)
    assert data.index(b"\x89HDF") == at + room
    assert archive.read(store(tmp_path, data)).format == "keras-zip"


def test_object_paths_are_ordered_by_number_and_stripped_of_the_optimizer(tmp_path: Path) -> None:
    def fill(file: h5py.File) -> None:
        many = {str(i): np.float32(i) for i in range(12)}
        paths = ("layers/dense_10", "layers/dense_2", "layers/dense", "_layer_checkpoint_dependencies/lstm/cell")
        variables(file, {"optimizer": {"0": BIAS}, **dict.fromkeys(paths, many)})

    content = archive.read(store(tmp_path, keras_zip(weights=hdf5(fill))))
    assert [group.name for group in content.groups] == [
        "_layer_checkpoint_dependencies/lstm/cell",
        "layers/dense",
        "layers/dense_2",
        "layers/dense_10",
    ]
    assert [array.data for array in content.groups[0].arrays] == list(range(12))
    assert content.groups[3].arrays[11].path == "/layers/dense_10/vars/11"


def test_object_paths_of_windows(tmp_path: Path) -> None:
    """Keras 2.12 to 2.15 joins them by the system's separator."""
    paths = ("layers/bidirectional/forward_layer/cell", "_layer_checkpoint_dependencies/lstm_2/cell", "layers/dense")
    slashes = hdf5(lambda file: variables(file, {path: {"0": BIAS} for path in (*paths, "optimizer/adam")}))
    content = archive.read(store(tmp_path, keras_zip(weights=on_windows(slashes))))
    assert {group.name for group in content.groups} == set(paths)
    (cell,) = (group for group in content.groups if group.name == paths[1])
    assert cell.arrays[0].path == "/_layer_checkpoint_dependencies\\lstm_2\\cell/vars/0"
    text = store(tmp_path, json.dumps(CONFIG).encode(), "m.json")
    assert archive.read(text, store(tmp_path, on_windows(weights_h5()), "w.h5")).groups[-1].name == "layers/dense"


@pytest.mark.parametrize("twice", ["layers\\lstm\\cell", "layers\\lstm", "layers/lstm\\cell", "layers\\", "\\"])
def test_one_name_by_both_separators_is_refused(tmp_path: Path, twice: str) -> None:
    paths = {"layers/lstm/cell": {"0": BIAS}, twice: {"0": BIAS}}
    error = refused(store(tmp_path, keras_zip(weights=hdf5(lambda file: variables(file, paths)))))
    assert "stored twice" in error.what and "nothing says which one counts" in error.why


def test_member_names_of_windows(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(keras_zip())) as zipped:
        members = {f".\\{name}": zipped.read(name) for name in zipped.namelist()}
    members["assets\\layers\\words.txt"] = b"a\nb"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, data in members.items():
            zipped.writestr(name, data)
    assert same_values(archive.read(store(tmp_path, buffer.getvalue())))
    with zipfile.ZipFile(buffer, "a") as zipped:
        zipped.writestr("config.json", members[".\\config.json"])
    assert "2 times" in refused(store(tmp_path, buffer.getvalue())).what


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "link.keras").symlink_to("nowhere")
    with pytest.raises(UsageError, match="no such file") as caught:
        archive.read(tmp_path / "link.keras")
    assert caught.value.fix == ("check the spelling and the folder",)


def test_pairs_that_do_not_go_together(tmp_path: Path) -> None:
    model, text = store(tmp_path, hdf5(whole)), store(tmp_path, json.dumps(CONFIG).encode(), "m.json")
    with pytest.raises(UsageError, match="swapped"):
        archive.read(model, text)
    with pytest.raises(UsageError, match="not JSON"):
        archive.read(model, model)
    with pytest.raises(UsageError, match="both files are JSON"):
        archive.read(text, text)
    with pytest.raises(ModelError, match="weights are missing"):
        interpret(archive.read(text))


def test_first_answers_in_several_threads() -> None:
    """msgspec crashes where two threads work out one type: here slowly, so that they would."""
    code = """if True:
        import threading, time
        from msgspec import _utils, msgpack
        from gatesmith.importers.keras.containers.sandbox import parse_reply
        annotations = _utils.get_class_annotations
        _utils.get_class_annotations = lambda kind: (time.sleep(0.2), annotations(kind))[1]
        for _ in range(8):
            threading.Thread(target=parse_reply, args=(msgpack.encode({"refusal": ["a", "b", "c"]}),)).start()
            time.sleep(0.01)
    """
    subprocess.run([sys.executable, "-c", code], check=True)
