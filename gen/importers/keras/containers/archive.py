"""A model file's bytes become an ``Archive`` (``dialect/spec.py``): architecture and named arrays, no meaning yet.

The file is untrusted. Its bytes are read once and hashed here; HDF5 and zip are parsed in a process of its own
(``sandbox.py``), JSON by a strict parser, and nothing that the file names is imported, opened or run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....core.errors import ModelError, UsageError
from ..dialect import architecture_alone, weights_alone
from ..dialect.config import writer_of
from ..dialect.site import Site
from ..dialect.spec import Archive, ArrayGroup, StoredArray
from ..live import save as live
from . import json_strict, sandbox, savedmodel
from ._wire import Content, WireGroup, plain, quote
from .files import read_bytes
from .sniff import Kind, sniff

GIVE_JSON = 'write the architecture, open("model.json", "w").write(model.to_json()), and give both: model.json'


def read(path: str | Path, weights: str | Path | None = None, *, gates_only: bool = False) -> Archive:
    """Reads a model file: ``.keras``, HDF5, a SavedModel folder, or architecture JSON with a weights file.

    What it is is decided by its content. Arrays keep their stored type, in this machine's byte order; bfloat16 is
    widened to float32. The hash is over the file's bytes (architecture, then weights, where there are two).

    Args:
        path: the model, or the architecture JSON if ``weights`` is given.
        weights: HDF5 weights that belong to an architecture JSON.
        gates_only: whether weights or an architecture alone will do, which is then read as its recurrent layers.

    Raises:
        ModelError: not a Keras model, damaged, hostile, larger than 1 GiB, or with NaN or infinite weights.
        UsageError: a file that does not exist, or two files that do not go together.
    """
    shown = str(path)
    if Path(path).is_dir():
        if weights is not None:
            raise UsageError("a SavedModel folder has its weights inside", where=shown, fix="leave out --weights")
        return _checked(savedmodel.read_folder(Path(path), shown))
    data = read_bytes(path)
    kind = sniff(data)
    if kind.code == "json":
        return _checked(_read_json(data, shown, weights, gates_only))
    if kind.code == "other":
        raise _unknown(kind, shown)
    if weights is not None:
        raise _two_models(weights, shown)
    return _read_whole(data, kind, shown, gates_only)


def read_live(model: Any) -> Archive:
    """Reads a live ``keras.Model`` or tf_keras model, saved by its own Keras to a temporary file.

    Raises:
        UsageError: not a Keras model.
        ModelError: not built, it cannot be saved, or as :func:`read`.
    """
    data = live.save(model)
    return dataclasses.replace(_read_whole(data, sniff(data), live.name_of(model)), format="live")


def _read_whole(data: bytes, kind: Kind, shown: str, gates_only: bool = False) -> Archive:
    """A file that has architecture and weights."""
    content = _parse(data, kind, shown)
    if content.config is None:
        return _checked(_weights_alone(content, data, shown, gates_only))
    config = _architecture(json_strict.parse_object(content.config, f"{shown}, architecture"), shown)
    version, backend = _versions(content, shown)
    return _checked(
        Archive(
            path=shown,
            format="keras-zip" if kind.code == "zip" else "hdf5",
            sha256=hashlib.sha256(data).hexdigest(),
            config=config,
            keras_version=version,
            backend=backend,
            groups=_groups(content.groups),
            notes=content.notes,
        )
    )


def _weights_alone(content: Content, data: bytes, shown: str, gates_only: bool) -> Archive:
    """The recurrent layers of a file without architecture, where gates are all that is asked for."""
    groups = _groups(content.groups)
    version = content.keras_version or {"params": "0.3", "layers": "1"}.get(content.layout, "3")
    layers = weights_alone.layers_of(groups, version[0] in "01")
    if not gates_only or not layers:
        why = "save_weights() does not store which layers there are"
        look = (f"or see where its gates are: gatesmith inspect --gates {shlex.quote(shown)}",) if layers else ()
        raise ModelError(
            "this file holds weights only: the architecture is missing",
            where=shown,
            why=why if layers else f"{why}, and no array has the shape of a recurrent layer's",
            fix=(f"{GIVE_JSON} --weights {shlex.quote(shown)}", "or " + _SAVE_WHOLE, *look),
        )
    unknown = () if content.keras_version else ("the file does not say which Keras wrote it; told by its layout",)
    return Archive(
        path=shown,
        format="weights",
        sha256=hashlib.sha256(data).hexdigest(),
        config=weights_alone.architecture(layers),
        keras_version=version,
        backend=content.backend,
        groups=weights_alone.own_groups(layers),
        notes=(*content.notes, *unknown, *weights_alone.notes_of(groups, layers)),
    )


def _read_json(data: bytes, shown: str, weights: str | Path | None, gates_only: bool) -> Archive:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError("this JSON is not UTF-8 text", where=shown, fix="save it again as UTF-8") from None
    value = json_strict.parse(text, shown)
    notes: list[str] = []
    if type(value) is str:
        value = json_strict.parse(value, shown)
        notes.append("the JSON file holds the architecture as a text inside a text")
    config = _architecture(value, shown)
    if weights is None:
        return _architecture_alone(config, data, shown, gates_only)
    shown_weights = str(weights)
    stored = read_bytes(weights)
    kind = sniff(stored)
    if kind.code == "other":
        raise _unknown(kind, shown_weights)
    if kind.code == "json":
        raise UsageError("both files are JSON", where=shown_weights, fix="the weights are the HDF5 file")
    content = _parse(stored, kind, shown_weights)
    version, backend = _versions(content, shown_weights)
    own = config.get("keras_version", "")
    if type(own) is str and own and version and own != version:
        notes.append(f"architecture written by Keras {plain(own, 40)}, weights by Keras {version}")
    return Archive(
        path=shown,
        format="json+hdf5",
        sha256=hashlib.sha256(data + stored).hexdigest(),
        config=config,
        keras_version=plain(own, 40) if type(own) is str and own else version,
        backend=_word(config.get("backend")) or backend,
        groups=_groups(content.groups),
        notes=(*notes, *content.notes),
    )


def _architecture_alone(config: Mapping[str, Any], data: bytes, shown: str, gates_only: bool) -> Archive:
    """The recurrent layers of an architecture without weights, where gates are all that is asked for."""
    version, backend = _word(config.get("keras_version")), _word(config.get("backend"))
    writer, _ = writer_of(config, version, backend)
    layers = architecture_alone.layers_of(config, writer, Site(shown)) if gates_only else []
    if not layers:
        raise ModelError(
            "this JSON file holds the architecture only: the weights are missing",
            where=shown,
            why="it has no recurrent layer, whose gates could be shown without" if gates_only else "",
            fix=("give the weights file too, which model.save_weights() wrote: --weights W.h5", "or " + _SAVE_WHOLE),
        )
    return Archive(
        path=shown,
        format="architecture",
        sha256=hashlib.sha256(data).hexdigest(),
        config=weights_alone.architecture(layers),
        keras_version=version
        or {"Keras 0": "0.3", "tf.keras 2": "2.4.0"}.get(writer.generation, writer.generation[-1]),
        backend=backend,
        groups=weights_alone.own_groups(layers),
        notes=(architecture_alone.NOTE,),
    )


_SAVE_WHOLE = 'save the whole model: model.save("model.keras")'


def _parse(data: bytes, kind: Kind, shown: str) -> Content:
    return sandbox.parse(data, "zip" if kind.code == "zip" else "hdf5", shown)


def _two_models(weights: str | Path, shown: str) -> UsageError:
    kind = sniff(read_bytes(weights))
    if kind.code == "json":
        return UsageError("architecture and weights are swapped", where=shown, fix="name the JSON file first")
    return UsageError(
        "separate weights go with an architecture in JSON; this file is not JSON",
        where=shown,
        fix="leave out --weights, or name the JSON as the model",
    )


def _unknown(kind: Kind, shown: str) -> ModelError:
    if not kind.what:
        return ModelError("this file is empty: it has 0 bytes", where=shown, fix=kind.fix)
    return ModelError(f"this is not a Keras model: it seems to be {kind.what}", where=shown, why=kind.why, fix=kind.fix)


def _architecture(value: Any, shown: str) -> Mapping[str, Any]:
    """``value`` if it is an architecture: ``class_name`` and ``config``, in Keras 0.x ``layers`` and ``name``."""
    if type(value) is dict:
        if type(value.get("class_name")) is str and type(value.get("config")) in (dict, list):
            return value
        if type(value.get("layers")) is list and value.get("name") in ("Sequential", "Graph"):
            return value
        if "modelTopology" in value:
            raise ModelError("this is a TensorFlow.js model", where=shown, fix="name the Keras model it came from")
        if "nodes" in value and value.get("name") == "Graph":
            return value
    keys = ", ".join(quote(key, 30) for key in list(value)[:6]) if type(value) is dict else ""
    raise ModelError(
        "this JSON is not a Keras architecture",
        where=shown,
        why=f"it has {keys}" if keys else "it is not an object with class_name and config",
        fix=_SAVE_WHOLE,
    )


def _versions(content: Content, shown: str) -> tuple[str, str]:
    if content.metadata is None:
        return content.keras_version, content.backend
    metadata = json_strict.parse_object(content.metadata, f"{shown}, metadata.json")
    return _word(metadata.get("keras_version")), _word(metadata.get("backend"))


def _word(value: Any) -> str:
    return plain(value, 40) if type(value) is str else ""


def _groups(groups: Sequence[WireGroup]) -> tuple[ArrayGroup, ...]:
    return tuple(
        ArrayGroup(group.name, tuple(StoredArray(a.name, a.path, a.data, i) for i, a in enumerate(group.arrays)))
        for group in groups
    )


def _checked(archive: Archive) -> Archive:
    """The archive, if every weight in it is a number."""
    for group in archive.groups:
        for array in group.arrays:
            if array.data.dtype.kind == "f" and not np.isfinite(array.data).all():
                bad = int(array.data.size - np.count_nonzero(np.isfinite(array.data)))
                place = f"layer {quote(group.name)}, " if group.name else ""
                raise ModelError(
                    f"{bad} of {array.data.size} values are NaN or infinite: the model cannot compute anything",
                    where=f"{archive.path}, {place}array {quote(array.name)}",
                    why="training usually diverged; one such value spreads through every recurrent state",
                    fix="take a checkpoint from before it diverged, or train again with a smaller learning rate",
                )
    return archive
