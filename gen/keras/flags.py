"""How many arrays a layer stores, and which of them are trainable: needed where array names do not tell the layer.

Source: the ``build`` methods of Keras 1.2.2, 2.3.1, tf_keras 2.21 and Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import GatesmithError
from .activations import CLASSES as ACTIVATION_CLASSES
from .allowed import ALIASES, MERGE_CLASSES, MODELS, WRAPPERS
from .config import Writer
from .outline import Entry, Outline
from .site import Site
from .wiring import outline

SHAPES = ("Masking", "Flatten", "Reshape", "Permute", "RepeatVector", "Rescaling")


def flags(file_class: str, config: Mapping[str, Any], writer: Writer) -> tuple[bool, ...] | None:
    """For each array a plain or recurrent layer stores, in Keras's order: is it trainable? None: not a known class."""
    name = ALIASES.get(file_class, file_class)
    trainable = config.get("trainable", True) is not False

    def on(key: str, older: str = "") -> bool:
        return bool(config.get(key, config.get(older, True)))

    if name in ("LSTM", "GRU") and writer.generation in ("Keras 0", "Keras 1") and config.get("consume_less") != "gpu":
        return (trainable,) * (12 if name == "LSTM" else 9)
    count = {
        "Dense": 1 + on("use_bias", "bias"),
        "Embedding": 1,
        "PReLU": 1,
        "LayerNormalization": on("scale") + on("center"),
        "LSTM": 2 + on("use_bias"),
        "GRU": 2 + on("use_bias"),
        "SimpleRNN": 2 + on("use_bias"),
    }.get(name)
    if count is not None:
        return (trainable,) * count
    if name == "BatchNormalization":
        return (trainable,) * (on("scale") + on("center")) + (False, False)
    if name == "Normalization":
        return () if config.get("mean") is not None else (False, False, False)
    simple = name in ACTIVATION_CLASSES or name in MERGE_CLASSES or name in ALIASES.values()
    return () if simple or name in ("InputLayer", "Merge", "Identity", "Activation", *SHAPES) else None


def entry_flags(entry: Entry, writer: Writer) -> tuple[bool, ...] | None:
    """The same for any entry of a model, wrappers and models included."""
    if entry.model is not None:
        return _model_flags(entry.model, writer)
    if entry.file_class not in WRAPPERS:
        return flags(entry.file_class, entry.config, writer)
    parts = [_inner_flags(item, writer) for item in _inner(entry)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    trainable = entry.config.get("trainable", True) is not False
    found = tuple(flag and trainable for part in known for flag in part)
    return found * 2 if entry.file_class == "Bidirectional" else found


def _inner(entry: Entry) -> Sequence[Any]:
    """What a wrapper wraps: a layer, a cell, or the cells of a stack."""
    inner = entry.config.get("cell" if entry.file_class == "RNN" else "layer")
    if isinstance(inner, Mapping) and inner.get("class_name") == "StackedRNNCells":
        config = inner.get("config")
        inner = config.get("cells") if isinstance(config, Mapping) else None
    return inner if isinstance(inner, list) else [inner]


def _inner_flags(item: Any, writer: Writer) -> tuple[bool, ...] | None:
    config = item.get("config") if isinstance(item, Mapping) else None
    name = item.get("class_name") if isinstance(item, Mapping) else None
    if not isinstance(name, str):
        return None
    if name in MODELS:
        try:
            return _model_flags(outline(item, writer, Site("")), writer)
        except GatesmithError:  # whoever reads the model itself says so in its place
            return None
    if not isinstance(config, Mapping):
        return None
    return flags(name.removesuffix("Cell"), config, writer)


def _model_flags(model: Outline, writer: Writer) -> tuple[bool, ...] | None:
    parts = [entry_flags(entry, writer) for entry in model.entries.values()]
    known = [part for part in parts if part is not None]
    return tuple(flag for part in known for flag in part) if len(known) == len(parts) else None
