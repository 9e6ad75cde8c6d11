"""Small model files for the tests of the archive, written with h5py and zipfile: no Keras needed."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gatesmith.core.errors import ModelError
from gatesmith.importers.keras.containers import archive
from gatesmith.importers.keras.dialect.alone import completed

CONFIG: dict[str, Any] = {
    "class_name": "Sequential",
    "config": {"name": "net", "layers": [{"class_name": "Dense", "config": {"name": "dense", "units": 2}}]},
}
KERNEL = np.arange(6, dtype=np.float32).reshape(3, 2)
BIAS = np.array([0.5, -0.5], np.float32)

Layers = Mapping[str, Mapping[str, Any]]
DENSE: Layers = {"dense": {"dense/kernel:0": KERNEL, "dense/bias:0": BIAS}}


def hdf5(fill: Callable[[h5py.File], object], **options: Any) -> bytes:
    """An HDF5 file's bytes, filled by ``fill``."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        fill(file)
    return buffer.getvalue()


def put_layers(base: h5py.Group, layers: Layers, **dataset_options: Any) -> None:
    """Layers as Keras 1 and 2 store them."""
    base.attrs["layer_names"] = [name.encode() for name in layers]
    for layer, arrays in layers.items():
        group = base.create_group(layer)
        group.attrs["weight_names"] = [name.encode() for name in arrays]
        for name, values in arrays.items():
            group.create_dataset(name, data=values, **dataset_options)


def whole(file: h5py.File, layers: Layers = DENSE, config: str | None = None, **dataset_options: Any) -> h5py.Group:
    """A model file of tf.keras 2; returns the group of the weights."""
    file.attrs["model_config"] = json.dumps(CONFIG) if config is None else config
    file.attrs["keras_version"] = "2.15.0"
    file.attrs["backend"] = "tensorflow"
    base = file.create_group("model_weights")
    put_layers(base, layers, **dataset_options)
    return base


def variables(file: h5py.File, arrays: Mapping[str, Mapping[str, Any]]) -> None:
    """Object paths as Keras 3 stores them."""
    for owner, members in arrays.items():
        group = file.create_group(f"{owner}/vars" if owner else "vars")
        for name, values in members.items():
            group.create_dataset(name, data=values)


def on_windows(weights: bytes) -> bytes:
    """Object paths as Keras 2.12 to 2.15 names them on Windows: one group ``layers\\lstm\\cell``, ``vars`` in it."""

    def fill(file: h5py.File) -> None:
        with h5py.File(io.BytesIO(weights), "r") as other:

            def put(path: str, item: Any) -> None:
                owner, _, last = path.rpartition("/")
                if last == "vars":
                    group = file.create_group(owner.replace("/", "\\")) if owner else file
                    other.copy(item, group, "vars")

            other.visititems(put)

    return hdf5(fill)


def weights_h5() -> bytes:
    """``model.weights.h5`` of the small dense model."""
    return hdf5(lambda f: variables(f, {"": {}, "layers/dense": {"0": KERNEL, "1": BIAS}}))


def keras_zip(
    *,
    config: bytes | None = None,
    weights: bytes | None = None,
    extra: tuple[tuple[str, bytes], ...] = (),
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """A ``.keras`` file's bytes, without the time of day."""
    buffer = io.BytesIO()
    members: list[tuple[str, str | bytes]] = [
        ("metadata.json", json.dumps({"keras_version": "3.15.1"})),
        ("config.json", json.dumps(CONFIG) if config is None else config),
        ("model.weights.h5", weights_h5() if weights is None else weights),
    ]
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, data in (*members, *extra):
            zipped.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


@contextmanager
def edited(source: Path, place: Path) -> Iterator[dict[str, Any]]:
    """The parts of a ``.keras`` file by their names, JSON as its values, to be changed and written to a place."""
    with zipfile.ZipFile(source) as file:
        members = {name: file.read(name) for name in file.namelist()}
    parts = {name: json.loads(data) if name.endswith(".json") else data for name, data in members.items()}
    yield parts
    with zipfile.ZipFile(place, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part if isinstance(part, bytes) else json.dumps(part))


def store(folder: Path, data: bytes, name: str = "model.bin") -> Path:
    """``data`` as a file in ``folder``."""
    path = folder / name
    path.write_bytes(data)
    return path


def refused(path: Path, weights: Path | None = None) -> ModelError:
    """The refusal. It names the file, is one line, printable, and comes at once."""
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        completed(archive.read(path, weights), gates_only=False)
    assert time.perf_counter() - started < 60  # no bomb was unpacked
    error = caught.value
    assert path.name in error.where or (weights and weights.name in error.where)
    for text in (error.what, error.where, error.why, *error.fix):
        assert text.isprintable(), text
        assert "Traceback" not in text
        assert len(text) < 600
    return error
