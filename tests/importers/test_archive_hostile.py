"""Files that are damaged or made to do harm: each is refused in a sentence, quickly, with nothing touched. JSON,
zips and other files that are no good model are called by their name."""

import contextlib
import io
import json
import os
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archive_files import CONFIG, KERNEL, hdf5, keras_zip, refused, store, variables, weights_h5, whole
from h5py import h5d, h5p, h5s, h5t

from gatesmith.core.errors import ModelError
from gatesmith.importers.keras.containers import archive, json_strict

KERNEL_PATH = "model_weights/dense/dense/kernel:0"


def edited(tmp_path: Path, edit: Callable[[h5py.File], object]) -> ModelError:
    """The refusal of a good model in which ``edit`` changed something."""

    def fill(file: h5py.File) -> None:
        whole(file)
        edit(file)

    return refused(store(tmp_path, hdf5(fill), "edited.h5"))


# -- HDF5 that reaches out of itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "words"),
    [(h5py.ExternalLink("/etc/passwd", "/x"), "link to another file"), (h5py.SoftLink("/elsewhere"), "soft link")],
)
@pytest.mark.parametrize("place", ["model_weights", "model_weights/dense", "model_weights/dense/dense", KERNEL_PATH])
def test_links_are_not_followed(tmp_path: Path, link: Any, words: str, place: str) -> None:
    def edit(file: h5py.File) -> None:
        file.move(place, "elsewhere")
        file[place] = link

    assert words in edited(tmp_path, edit).what


@pytest.mark.parametrize(
    ("second", "link", "words"),
    [
        ("vars/1", lambda _: h5py.ExternalLink("/etc/passwd", "/x"), "link to another file"),
        ("again", lambda file: file["layers"], "two names"),  # a circle
    ],
)
def test_links_in_a_keras_zip(tmp_path: Path, second: str, link: Callable[[h5py.File], Any], words: str) -> None:
    def fill(file: h5py.File) -> None:
        variables(file, {"layers/dense": {"0": KERNEL}})
        file[f"layers/dense/{second}"] = link(file)

    assert words in refused(store(tmp_path, keras_zip(weights=hdf5(fill)))).what


def test_virtual_dataset(tmp_path: Path) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(hdf5(lambda f: f.create_dataset("x", data=KERNEL)))

    def edit(file: h5py.File) -> None:
        del file[KERNEL_PATH]
        layout = h5py.VirtualLayout((3, 2), "f4")
        layout[...] = h5py.VirtualSource(str(other), "x", (3, 2))
        file.create_virtual_dataset(KERNEL_PATH, layout)

    assert "other arrays or files" in edited(tmp_path, edit).what


@pytest.mark.usefixtures("apart")
def test_groups_without_end(tmp_path: Path) -> None:
    deep = hdf5(lambda f: f.create_group("layers/" + "/".join("a" * 300)))
    assert "groups deep" in refused(store(tmp_path, keras_zip(weights=deep))).what


# -- arrays that are not what they say ---------------------------------------------------------------------------------


def declare(file: h5py.File, shape: tuple[int, ...], chunk: tuple[int, ...] | None = None) -> None:
    """A dataset that has a shape and no values."""
    del file[KERNEL_PATH]
    plist = h5p.create(h5p.DATASET_CREATE)
    if chunk:
        plist.set_chunk(chunk)
        plist.set_deflate(9)
    group = file["model_weights/dense/dense"]
    h5d.create(group.id, b"kernel:0", h5t.IEEE_F32LE, h5s.create_simple(shape), plist)


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("chunk", [None, (1 << 10, 1 << 10)])
def test_shape_bomb(tmp_path: Path, chunk: tuple[int, ...] | None) -> None:
    error = edited(tmp_path, lambda f: declare(f, (1 << 25, 1 << 25), chunk))
    assert "4,503,599,627,370,496 bytes" in error.what
    assert '"dense/kernel:0"' in error.what


