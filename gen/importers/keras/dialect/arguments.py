"""What a layer or an operator was called with: tensors, and everything else that the file keeps of the call.

Sources: tf_keras 2.21 ``tf_keras/src/engine/node.py`` (``Node.serialize``), TensorFlow 1.15 to 2.3
``tensorflow/python/keras/engine/{node,base_layer}.py`` (``TensorFlowOpLayer``), Keras 3.15
``keras/src/models/functional.py`` (``serialize_node``) and ``keras/src/saving/serialization_lib.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .build import numbers
from .config import shown
from .site import Site

Triple = tuple[str, int, int]
"""Layer, number of its use as stored, output: Keras's ``keras_history``."""
CONSTANT = "_CONSTANT_VALUE"
"""What tf.keras writes in a layer's place where the first argument is no tensor."""


@dataclass(frozen=True)
class Slot:
    """Stands for a tensor: its position among the call's tensors."""

    index: int

    def __str__(self) -> str:
        return f"#{self.index}"


@dataclass(frozen=True)
class Arguments:
    """A call without its tensors, for which :class:`Slot` stands, as JSON has it otherwise."""

    positional: tuple[Any, ...]
    named: Mapping[str, Any]

    def bound(self, parameters: Sequence[str], site: Site) -> dict[str, Any]:
        """By the names of the parameters."""
        if len(self.positional) > len(parameters):
            raise site.broken(f"is called with {len(self.positional)} arguments, and takes {len(parameters)}")
        return {**dict(zip(parameters, self.positional, strict=False)), **self.named}


def read_call(node: Any, site: Site) -> tuple[tuple[Triple, ...], Arguments]:
    """The tensors of a call in the order in which they are written, and the rest of it.

    Raises:
        ModelError: it is no description of a call.
    """
    tensors: list[Triple] = []

    def slot(found: Triple) -> Slot:
        tensors.append(found)
        return Slot(len(tensors) - 1)

    if isinstance(node, Mapping):
        args, kwargs = node.get("args"), node.get("kwargs")
        if not isinstance(args, list) or not isinstance(kwargs, Mapping):
            raise site.broken(f"is wired with {shown(dict(node))}", "expected args and kwargs")
        positional = tuple(_new(item, slot, site) for item in args)
        named = {str(key): _new(item, slot, site) for key, item in kwargs.items()}
        return tuple(tensors), Arguments(positional, named)
    if not isinstance(node, list) or not node:
        raise site.broken(f"is wired with {shown(node)}", "expected a list of [layer name, use, output]")
    if isinstance(node[0], str):
        first = _old(node[:3], slot)
        rest = node[3] if len(node) > 3 else {}
    else:
        first = [_old(entry[:3], slot) if isinstance(entry, list) else entry for entry in node]
        rest = node[0][3] if isinstance(node[0], list) and len(node[0]) > 3 else {}
    named = {str(key): _old(item, slot) for key, item in rest.items()} if isinstance(rest, Mapping) else {}
    return tuple(tensors), Arguments((first,), named)


def alike(nodes: Any, site: Site) -> Arguments:
    """The arguments of all uses of a layer, which must not differ but in their tensors.

    Raises:
        UnsupportedError: they do.
    """
    found = [read_call(node, site)[1] for node in nodes] if isinstance(nodes, list) else []
    if any(other != found[0] for other in found[1:]):
        raise site.unsupported(
            "is used more than once, with other arguments", "", "use a layer of its own for each, or the same arguments"
        )
    return found[0] if found else Arguments((), {})


def _triple(value: Any) -> Triple | None:
    if not isinstance(value, (list, tuple)) or len(value) != 3 or not isinstance(value[0], str):
        return None
    name, use, output = value
    if any(isinstance(n, bool) or not isinstance(n, int) for n in (use, output)):
        return None
    return name, use, output


def _old(value: Any, slot: Callable[[Triple], Slot]) -> Any:
    """``[layer, use, output]`` anywhere is a tensor; ``["_CONSTANT_VALUE", -1, value]`` a value."""
    if isinstance(value, list) and len(value) == 3 and value[0] == CONSTANT and value[1] == -1:
        return value[2]
    found = _triple(value)
    if found is not None:
        return slot(found)
    if isinstance(value, list):
        return [_old(item, slot) for item in value]
    if isinstance(value, Mapping):
        return {key: _old(item, slot) for key, item in value.items()}
    return value


def _new(value: Any, slot: Callable[[Triple], Slot], site: Site) -> Any:
    if isinstance(value, list):
        return [_new(item, slot, site) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        found = _triple(history)
        if found is None:
            raise site.broken(f"is wired with {shown(dict(value))}", "expected a keras_history")
        return slot(found)
    if value.get("class_name") == "__tuple__":
        return _new(value.get("items"), slot, site)
    return {key: _new(item, slot, site) for key, item in value.items()}


def plain(value: Any, site: Site) -> Any:
    """An argument as Python has it: arrays of float32, slices, ``...``, lists of these; slots as they are."""
    if isinstance(value, (list, tuple)):
        return [plain(item, site) for item in value]
    if not isinstance(value, Mapping):
        return value
    name, config = value.get("class_name"), value.get("config")
    if name in ("__numpy__", "__tensor__"):
        return np.asarray(numbers(value, "a constant", site))
    if name == "__slice__" and isinstance(config, Mapping):
        return _slice(config, site)
    if {"start", "stop", "step"} == set(value):
        return _slice(value, site)
    if name == "__ellipsis__" or value.get("class") == "Ellipsis":
        return Ellipsis
    if isinstance(config, Mapping) and isinstance(config.get("name"), str):
        return config["name"]  # a dtype policy
    raise site.unsupported(f"is called with {shown(dict(value))}", "Gatesmith does not know what this means")


def _slice(config: Mapping[str, Any], site: Site) -> slice:
    ends = [config.get(key) for key in ("start", "stop", "step")]
    if any(isinstance(end, bool) or not isinstance(end, (int, type(None))) for end in ends):
        raise site.unsupported("takes a slice whose ends are computed", "its length would not be known beforehand")
    return slice(*ends)
