"""The only room that knows Keras: it reads files and live models into the meaning of their layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.errors import UsageError
from ...core.settings import ANYTHING, Settings
from . import layers as _layers  # noqa: F401  (registers every kind of layer)
from .containers import archive
from .dialect.interpret import interpret
from .dialect.spec import Reading
from .live import save


def read(path_or_model: str | Path | Any, settings: Settings = ANYTHING, gates_only: bool = False) -> Reading:
    """Read a trained model.

    Args:
        path_or_model: a ``.keras``, HDF5 or JSON file, a SavedModel folder, or a Keras model in memory.
        settings: options for reading it.
        gates_only: whether weights or an architecture alone are enough; their recurrent layers are then read.

    Raises:
        ModelError: the file is damaged, hostile, or not a Keras model.
        UnsupportedError: the model holds something Gatesmith does not translate.
        UsageError: there is no such file or no such layer.
    """
    if not isinstance(path_or_model, (str, Path)):
        return interpret(save.read(path_or_model), settings, gates_only)
    if settings.custom is not None:
        return _custom(Path(path_or_model), Path(settings.custom), settings)
    return interpret(archive.read(path_or_model, settings.weights), settings, gates_only)


def _custom(path: Path, module: Path, settings: Settings) -> Reading:
    """A file that Keras loaded with the user's module and saved again; its name and hash are those of the original."""
    if settings.weights or settings.keras_backend or settings.written_by or settings.lambdas:
        raise UsageError(
            "--custom has Keras load the file, which takes no --weights, --keras-backend, --written-by or --lambda",
            fix="leave them out; a Lambda's place is taken by a class of the --custom module",
        )
    from .live.custom import load  # a program too, so nothing may have imported it before

    loaded = load(path, module)
    reading = interpret(replace(archive.read(loaded.path), path=str(path)), settings)
    note = f"loaded by Keras with {module.name}; custom layers are traced"
    source = replace(reading.source, sha256=loaded.sha256, notes=(*reading.source.notes, note))
    return replace(reading, source=source, loaded=loaded)
