"""The arrays that a layer stores, and which of them are trainable: needed if array names do not determine the layer.

Source: the ``build`` methods of Keras 1.2.2, 2.3.1, tf_keras 2.21 and Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....core.errors import GatesmithError
from .allowed import MODELS
from .config import Writer, table
from .kinds import kind_inside
from .outline import Entry, Outline
from .site import Site
from .weights import Flags
from .wiring import outline


def flags(file_class: str, config: Mapping[str, Any], writer: Writer) -> Flags | None:
    """Whether each array of a layer, and of the layers that it wraps, is trainable, in Keras's order; None if the
    class is unknown."""
    kind = kind_inside(file_class)
    if kind is None:
        return () if file_class == "InputLayer" else None
    if kind.inside is None:
        return kind.trainable(config, writer)
    parts = _joined([flags_inside(item, writer) for item in kind.inside(config)])
    return parts if parts is None or config.get("trainable", True) is not False else (False,) * len(parts)


def entry_flags(entry: Entry, writer: Writer) -> Flags | None:
    """The same for any entry of a model, models included."""
    return _model_flags(entry.model, writer) if entry.model else flags(entry.file_class, entry.config, writer)


def flags_inside(item: Any, writer: Writer) -> Flags | None:
    """The same for a layer or a model inside a wrapper's configuration."""
    name, config = table(item).get("class_name"), table(item).get("config")
    if not isinstance(name, str):
        return None
    if name in MODELS:
        try:
            return _model_flags(outline(item, writer, Site("")), writer)
        except GatesmithError:  # reading that model itself raises it with its place
            return None
    return flags(name, config, writer) if isinstance(config, Mapping) else None


def _model_flags(model: Outline, writer: Writer) -> Flags | None:
    return _joined([entry_flags(entry, writer) for entry in model.entries.values()])


def _joined(parts: Sequence[Flags | None]) -> Flags | None:
    """The flags of several layers, None if one of them is unknown."""
    return None if None in parts else tuple(flag for part in parts for flag in part or ())
