"""``inbound_nodes`` of every generation: which tensors a layer was called with.

Sources: Keras 1.2.2 and 2.3.1 ``engine/topology.py``/``network.py`` ``get_config``, tf_keras 2.21
``tf_keras/src/engine/node.py`` ``Node.serialize``, Keras 3.15 ``keras/src/models/functional.py`` ``serialize_node``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .arguments import Triple, read_call
from .config import shown
from .kinds import kind_of
from .site import Site

KNOWN = ("initial_state", "mask", "training")
"""Arguments of a call that are read beside its input."""
FIRST = ("inputs", "sequences", "x", "data")
"""What layers call their first argument."""
NO_CONSTANTS = "a tensor that the model's code made up is not an input; only outputs of layers can be wired"


@dataclass(frozen=True)
class Node:
    """One use of a layer, as the file describes it."""

    inputs: tuple[Triple, ...]
    initial_state: tuple[Triple, ...] = ()
    masks: tuple[Triple, ...] = ()
    training: bool = False
    """Called with ``training=True``: dropout and batch statistics stay on."""


def read_nodes(value: Any, file_class: str, judged: bool, site: Site, *, called: bool = False) -> tuple[Node, ...]:
    """All uses of a layer.

    Args:
        judged: without it (a class that is not read), everything that looks like a tensor is taken: only what comes
            before it is asked for.
        called: whether its arguments say what it computes: all tensors are inputs, in the order of the arguments.
    """
    if not isinstance(value, list):
        raise site.broken(f"has inbound_nodes={shown(value)}", "expected a list")
    if called:
        found = [read_call(node, site) for node in value]
        if not all(tensors for tensors, _ in found):
            raise site.broken("is called without inputs", "the model's wiring is incomplete")
        return tuple(Node(tensors, training=rest.named.get("training") in (True, 1)) for tensors, rest in found)
    if not judged:
        return tuple(Node(tuple(_loosely(node))) for node in value)
    return tuple(
        _new(node, file_class, site) if isinstance(node, Mapping) else _old(node, file_class, site) for node in value
    )


def is_sequence(file_class: str) -> bool:
    """Whether layers of this class take initial states, and a mask behind them."""
    kind = kind_of(file_class)
    return kind is not None and kind.sequence


def triple(value: Any) -> Triple | None:
    """``[layer, use, output]`` or the same with a fourth member, keyword arguments."""
    if not isinstance(value, (list, tuple)) or not 3 <= len(value) <= 4:
        return None
    name, use, output = value[:3]
    if not isinstance(name, str) or any(isinstance(n, bool) or not isinstance(n, int) for n in (use, output)):
        return None
    return name, use, output


def triples(value: Any, site: Site) -> list[Triple]:
    """All triples of a structure in Keras's order: lists as they stand, dictionaries by their sorted keys (``flatten``
    of ``keras.tree`` and ``tf.nest``)."""
    one = triple(value)
    if one is not None:
        return [one]
    if isinstance(value, Mapping):
        return [found for key in sorted(value) for found in triples(value[key], site)]
    if isinstance(value, (list, tuple)):
        return [found for item in value for found in triples(item, site)]
    raise site.broken(f"is wired with {shown(value)}", "expected [layer name, use, output]")


def _old(node: Any, file_class: str, site: Site) -> Node:
    """Keras 1, 2 and tf.keras: ``[[layer, use, output, kwargs], ...]``, or one of them bare."""
    if not isinstance(node, list) or not node:
        raise site.broken(f"is wired with {shown(node)}", "expected a list of [layer name, use, output]")
    entries = [node] if triple(node) else node
    if any(isinstance(entry, Mapping) for entry in entries):
        raise _by_name(site)
    tensors = triples(entries, site)
    if any(use < 0 for _, use, _ in tensors):
        raise site.unsupported("is called with a constant in place of a layer's output", NO_CONSTANTS)
    last = entries[0][3] if triple(entries[0]) and len(entries[0]) == 4 else {}
    kwargs = last if isinstance(last, Mapping) else {}
    state: list[Triple] = []
    masks: list[Triple] = []
    kind = kind_of(file_class)
    read = kind.called_with if kind else ()
    for key, value in kwargs.items():
        if value is None or value is False or (key in (*KNOWN, *read) and isinstance(value, (bool, int, float, str))):
            continue
        if key == "initial_state":
            state = triples(value, site)
        elif key == "mask":
            masks = triples(value, site)
        elif key != "training":
            raise _argument(key, value, site)
    return _node(tensors, state, masks, kwargs.get("training") in (True, 1), file_class, site)


def _new(node: Mapping[str, Any], file_class: str, site: Site) -> Node:
    """Keras 3: ``{"args": [...], "kwargs": {...}}`` with ``__keras_tensor__`` anywhere."""
    args, kwargs = node.get("args"), node.get("kwargs")
    if not isinstance(args, list) or not isinstance(kwargs, Mapping):
        raise site.broken(f"is wired with {shown(dict(node))}", "expected args and kwargs")
    named = dict(kwargs)
    kind = kind_of(file_class)
    read = kind.called_with if kind else ()
    words = ("initial_state", "mask", "training") if is_sequence(file_class) else (*read, "training", "mask")
    first = args[0] if args else next((named.pop(word) for word in FIRST if word in named), None)
    rest = args[1:]
    if len(rest) > len(words) or (words[0] == "training" and rest and isinstance(rest[0], Mapping)):
        raise site.unsupported(
            "is called with more than its input by position", "its arguments are told apart by name", "as in mask=m"
        )
    named |= dict(zip(words, rest, strict=False))
    if isinstance(first, Mapping) and first.get("class_name") != "__keras_tensor__":
        raise (
            site.unsupported("is called with a constant in place of a layer's output", NO_CONSTANTS)
            if ("class_name" in first)
            else _by_name(site)
        )
    tensors = _tensors(first, site)
    state = _tensors(named["initial_state"], site) if named.get("initial_state") is not None else []
    masks = list(_loosely(named.get("mask")))
    for key, value in named.items():
        if key not in (*KNOWN, *read) and value is not None and value is not False and value != []:
            raise _argument(key, value, site)
    return _node(tensors, state, masks, named.get("training") is True, file_class, site)


def _tensors(value: Any, site: Site) -> list[Triple]:
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        found = triple(config.get("keras_history")) if isinstance(config, Mapping) else None
        if found is None:
            raise site.broken(f"is wired with {shown(dict(value))}", "expected a keras_history")
        return [found]
    if isinstance(value, (list, tuple)):
        return [found for item in value for found in _tensors(item, site)]
    if isinstance(value, Mapping) and value.get("class_name") == "__tuple__":
        return _tensors(value.get("items"), site)
    raise site.unsupported("is called with a constant in place of a layer's output", NO_CONSTANTS)


def _loosely(value: Any) -> Iterator[Triple]:
    """Every tensor in a structure; what else is in it is passed over."""
    found = triple(value)
    if found is not None:
        yield from [found] if found[1] >= 0 and found[2] >= 0 else []
        yield from _loosely(value[3:])
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _loosely(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _loosely(item)


def _node(
    tensors: list[Triple], state: list[Triple], masks: list[Triple], training: bool, file_class: str, site: Site
) -> Node:
    if is_sequence(file_class) and len(tensors) > 1:
        tensors, state = tensors[:1], tensors[1:] + state
    if not tensors:
        raise site.broken("is called without inputs", "the model's wiring is incomplete")
    if state and not is_sequence(file_class):
        raise site.unsupported("is called with initial_state, which only recurrent layers have")
    return Node(tuple(tensors), tuple(state), tuple(masks), training)


def _argument(key: str, value: Any, site: Site) -> Exception:
    """The error for an argument of a call that is not translated."""
    if isinstance(value, (Mapping, list)):
        return site.unsupported(f'is called with the keyword argument "{key}"', NO_CONSTANTS)
    return site.unsupported(
        f"is called with {key}={shown(value)}, which Gatesmith does not translate",
        "what is not translated may change the result",
        f"call it without {key}",
    )


def _by_name(site: Site) -> Exception:
    return site.unsupported(
        "is called with a dictionary of inputs", "Gatesmith wires inputs by position", "give the inputs as a list"
    )
