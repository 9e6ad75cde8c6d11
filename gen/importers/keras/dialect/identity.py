"""A model's id: the same for the same layers, options, wiring and weights, in any file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....core.functions import Function
from .arguments import Slot
from .spec import LayerSpec, ModelSpec, Ref

Update = Callable[[bytes], None]


def weights_id(model: ModelSpec) -> str:
    """First 12 hex digits of a SHA-256 over the model's meaning: classes, options, wiring, weights; not names."""
    digest = hashlib.sha256()
    _hash_model(model, digest.update)
    return digest.hexdigest()[:12]


def _hash_model(model: ModelSpec, update: Update) -> None:
    order = list(dict.fromkeys([*(ref.layer for ref in model.inputs), *(call.layer for call in model.calls)]))
    number = {name: index for index, name in enumerate(order)}

    def refs(some: Sequence[Ref]) -> list[tuple[int, int, int]]:
        return [(number[ref.layer], ref.call, ref.output) for ref in some]

    calls = []
    for call in model.calls:
        tensors = (call.inputs, call.initial_state, [call.mask] if call.mask else [])
        calls.append((number[call.layer], call.call, *map(refs, tensors)))
    update(json.dumps([refs(model.inputs), refs(model.outputs), calls]).encode())
    for name in order:
        _hash(model.layers[name], update)


def _hash(spec: LayerSpec | ModelSpec, update: Update) -> None:
    if isinstance(spec, ModelSpec):
        _hash_model(spec, update)
        return
    skipped = ("batch_size", "dtype") if spec.class_name == "InputLayer" else ()
    config = {key: value for key, value in spec.config.items() if key not in skipped}
    update(json.dumps([spec.class_name, config], sort_keys=True, default=_plain).encode())
    for name in sorted(spec.weights):
        array = np.ascontiguousarray(spec.weights[name], dtype="<f4")
        update(json.dumps([name, array.shape]).encode())
        update(array.tobytes())
    for inner in spec.inner:
        _hash(inner, update)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (Function, Slot, slice, type(Ellipsis))):
        return str(value)
    raise TypeError(type(value).__name__)