@pytest.mark.usefixtures("apart")
def test_compression_bomb(tmp_path: Path) -> None:
    zeros = np.zeros((1 << 25,), np.float32)
    data = hdf5(lambda f: whole(f, {"dense": {"k": zeros}}, compression="gzip", compression_opts=9))
    assert len(data) < 1 << 20
    assert "134,217,728 bytes" in refused(store(tmp_path, data)).what


@pytest.mark.parametrize("chunk", [None, (2, 2)])
def test_values_that_were_never_written_are_not_zeros(tmp_path: Path, chunk: tuple[int, ...] | None) -> None:
    assert "values are not in the file" in edited(tmp_path, lambda f: declare(f, (3, 2), chunk)).what


def in_place(**dataset: Any) -> Callable[[h5py.File], None]:
    """Another array where the kernel is."""

    def edit(file: h5py.File) -> None:
        del file[KERNEL_PATH]
        file.create_dataset(KERNEL_PATH, **dataset)

    return edit


NUMBERS = {"shape": (3, 2), "dtype": "f4"}


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ({**NUMBERS, "chunks": (1 << 14, 1 << 14), "maxshape": (None, None)}, "blocks larger"),
        ({**NUMBERS, "external": [("/etc/hostname", 0, 24)]}, '"dense/kernel:0" keeps its values in another file'),
        ({"data": KERNEL, "compression": "lzf"}, "lzf"),
        *(
            ({"data": values}, '"dense/kernel:0"')
            for values in (
                *(np.zeros(3, "c8"), np.array([b"ab"]), np.zeros(2, [("a", "f4")])),
                *(np.zeros(2, "V4"), h5py.Empty("f4")),
            )
        ),
    ],
    ids=str,
)
def test_arrays_that_are_none(tmp_path: Path, dataset: dict[str, Any], words: str) -> None:
    """One huge block behind a small shape, storage elsewhere, a filter that nobody has, and what is no number."""
    assert words in edited(tmp_path, in_place(**dataset)).what


def test_listed_but_absent(tmp_path: Path) -> None:
    error = edited(tmp_path, lambda file: file.__delitem__(KERNEL_PATH))
    assert error.what == 'layer "dense", array "dense/kernel:0" is listed in the file, but it is not there'
    assert 'layer "dense" is listed' in edited(tmp_path, lambda file: file.__delitem__("model_weights/dense")).what


# -- attributes and names ----------------------------------------------------------------------------------------------


def test_attributes_of_the_wrong_kind(tmp_path: Path) -> None:
    def set_to(key: str, value: Any) -> Callable[[h5py.File], None]:
        return lambda file: file["model_weights"].attrs.__setitem__(key, value)

    assert "is not text" in edited(tmp_path, set_to("layer_names", [1, 2])).what
    assert "twice" in edited(tmp_path, set_to("layer_names", [b"dense", b"dense"])).what
    assert "UTF-8" in edited(tmp_path, set_to("layer_names", [b"\xff\xfe"])).what
    assert "usable name" in edited(tmp_path, set_to("layer_names", [b"."])).what
    assert "one text" in edited(tmp_path, lambda f: f.attrs.__setitem__("model_config", [b"{}", b"{}"])).what


def test_names_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    name = 'x\x1b[2J"\u202e\n' + "y" * 500
    error = edited(tmp_path, lambda f: f["model_weights"].attrs.__setitem__("layer_names", [name.encode()]))
    assert "\\x1b[2J" in error.what
    assert "\\u202e" in error.what


