"""A model in memory, saved by its own Keras, so that it is read like a file."""

from __future__ import annotations

import io
import json
import sys
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....core.errors import GatesmithError, ModelError, UsageError
from ....files.scratch import scratch
from ..containers.archive import METADATA, TUNED, read_data
from ..containers.stored import Archive
from .process import words
from .trace import traced

ADVICE = "gatesmith_advice"
"""Attribute of a model of :func:`gatesmith.train.prepare`: advice on the model to give instead."""


def save(model: Any) -> bytes:
    """The bytes of the model's own file format: ``.keras`` for Keras 3, for tf.keras and Keras 2 HDF5 if that can be.

    Neither Keras nor TensorFlow is imported here: the caller, who has a model, has done so.

    Raises:
        UsageError: not a Keras model.
        ModelError: not built, or its Keras cannot save it.
        UnsupportedError: the code of a custom layer cannot be traced, see :mod:`.trace`.
    """
    modules = {cls.__module__.split(".")[0] for cls in type(model).__mro__ if cls.__name__ == "Model"}
    if not modules & {"keras", "tf_keras", "tensorflow"} or not callable(getattr(model, "save", None)):
        raise UsageError(
            "this object is not a Keras model",
            where=type(model).__name__,
            fix="give a keras.Model, a tf_keras model or a file",
        )
    name = name_of(model)
    if advice := getattr(model, ADVICE, ""):
        raise UsageError("a prepared model is for training: it has no file", where=name, fix=advice)
    if not getattr(model, "built", True):
        raise ModelError("this model has no weights yet", where=name, fix="give it an Input layer, or call it once")
    three = modules == {"keras"} and not str(getattr(sys.modules["keras"], "__version__", "3")).startswith("2.")
    with scratch() as folder, warnings.catch_warnings(action="ignore"):
        try:
            with traced(model, three) as plain:
                logits = bool(getattr(getattr(model, "loss", None), "from_logits", False))
                path = _save_zip(plain, folder) if three else _save_hdf5(plain, folder, logits)
            data, marks = path.read_bytes(), {TUNED: getattr(model, TUNED, ""), "from_logits": logits}
            return marked(data, marks) if path.suffix == ".keras" and any(marks.values()) else data
        except GatesmithError:
            raise
        except Exception as error:
            raise ModelError(
                "this model's own Keras cannot save it",
                where=name,
                why=f"{type(error).__name__}: {words(error)[:300]}",
                fix="Sequential and functional models can be saved; models written as a Python class often cannot",
            ) from None


def _save_zip(model: Any, folder: Path) -> Path:
    path = folder / "model.keras"
    model.save(str(path))
    return path


def _save_hdf5(model: Any, folder: Path, logits: bool) -> Path:
    """Saves a model of tf.keras, and whether its loss takes logits. Not every optimizer can be saved."""
    import h5py

    path = folder / "model.h5"
    try:
        model.save(str(path), include_optimizer=False)
    except NotImplementedError:  # of a vocabulary that adapt() made: only .keras holds it
        return _save_zip(model, folder)
    if logits:
        with h5py.File(path, "r+") as file:
            file.attrs["training_config"] = json.dumps({"from_logits": True})
    return path


def marked(data: bytes, marks: Mapping[str, Any]) -> bytes:
    """A ``.keras`` file whose metadata name the numeric type that its weights were tuned for, and a loss of logits that
    is not in the file; Keras opens it as any other."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as saved, zipfile.ZipFile(result, "w") as copy:
        for member in saved.infolist():
            content = saved.read(member)
            if member.filename == METADATA:
                content = json.dumps(json.loads(content) | marks).encode()
            copy.writestr(member, content)
    return result.getvalue()


def read(model: Any) -> Archive:
    """The content of the file that the model's own Keras saves.

    Raises:
        UsageError, ModelError, UnsupportedError: as :func:`save`.
    """
    return replace(read_data(save(model), name_of(model)), format="live")


def name_of(model: Any) -> str:
    """The model's name in messages."""
    name = getattr(model, "name", None)
    return name if isinstance(name, str) and name else type(model).__name__
