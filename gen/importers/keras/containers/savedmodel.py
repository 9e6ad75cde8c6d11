"""SavedModel folders of tf.keras: their files are read here, and parsed in the reader process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....core.errors import GatesmithError, ModelError
from . import json_strict, sandbox
from ._wire import MAX_FILE_BYTES, MIB, SAVE_AGAIN, pack_files, plain
from .files import read_bytes
from .stored import LOGITS, Archive, ArrayGroup
from .values import SAME, rebuilt

MAX_GRAPH_BYTES = 256 * MIB
MAX_SHARDS = 100
SAVED = "saved_model.pb"


def read_folder(folder: Path, where: str) -> Archive:
    """Reads a SavedModel folder. The groups are those that tf.keras would write to HDF5: by layer, trainable first.

    The hash covers the names and bytes of the files that were read, in the order of their names.

    Args:
        folder: the folder that holds ``saved_model.pb``.
        where: the folder as the user named it, for messages.

    Raises:
        ModelError: no SavedModel, not by Keras, or damaged.
    """
    if not (folder / SAVED).is_file():
        raise _no_model(folder, where)
    if (folder / "variables").is_symlink():
        raise ModelError("the variables folder is a symbolic link", where=where, fix="copy the whole model")
    try:
        return _read(_files(folder), where)
    except GatesmithError as error:
        if not error.where:
            error.where = where
            error.fix = error.fix or (SAVE_AGAIN,)
        raise


def _no_model(folder: Path, where: str) -> ModelError:
    if (folder / "model.weights.h5").is_file() and (folder / "config.json").is_file():
        fix = "zip its files into one .keras file, or name config.json and model.weights.h5"
        return ModelError("this folder is an unpacked .keras file", where=where, fix=fix)
    if checkpoints := sorted(str(path.with_suffix("")) for path in folder.glob("*.index")):
        return weights_alone(checkpoints[-1], "folder", where)
    kinds = (".keras", ".h5", ".hdf5")
    models = sorted(str(path) for path in folder.iterdir() if path.suffix in kinds or (path / SAVED).is_file())
    fix = "name a model file, or a SavedModel folder (it holds saved_model.pb)"
    if models:
        fix = f"name the model in it: {' or '.join(models[:5])}"
    return ModelError("this folder holds no model: there is no saved_model.pb in it", where=where, fix=fix)


def weights_alone(checkpoint: str, kind: str, where: str) -> ModelError:
    """The error for a checkpoint of TensorFlow.

    Args:
        checkpoint: the part that its files' names begin with.
        kind: what the user named.
    """
    return ModelError(
        f"this {kind} is a checkpoint of TensorFlow: weights without an architecture",
        where=where,
        fix=(
            "build the model in tf.keras (in tf_keras, from TensorFlow 2.16 on),"
            f" model.load_weights({checkpoint!r}), model.save('model.keras')",
            f"or, if tf.train.Checkpoint wrote it, tf.train.Checkpoint(model=model).restore({checkpoint!r}), and save",
        ),
    )


def _files(folder: Path) -> dict[str, bytes]:
    """The files to read, by name inside the folder."""
    names = ["saved_model.pb", "variables/variables.index"]
    if (folder / "keras_metadata.pb").exists():
        names.append("keras_metadata.pb")
    for count in range(1, MAX_SHARDS + 1):
        if (folder / f"variables/variables.data-00000-of-{count:05}").exists():
            names += [f"variables/variables.data-{i:05}-of-{count:05}" for i in range(count)]
            break
    files: dict[str, bytes] = {}
    bytes_left = MAX_FILE_BYTES
    for name in names:
        if not (folder / name).is_file():
            raise ModelError(f"this SavedModel is incomplete: {name} is missing", fix="copy the whole folder")
    for name in sorted(names):
        limit = bytes_left if name.startswith("variables/variables.data") else min(bytes_left, MAX_GRAPH_BYTES)
        files[name] = read_bytes(folder / name, limit=limit, follow=False)
        bytes_left -= len(files[name])
    return files


def _read(files: Mapping[str, bytes], where: str) -> Archive:
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    content = sandbox.parse(pack_files(files), "savedmodel", where)
    root = json_strict.parse_object(content.config or "", f"{where}, description of the model")
    config = root.get("model_config", root)
    if type(config) is not dict or type(config.get("class_name")) is not str or not config.get("config"):
        raise ModelError(
            "this SavedModel has no Keras architecture: its description names no layers",
            why="models written as a Python class keep the TensorFlow graph alone",
            fix='save the model itself: model.save("model.keras")',
        )
    groups: list[ArrayGroup] = []
    for number, group in enumerate(content.groups):
        layer = json_strict.parse_object(group.name, f"{where}, description of layer {number}").get("name")
        if type(layer) is not str:
            raise ModelError(f"this SavedModel is damaged: its layer {number} has no name")
        groups.append(replace(group, name=layer))
    written_by, backend = (root.get(key) or config.get(key) for key in ("keras_version", "backend"))
    return Archive(
        path=where,
        format="savedmodel",
        sha256=digest.hexdigest(),
        config=rebuilt({"class_name": config["class_name"], "config": config["config"]}, _as_list),
        keras_version=plain(written_by, 40) if type(written_by) is str else "",
        backend=plain(backend, 40) if type(backend) is str else "tensorflow",
        groups=tuple(groups),
        logits=LOGITS in (content.config or ""),
    )


def _as_list(value: Any) -> Any:
    """TensorFlow's wrapper of a tuple or a shape as the list that an HDF5 file would have; SAME for other values."""
    wraps = isinstance(value, dict) and value.get("class_name") in ("__tuple__", "TensorShape")
    return rebuilt(value["items"], _as_list) if wraps and type(value.get("items")) is list else SAME