# -- JSON --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"class_name": "Sequential", "config": {"a": NaN}}', "NaN"),
        ('{"class_name": "Sequential", "config": {"a": -Infinity}}', "finite: -1e9"),
        ('{"class_name": "Sequential", "config": {"a": 1e999}}', "too large"),
        ('{"class_name": "Sequential", "config": {"a": ' + "9" * 5000 + "}}", "too large"),
        ('{"class_name": "Sequential", "config": {}, "config": {}}', "twice"),
        ('{"class_name": "Sequential", "config": {"a": "\\ud800"}}', "half a character"),
        ('{"class_name": "Sequential", "config": {"\\uDFFF": 1}}', "half a character"),
        ("[" * 100_000, "nested"),
        ('{"class_name": "Sequential", "config": ' + "[" * 300 + "]" * 300 + "}", "nested 301 deep"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "nested"),
        ('{"class_name": "Sequential", "config"', "cannot be read"),
        ('{"class_name": "Sequential", "config": [' + "0," * 3_000_001 + "0]}", "more values"),
        ('{"class_name": 3, "config": {}}', "not a Keras architecture"),
        ('{"class_name": "Sequential"}', "not a Keras architecture"),
        ('{"modelTopology": {}}', "TensorFlow.js"),
        ("[1, 2]", "not a Keras architecture"),
    ],
)
def test_json(tmp_path: Path, text: str, words: str) -> None:
    weights = store(tmp_path, weights_h5(), "w.h5")
    assert words in str(refused(store(tmp_path, text.encode(), "m.json"), weights))


def test_json_strings_may_hold_brackets_and_escapes() -> None:
    text = json.dumps({"a": "[" * 500 + '\\"{', "b": "\U0001f600", "c": "\\ud800"})
    assert json_strict.parse(text, "here")["c"] == "\\ud800"


@pytest.mark.parametrize("text", ['"' + '\\"' * 2_000_000, '"' * 2_000_000, "[" + "{}," * 300_000 + "1]"])
def test_json_takes_time_in_proportion_to_its_length(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ModelError):
        json_strict.parse(text, "here")
    assert time.process_time() - started < 10


def test_architecture_inside_the_file_is_held_to_the_same_rules(tmp_path: Path) -> None:
    text = '{"class_name": "Sequential", "config": {"a": NaN}}'
    assert "NaN" in refused(store(tmp_path, hdf5(lambda f: whole(f, config=text)))).what
    assert "NaN" in refused(store(tmp_path, keras_zip(config=text.encode()))).what
    assert "cannot be read" in refused(store(tmp_path, hdf5(lambda f: whole(f, config='{"class')))).what


# -- zip ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "..\\x", "C:\\x", "C:/x"])
def test_zip_names_that_lead_out(tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(store(tmp_path, keras_zip(extra=((name, b"x"),)))).what
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.bin"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "metadata.json", "assets/a/vocabulary.txt"])
def test_zip_members_twice(tmp_path: Path, name: str) -> None:
    assert re.search(f'"{name}" [23] times', refused(store(tmp_path, keras_zip(extra=((name, b"{}"),) * 2))).what)


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("member", ["config", "weights"])
def test_zip_bomb(tmp_path: Path, member: str) -> None:
    bomb: dict[str, Any] = {member: b" " * (100 << 20)}
    data = keras_zip(**bomb, compression=zipfile.ZIP_DEFLATED)
    assert len(data) < 1 << 20
    assert "104,857,600 bytes" in refused(store(tmp_path, data)).what


@pytest.mark.usefixtures("apart")
def test_zip_that_lies_about_the_size(tmp_path: Path) -> None:
    data = bytearray(keras_zip(config=b" " * (100 << 20), compression=zipfile.ZIP_DEFLATED))
    real, small = struct.pack("<I", 100 << 20), struct.pack("<I", 1000)
    assert data.count(real) == 2
    assert "damaged" in refused(store(tmp_path, bytes(data.replace(real, small)))).what


def test_zip_members_that_overlap(tmp_path: Path) -> None:
    data = bytearray(keras_zip(extra=(("assets/a", b"x" * 50),)))
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo("config.json")
    at = data.rindex(b"assets/a") - 46 + 42
    data[at : at + 4] = struct.pack("<I", info.header_offset + 10)
    error = refused(store(tmp_path, bytes(data)))
    assert "overlap" in error.what or "damaged" in error.what


def test_zip_encrypted_or_oddly_packed(tmp_path: Path) -> None:
    data = bytearray(keras_zip())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(b"config.json", data.index(signature)) - (30 if signature[2] == 3 else 46)
        data[at + offset] |= 1
    assert "encrypted" in refused(store(tmp_path, bytes(data))).what
    assert "packed" in refused(store(tmp_path, keras_zip(compression=zipfile.ZIP_LZMA))).what


# -- other files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 bytes"),
        (b"hello, I am a model\n", "plain text"),
        (b"\x80\x04\x95\x10\x00\x00\x00", "pickle"),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
        (b"\x1c\x00\x00\x00TFL3\x14\x00\x20\x00", "TensorFlow Lite"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0", "ONNX"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"backend: tensorflow\nclass_name: Sequential\n", "YAML"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x0a\x36\x0a\x01x\x12\x0bPlaceholder*", "graph of TensorFlow"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (struct.pack("<Q", 20) + b'{"w":{"dtype":"F32"}}  ', "safetensors"),
        (bytes(range(256)) * 3, "no file that Gatesmith knows"),
    ],
)
def test_what_is_no_model_is_called_by_its_name(tmp_path: Path, data: bytes, words: str) -> None:
    error = refused(store(tmp_path, data, "model.h5"))
    assert words in error.what
    assert error.fix


