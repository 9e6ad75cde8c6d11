"""A model's wiring in the file, before its layers are judged: ``wiring`` builds it, ``interpret`` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .spec import Call, Ref


@dataclass(frozen=True, eq=False)
class Entry:
    """One layer as in the file."""

    name: str
    file_class: str
    config: Mapping[str, Any]
    raw: Mapping[str, Any]
    """The whole entry: ``module``, ``registered_name``, ``build_config``, ..."""
    model: Outline | None = None
    """Set if the layer is a model."""

    @property
    def is_layer(self) -> bool:
        """False for a bare operation of Keras 3 (``x + y`` while building a functional model).

        In ``.keras``, the module decides. Keras 3's HDF5 has no modules, but layers, and only they, have ``trainable``,
        or (SpatialDropout) a ``rate``, or (Discretization) an ``output_mode``.
        """
        module = self.raw.get("module")
        if isinstance(module, str):
            return ".ops" not in module
        nodes = self.raw.get("inbound_nodes")
        bare = isinstance(nodes, list) and bool(nodes) and all(isinstance(node, Mapping) for node in nodes)
        return not bare or self.model is not None or bool({"trainable", "rate", "output_mode"} & self.config.keys())


@dataclass(frozen=True, eq=False)
class Outline:
    """A model's layers and wiring."""

    name: str
    class_name: str
    entries: Mapping[str, Entry]
    calls: tuple[Call, ...]
    inputs: tuple[Ref, ...]
    outputs: tuple[Ref, ...]
    implied_inputs: frozenset[str] = frozenset()
    """InputLayers that the file does not have."""
    training: frozenset[str] = frozenset()
    """Layers called with ``training=True``."""
    notes: tuple[str, ...] = ()
    input_keys: tuple[str, ...] = ()
    output_keys: tuple[str, ...] = ()
    """The same as ModelSpec's."""


def feeds(call: Call) -> tuple[Ref, ...]:
    """All tensors that a call needs."""
    return (*call.inputs, *call.initial_state, *((call.mask,) if call.mask else ()))


def pruned(model: Outline, keep_inputs: bool = True) -> Outline:
    """The model without calls and layers that no output needs; ``keep_inputs`` keeps the model's inputs anyway."""
    needed = {replace(ref, output=0) for ref in model.outputs}
    calls = []
    for call in reversed(model.calls):
        if Ref(call.layer, call.call) in needed:
            calls.append(call)
            needed |= {replace(ref, output=0) for ref in feeds(call)}
    names = {ref.layer for ref in needed} | ({ref.layer for ref in model.inputs} if keep_inputs else set())
    return replace(
        model,
        entries={name: entry for name, entry in model.entries.items() if name in names},
        calls=tuple(reversed(calls)),
        inputs=tuple(ref for ref in model.inputs if ref.layer in names),
    )
