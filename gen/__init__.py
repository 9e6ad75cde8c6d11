"""Gatesmith: a trained Keras file goes in, a step function for a named board comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["__version__", "load"]


def load(path_or_model: Any, **options: Any) -> Graph:
    """Read a trained model: a ``.keras``, HDF5 or JSON file, a SavedModel folder, or a Keras model in memory.

    Args:
        path_or_model: the file's path, or the model.
        options: ``weights``, ``keras_backend``, ``stop_before`` as of ``gatesmith.keras.read``.

    Raises:
        GatesmithError: the file is damaged, hostile, or holds something Gatesmith does not translate.
    """
    from .pipeline import graph_of

    return graph_of(path_or_model, **options)
