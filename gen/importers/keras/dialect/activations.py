"""Activations as each generation writes them -> :class:`~gatesmith.core.functions.Function`.

Sources: Keras 1.2.2 and 2.3.1 ``keras/activations.py``, ``keras/backend/tensorflow_backend.py`` (hard_sigmoid 0.2 x +
0.5), tf_keras 2.21 ``tf_keras/src/activations.py``, Keras 3.15 ``keras/src/activations/{__init__,activations}.py`` and
``keras/src/ops/nn.py`` (hard_sigmoid relu6(x + 3) / 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....core.functions import LINEAR, MEANINGS, Function, function
from .allowed import foreign
from .config import Writer, options, refuse_unread, shown
from .kinds import Kind, kind_of, ledger
from .site import Site

SAME = {"swish": "silu", "hard_swish": "hard_silu", "softmax_v2": "softmax", "identity": "linear"}
"""Other names: Keras 2 ``swish``, tf.nn's ``softmax_v2``, ``identity``."""

PARAMETERS = frozenset({"threshold"})
"""Functions that Keras only has with arguments, never as a bare name."""
CUSTOM = (
    "Gatesmith reads model files and never runs code from them",
    "if it is a function of your own with a name, give its module: --custom FILE.py",
)


def hard_sigmoid(writer: Writer) -> Function:
    """clip(0.2 x + 0.5, 0, 1) up to Keras 2; clip(x / 6 + 0.5, 0, 1) in Keras 3. The file's string is the same."""
    return function("hard_sigmoid", slope=1 / 6 if writer.generation == "Keras 3" else 0.2, offset=0.5)


def activation(value: Any, writer: Writer, site: Site) -> Function:
    """The function of an ``activation`` option.

    Raises:
        UnsupportedError: a custom or unknown activation; the message names it.
    """
    if value is None:
        return LINEAR
    if isinstance(value, str):
        return _named(value, writer, site)
    if isinstance(value, Mapping):
        return _described(value, writer, site)
    raise site.broken(f"has activation={shown(value)}", "an activation is a name or a description")


def _named(name: str, writer: Writer, site: Site) -> Function:
    name = SAME.get(name, name)
    if name == "hard_sigmoid":
        return hard_sigmoid(writer)
    if name == "relu6":
        return function("relu", max_value=6)
    if name == "leaky_relu":
        return function("relu", negative_slope=0.2)
    if name not in MEANINGS or name in PARAMETERS:
        raise site.unsupported(
            f'uses the activation "{name}", which Gatesmith does not know',
            *CUSTOM,
            f"or train with one of: {', '.join(sorted(set(MEANINGS) - PARAMETERS))}",
        )
    return function(name)


def _described(value: Mapping[str, Any], writer: Writer, site: Site) -> Function:
    """``{"class_name", "config", "module", "registered_name"}``: a function or a layer."""
    class_name, config = value.get("class_name"), value.get("config")
    inner = config.get("name") if isinstance(config, Mapping) else config
    if foreign(value, "builtins", inner):
        raise site.unsupported(f"uses the custom activation {shown(value.get('registered_name') or config)}", *CUSTOM)
    if class_name == "__lambda__" or "value" in value:  # with an activation's code, Keras 3 writes no class
        raise site.unsupported("uses a lambda as its activation", *CUSTOM)
    if class_name == "function" and isinstance(config, str):
        return _named(config, writer, site)
    kind = kind_of(class_name) if isinstance(class_name, str) else None
    if kind is not None and kind.function is not None and isinstance(config, Mapping):
        config_read = ledger(kind, config, writer)
        meaning = kind.function(options(kind.options, config_read, writer, site), writer, site)
        refuse_unread(config_read.unread(), site.unsupported)
        return meaning
    if isinstance(class_name, str) and (not config or isinstance(config, Mapping)):
        inner = config.get("name", class_name) if isinstance(config, Mapping) else class_name
        meaning = _named(str(inner), writer, site)
        refuse_unread(ledger(Kind(class_name), config or {}, writer).unread(), site.unsupported)
        return meaning
    raise site.unsupported(f"uses the activation {shown(dict(value))}, which Gatesmith does not know")