def test_an_indented_architecture_is_no_safetensors_file(tmp_path: Path) -> None:
    """Eight bytes and a brace begin both; those of a length end in a zero."""
    data = b" " * 8 + b'{"class_name": "Sequential", "config": {"name": "m", "layers": []}}'
    assert "safetensors" not in refused(store(tmp_path, data, "m.json")).what


ONNX = b"\x08\x08\x12\x04mine\x3a\x06\x0a\x04\x0a\x02ab\x42\x04\x0a\x00\x10\x11"
"""A version, a producer of no known name, a graph of one node, the operators' version."""


def test_gates_of_other_frameworks_are_offered_by_content(tmp_path: Path) -> None:
    torch = io.BytesIO()
    with zipfile.ZipFile(torch, "w") as zipped:
        zipped.writestr("archive/data.pkl", b"x")
    for data in (ONNX, b"\x1c\x00\x00\x00TFL3\x14\x00\x20\x00", torch.getvalue()):
        error = refused(store(tmp_path, data, "m.keras"))
        assert "gatesmith layouts" in error.fix[-1], error.what
    for data in (ONNX[:-1], ONNX + b"\xff", ONNX.replace(b"\x3a\x06", b"\x3a\x7f")):
        assert "ONNX" not in refused(store(tmp_path, data, "m.onnx")).what


def test_zips_that_are_no_model(tmp_path: Path) -> None:
    def zipped(*names: str) -> Path:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive_:
            for name in names:
                archive_.writestr(name, b"x")
        return store(tmp_path, buffer.getvalue())

    assert "PyTorch" in refused(zipped("archive/data.pkl", "archive/data/0")).what
    assert ".npz" in refused(zipped("a.npy", "b.npy")).what
    assert "SavedModel" in refused(zipped("m/saved_model.pb")).what
    assert '"model.h5"' in refused(zipped("model.h5")).what
    assert "without config.json" in refused(zipped("model.weights.h5", "metadata.json")).what
    assert "no weights" in refused(zipped("config.json", "metadata.json")).what
    assert "Keras did not write" in refused(zipped("readme.txt")).what


def test_hdf5_that_is_no_model(tmp_path: Path) -> None:
    assert "not one that Keras wrote" in refused(store(tmp_path, hdf5(lambda f: f.create_group("table")))).what
    only = hdf5(lambda f: f.attrs.__setitem__("model_config", json.dumps(CONFIG)))
    assert "no weights" in refused(store(tmp_path, only)).what
    assert "weights only" in refused(store(tmp_path, weights_h5())).what


def test_folders_and_pipes(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        archive.read(tmp_path)
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelError, match="regular file"):
        archive.read(tmp_path / "pipe")
