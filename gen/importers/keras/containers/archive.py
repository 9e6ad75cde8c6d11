"""A model file's bytes become an ``Archive`` (``stored.py``): architecture and named arrays, no meaning yet.

The file is untrusted. Its bytes are read once and hashed here; HDF5 and zip are parsed in a separate process
(``sandbox.py``), JSON by a strict parser, and nothing that the file names is imported, opened or run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....core.errors import ModelError, UsageError
from . import json_strict, sandbox, savedmodel
from ._wire import Content, plain, quote
from .files import read_bytes
from .sniff import FileKind, sniff
from .stored import LOGITS, Archive

METADATA, TUNED = "metadata.json", "gatesmith_tuned"
"""The member of a ``.keras`` file, and its entry that names the numeric type for which weights were tuned."""
FROM_CONFIG = "or, of get_config(): in the same Keras, keras.{}.from_config(it).to_json(), and give it with --weights"
Config = Mapping[str, Any]
SAVE_WHOLE = 'save the whole model: model.save("model.keras")'


def read(path: str | Path, weights: str | Path | None = None) -> Archive:
    """Reads a model file: ``.keras``, HDF5, a SavedModel folder, or architecture JSON with a weights file.

    The content decides which of these it is. Arrays keep their stored type, in this machine's byte order; bfloat16
    is widened to float32. The hash covers the file's bytes (of two files, first the architecture's).

    Args:
        path: the model, or the architecture JSON if ``weights`` is given.
        weights: HDF5 weights that belong to an architecture JSON.

    Raises:
        ModelError: not a Keras model, damaged, hostile, or larger than 1 GiB.
        UsageError: a file that does not exist, or two files that do not go together.
    """
    where = str(path)
    if Path(path).is_dir():
        if weights is not None:
            raise UsageError("a SavedModel folder has its weights inside", where=where, fix="leave out --weights")
        return savedmodel.read_folder(Path(path), where)
    data = _bytes_of(path)
    if sniff(data).code == "json":
        return _read_json(data, where, weights)
    if weights is not None and sniff(data).code != "other":
        raise _two_models(weights, where)
    return read_data(data, where)


def _bytes_of(path: str | Path) -> bytes:
    """The bytes of a model file or of its weights.

    Raises:
        ModelError: the path is a file of a checkpoint, or the part that the names of its files begin with.
        UsageError: as :func:`read_bytes`.
    """
    checkpoint = re.sub(r"\.(index|data-\d+-of-\d+)$", "", str(path))
    if Path(f"{checkpoint}.index").is_file() and not (Path(path).is_file() and checkpoint == str(path)):
        raise savedmodel.weights_alone(checkpoint, "file", str(path))
    return read_bytes(path)


def read_data(data: bytes, where: str) -> Archive:
    """The archive of a ``.keras`` or HDF5 file's bytes: a whole model, or weights alone (with no architecture).

    Raises:
        ModelError: as :func:`read`.
    """
    content, kind = _parse(data, where)
    if content.config is None:
        version = content.keras_version or {"params": "0.3", "layers": "1"}.get(content.layout, "3")
        note = () if content.keras_version else ("the file does not say which Keras wrote it; told by its layout",)
        return _archive(content, where, "weights", data, {}, (version, content.backend), *note)
    config = _architecture(json_strict.parse_object(content.config, f"{where}, architecture"), where)
    form = "keras-zip" if kind.code == "zip" else "hdf5"
    archive = _archive(content, where, form, data, config, _versions(content, where))
    tuned = "" if content.metadata is None else json_strict.parse_object(content.metadata, where).get(TUNED)
    return replace(archive, tuned=_word(tuned))


def _archive(
    content: Content, where: str, form: str, data: bytes, config: Config, writer: tuple[str, str], *notes: str
) -> Archive:
    """An archive; ``data`` is hashed, ``writer`` is the Keras version and backend that wrote it."""
    digest = hashlib.sha256(data).hexdigest()
    logits = LOGITS in f"{content.config}{content.training}{content.metadata}"
    return Archive(where, form, digest, config, *writer, content.groups, (*content.notes, *notes), logits=logits)


def _read_json(data: bytes, where: str, weights: str | Path | None) -> Archive:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError("this JSON is not UTF-8 text", where=where, fix="save it again as UTF-8") from None
    value = json_strict.parse(text, where)
    notes: list[str] = []
    if type(value) is str:
        value = json_strict.parse(value, where)
        notes.append("the JSON file holds the architecture as a text inside a text")
    config = _architecture(value, where)
    version, backend = _word(config.get("keras_version")), _word(config.get("backend"))
    if weights is None:
        return _archive(Content("", ()), where, "architecture", data, config, (version, backend), *notes)
    stored = _bytes_of(weights)
    if sniff(stored).code == "json":
        raise UsageError("both files are JSON", where=str(weights), fix="the weights are the HDF5 file")
    content, _ = _parse(stored, str(weights))
    other, its_backend = _versions(content, str(weights))
    if version and other and version != other:
        notes.append(f"architecture written by Keras {version}, weights by Keras {other}")
    writer = (version or other, backend or its_backend)
    return _archive(content, where, "json+hdf5", data + stored, config, writer, *notes)


def _parse(data: bytes, where: str) -> tuple[Content, FileKind]:
    kind = sniff(data)
    if kind.code in ("zip", "hdf5"):
        return sandbox.parse(data, kind.code, where), kind
    what = (
        f"this is not a Keras model: it seems to be {kind.name}" if kind.name else "this file is empty: it has 0 bytes"
    )
    raise ModelError(what, where=where, why=kind.why, fix=kind.fix)


def _two_models(weights: str | Path, where: str) -> UsageError:
    kind = sniff(_bytes_of(weights))
    if kind.code == "json":
        return UsageError("architecture and weights are swapped", where=where, fix="name the JSON file first")
    return UsageError(
        "separate weights go with an architecture in JSON; this file is not JSON",
        where=where,
        fix="leave out --weights, or name the JSON as the model",
    )


def _architecture(value: Any, where: str) -> Config:
    """``value`` if it is an architecture: ``class_name`` and ``config``, in Keras 0.x ``layers`` and ``name``."""
    if type(value) is dict:
        if type(value.get("class_name")) is str and type(value.get("config")) in (dict, list):
            return value
        if type(value.get("layers")) is list and value.get("name") in ("Sequential", "Graph"):
            return value
        if "modelTopology" in value:
            raise ModelError("this is a TensorFlow.js model", where=where, fix="name the Keras model it came from")
        if "nodes" in value and value.get("name") == "Graph":
            return value
    keys = ", ".join(quote(key, 30) for key in list(value)[:6]) if type(value) is dict else ""
    raise ModelError(
        "this JSON is not a Keras architecture",
        where=where,
        why=f"it has {keys}" if keys else "it is not an object with class_name and config",
        fix=(
            SAVE_WHOLE,
            *([FROM_CONFIG.format("Model" if "input_layers" in value else "Sequential")] if '"layers"' in keys else []),
        ),
    )


def _versions(content: Content, where: str) -> tuple[str, str]:
    if content.metadata is None:
        return content.keras_version, content.backend
    metadata = json_strict.parse_object(content.metadata, f"{where}, metadata.json")
    return _word(metadata.get("keras_version")), _word(metadata.get("backend"))


def _word(value: Any) -> str:
    return plain(value, 40) if type(value) is str else ""
