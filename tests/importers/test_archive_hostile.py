"""Files that are damaged or made to do harm: each is refused in a sentence, quickly, with nothing touched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archive_files import CONFIG, KERNEL, hdf5, keras_zip, refused, store, variables, whole
from h5py import h5d, h5p, h5s, h5t

from gatesmith.core.errors import ModelError

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


def test_number_of_layers_that_cannot_be(tmp_path: Path) -> None:
    config = store(tmp_path, json.dumps(CONFIG).encode(), "m.json")
    for number in (1 << 40, -1):
        weights = store(tmp_path, hdf5(lambda f, n=number: f.attrs.__setitem__("nb_layers", n)), "w.h5")
        assert "nb_layers" in refused(config, weights).what
