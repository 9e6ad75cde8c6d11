"""``inbound_nodes`` of every generation: the tensors that a layer or an operator was called with, and its other
arguments.

Sources: Keras 1.2.2 and 2.3.1 ``engine/topology.py``/``network.py`` (``get_config``), tf_keras 2.21
``tf_keras/src/engine/node.py`` (``Node.serialize``), TensorFlow 1.15 to 2.3
``tensorflow/python/keras/engine/{node,base_layer}.py`` (``TensorFlowOpLayer``), Keras 3.15
``keras/src/models/functional.py`` (``serialize_node``) and ``keras/src/saving/serialization_lib.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..containers.values import SAME, rebuilt
from .build import numbers
from .config import shown, table
from .kinds import kind_of
from .site import Site

Triple = tuple[str, int, int]
"""Layer, stored number of its use, output: Keras's ``keras_history``."""
CONSTANT = "_CONSTANT_VALUE"
"""The word that tf.keras writes in a layer's place if the first argument is no tensor."""
CALL_ARGUMENTS = ("initial_state", "mask", "training")
"""Arguments of a call that are read besides its input."""
FIRST = ("inputs", "sequences", "x", "data")
"""Names of the first argument of layers."""
NO_CONSTANTS = "a tensor that the model's code made up is not an input; only outputs of layers can be wired"


