"""The only room that knows Keras: a file, or a live model, comes in; what it means goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.errors import UsageError
from . import layers as _layers  # noqa: F401  (registers every kind of layer)
from .containers import archive
from .dialect.interpret import interpret
from .dialect.spec import Reading
from .live import save


def read(
    path_or_model: str | Path | Any,
    *,
    weights: str | Path | None = None,
    keras_backend: str | None = None,
    stop_before: str | None = None,
    written_by: str | None = None,
    length: Sequence[str] = (),
    lambdas: Sequence[str] = (),
    custom: str | Path | None = None,
    gates_only: bool = False,
) -> Reading:
    """Read a trained model.

    Args:
        path_or_model: a ``.keras``, HDF5 or JSON file, a SavedModel folder, or a Keras model in memory.
        weights: the file with the weights, where the first holds the architecture only.
        keras_backend: the backend that wrote the file, where it does not say.
        stop_before: name of a layer before which to cut the model.
        length: what the model's inputs leave open: ``"20"`` steps, the whole shape ``"28,28,1"``, or ``"INPUT=20"`` for
            one of several inputs.
        lambdas: what a Lambda layer computes: ``"NAME=x / 127.5 - 1"``.
        custom: the user's own module, whose ``custom_objects`` let Keras load the file. It is executed.
        written_by: the release that wrote the file (``TensorFlow 1.10``, ``Keras 2.2.2``), where it does not say.
        gates_only: whether weights or an architecture alone will do, which is then read as its recurrent layers.

    Raises:
        ModelError: the file is damaged, hostile, or not a Keras model.
        UnsupportedError: the model holds something Gatesmith does not translate.
        UsageError: there is no such file or no such layer.
    """
    if custom is not None and isinstance(path_or_model, (str, Path)):
        if weights or keras_backend or written_by or lambdas:
            raise UsageError(
                "--custom has Keras load the file, which takes no --weights, --keras-backend, --written-by or --lambda",
                fix="leave them out; a Lambda's place is taken by a class of the --custom module",
            )
        return _custom(Path(path_or_model), Path(custom), stop_before=stop_before, length=length)
    if isinstance(path_or_model, (str, Path)):
        content = archive.read(path_or_model, weights)
    else:
        content = save.read(path_or_model)
    return interpret(
        content,
        keras_backend=keras_backend,
        stop_before=stop_before,
        by=written_by,
        length=length,
        lambdas=lambdas,
        gates_only=gates_only,
    )


def _custom(path: Path, module: Path, **options: Any) -> Reading:
    """A file that Keras loaded with the user's module and saved again; its name and hash are those of the original."""
    from .live.custom import load  # which is a program too: nothing may have imported it then

    loaded = load(path, module)
    reading = interpret(replace(archive.read(loaded.path), path=str(path)), **options)
    note = f"loaded by Keras with {module.name}; custom layers are traced"
    source = replace(reading.source, sha256=loaded.sha256, notes=(*reading.source.notes, note))
    return replace(reading, source=source, loaded=loaded)
