"""The only room that knows Keras: a file, or a live model, comes in; what it means goes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import layers as _layers  # noqa: F401  (registers every kind of layer)
from .spec import Reading


def read(
    path_or_model: str | Path | Any,
    *,
    weights: str | Path | None = None,
    keras_backend: str | None = None,
    stop_before: str | None = None,
    written_by: str | None = None,
    length: Sequence[str] = (),
    lambdas: Sequence[str] = (),
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
        written_by: the release that wrote the file (``TensorFlow 1.10``, ``Keras 2.2.2``), where it does not say.
        gates_only: whether a file of weights alone will do, which is then read as its recurrent layers.

    Raises:
        ModelError: the file is damaged, hostile, or not a Keras model.
        UnsupportedError: the model holds something Gatesmith does not translate.
        UsageError: there is no such file or no such layer.
    """
    from . import archive, dialect

    if isinstance(path_or_model, (str, Path)):
        content = archive.read(path_or_model, weights, gates_only=gates_only)
    else:
        content = archive.read_live(path_or_model)
    return dialect.interpret(
        content, keras_backend=keras_backend, stop_before=stop_before, by=written_by, length=length, lambdas=lambdas
    )