@dataclass(frozen=True)
class Slot:
    """The place of a tensor in a call's arguments: its position among the call's tensors."""

    index: int

    def __str__(self) -> str:
        return f"#{self.index}"


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call, as JSON with a :class:`Slot` for each tensor."""

    positional: tuple[Any, ...]
    named: Mapping[str, Any]

    def bound(self, parameters: Sequence[str], site: Site) -> dict[str, Any]:
        """The arguments by the names of the parameters."""
        if len(self.positional) > len(parameters):
            raise site.broken(f"is called with {len(self.positional)} arguments, and takes {len(parameters)}")
        return {**dict(zip(parameters, self.positional, strict=False)), **self.named}


@dataclass(frozen=True)
class Node:
    """One use of a layer, as the file describes it."""

    inputs: tuple[Triple, ...]
    initial_state: tuple[Triple, ...] = ()
    masks: tuple[Triple, ...] = ()
    training: bool = False
    """Called with ``training=True``: dropout and batch statistics stay on."""


def read_nodes(value: Any, file_class: str, judged: bool, site: Site, *, all_tensors: bool = False) -> Iterator[Node]:
    """All uses of a layer.

    Args:
        judged: whether its class is read. If not, everything that looks like a tensor is an input: only the layers
            before it are needed.
        all_tensors: whether its arguments determine its result: all tensors are inputs, in the order of the arguments.
    """
    if not isinstance(value, list):
        raise site.broken(f"has inbound_nodes={shown(value)}", "expected a list")
    for tensors, arguments in (read_call(node, site) for node in value):
        if judged and not all_tensors:
            yield _node(tensors, arguments, file_class, site)
            continue
        if judged and not tensors:
            raise site.broken("is called without inputs", "the model's wiring is incomplete")
        inputs = tuple(tensor for tensor in tensors if judged or min(tensor[1:]) >= 0)
        yield Node(inputs, training=judged and arguments.named.get("training") in (True, 1))


def _node(tensors: Sequence[Triple], arguments: Arguments, file_class: str, site: Site) -> Node:
    """The use of a layer with inputs, perhaps states and a mask."""
    kind, named = kind_of(file_class), dict(arguments.named)
    sequence, options = (kind.sequence, kind.called_with) if kind is not None else (False, ())
    words = CALL_ARGUMENTS if sequence else (*options, "training", "mask")
    first, *others = arguments.positional or (next((named.pop(word) for word in FIRST if word in named), None),)
    if len(others) > len(words) or (words[0] == "training" and others and isinstance(others[0], (Slot, Mapping))):
        raise site.unsupported(
            "is called with more than its input by position", "its arguments are told apart by name", "as in mask=m"
        )
    named |= zip(words, others, strict=False)
    for key, value in named.items():
        is_read = value in (False, True) if key == "training" else key in (*CALL_ARGUMENTS, *options)
        if not is_read and value is not None and value is not False and value != []:
            raise _argument(key, value, site)
    inputs = [tensors[index] for index in _slots(first, site)]
    state = [tensors[index] for index in _slots(named.get("initial_state") or [], site)]
    masks = [tensors[index] for index in _slots(named.get("mask") or [], site, loose=True)]
    if sequence and len(inputs) > 1:
        inputs, state = inputs[:1], inputs[1:] + state
    if not inputs:
        raise site.broken("is called without inputs", "the model's wiring is incomplete")
    if state and not sequence:
        raise site.unsupported("is called with initial_state, which only recurrent layers have")
    return Node(tuple(inputs), tuple(state), tuple(masks), named.get("training") in (True, 1))


def _slots(value: Any, site: Site, loose: bool = False) -> list[int]:
    """The numbers of the tensors in an argument; with ``loose``, a None in it is skipped.

    Raises:
        UnsupportedError: it holds other values.
    """
    if isinstance(value, Slot):
        return [value.index]
    if isinstance(value, list):
        return [index for item in value for index in _slots(item, site, loose)]
    if loose and value is None:
        return []
    if isinstance(value, Mapping) and "class_name" not in value:
        raise site.unsupported(
            "is called with a dictionary of inputs", "Gatesmith wires inputs by position", "give the inputs as a list"
        )
    raise site.unsupported(f"is called with {shown(value)} in place of a layer's output", NO_CONSTANTS)


def _argument(key: str, value: Any, site: Site) -> Exception:
    """The error for an argument of a call that is not translated."""
    if isinstance(value, (Slot, Mapping, list)):
        return site.unsupported(f'is called with the keyword argument "{key}"', NO_CONSTANTS)
    return site.unsupported(
        f"is called with {key}={shown(value)}, which Gatesmith does not translate",
        "what is not translated may change the result",
        f"call it without {key}",
    )


def triples(value: Any, site: Site) -> list[Triple]:
    """All triples of a structure in Keras's order: lists in their own, dictionaries by sorted keys (``flatten`` of
    ``keras.tree`` and ``tf.nest``)."""
    one = _triple(value)
    if one is not None:
        return [one]
    if isinstance(value, Mapping):
        value = [value[key] for key in sorted(value)]
    if not isinstance(value, list):
        raise site.broken(f"is wired with {shown(value)}", "expected [layer name, use, output]")
    return [tensor for item in value for tensor in triples(item, site)]


def read_call(node: Any, site: Site) -> tuple[tuple[Triple, ...], Arguments]:
    """The tensors of a call in the order of the file, and its arguments.

    Raises:
        ModelError: it is no description of a call.
    """
    tensors: list[Triple] = []

    def slot(tensor: Triple) -> Slot:
        tensors.append(tensor)
        return Slot(len(tensors) - 1)

    if isinstance(node, Mapping):
        args, kwargs, change = node.get("args"), node.get("kwargs"), partial(_new, slot=slot, site=site)
        if not isinstance(args, list) or not isinstance(kwargs, Mapping):
            raise site.broken(f"is wired with {shown(dict(node))}", "expected args and kwargs")
    elif isinstance(node, list) and node:
        entry = node if isinstance(node[0], str) else node[0]
        keywords = entry[3] if isinstance(entry, list) and len(entry) == 4 else None
        args, kwargs, change = [node], table(keywords), partial(_old, slot=slot)
    else:
        raise site.broken(f"is wired with {shown(node)}", "expected a list of [layer name, use, output]")
    positional = tuple(rebuilt(item, change) for item in args)
    named = {str(key): rebuilt(item, change) for key, item in kwargs.items()}
    return tuple(tensors), Arguments(positional, named)


def alike(nodes: Any, site: Site) -> Arguments:
    """The arguments of all uses of a layer, which may differ in their tensors only.

    Raises:
        UnsupportedError: other arguments differ.
    """
    calls = [read_call(node, site)[1] for node in nodes] if isinstance(nodes, list) else []
    if any(other != calls[0] for other in calls[1:]):
        raise site.unsupported(
            "is used more than once, with other arguments", "", "use a layer of its own for each, or the same arguments"
        )
    return calls[0] if calls else Arguments((), {})


def _triple(value: Any) -> Triple | None:
    """``[layer, use, output]``; before Keras 3, the call's other arguments may follow."""
    if not isinstance(value, list) or not 3 <= len(value) <= 4 or not isinstance(value[0], str):
        return None
    name, use, output = value[:3]
    if any(isinstance(n, bool) or not isinstance(n, int) for n in (use, output)):
        return None
    if not all(isinstance(rest, Mapping) for rest in value[3:]):
        return None
    return name, use, output


def _old(value: Any, slot: Callable[[Triple], Slot]) -> Any:
    """``[layer, use, output]`` is a tensor anywhere; ``["_CONSTANT_VALUE", -1, value]`` is a value."""
    if isinstance(value, list) and len(value) in (3, 4) and value[0] == CONSTANT and value[1] == -1:
        return value[2]
    tensor = _triple(value)
    return slot(tensor) if tensor is not None else SAME


def _new(value: Any, slot: Callable[[Triple], Slot], site: Site) -> Any:
    """A ``__keras_tensor__`` is a tensor, a ``__tuple__`` its items."""
    if not isinstance(value, Mapping):
        return SAME
    if value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        tensor = _triple(history)
        if tensor is None:
            raise site.broken(f"is wired with {shown(dict(value))}", "expected a keras_history")
        return slot(tensor)
    if value.get("class_name") == "__tuple__":
        return rebuilt(value.get("items"), partial(_new, slot=slot, site=site))
    return SAME


def plain(value: Any, site: Site) -> Any:
    """An argument as a Python value: arrays of float32, slices, ``...``, lists of these; slots stay."""
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
