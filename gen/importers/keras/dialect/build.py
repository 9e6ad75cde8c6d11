"""One layer of the file -> LayerSpec: the functions that the descriptions of all kinds share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..containers.stored import StoredArray
from .activations import activation
from .config import (
    Option,
    Writer,
    data_format,
    options,
    per_axis,
    product,
    rank_of,
    refuse_unread,
    shown,
    size,
    table,
)
from .kinds import Config, Describe, Kind, Weight, kind_of, ledger, operation_kind
from .ledger import Ledger, unread
from .policies import check, policy
from .site import Site
from .source import Context, Source
from .spec import FloatArray, LayerSpec
from .weights import expect, values


def describe(source: Source, context: Context, site: Site) -> LayerSpec:
    """A layer in canonical terms: Keras 3's class, options and arrays.

    Raises:
        UnsupportedError: an option that is not translated.
        ModelError: options and arrays contradict each other.
    """
    kind = operation_kind() if source.operation else kind_of(source.file_class)
    assert kind is not None, source.file_class
    if not source.operation:
        check(source.file_class, source.config, context.writer, site)
    config = ledger(kind, source.config, context.writer) if not source.operation else Ledger(source.config)
    read = canonical_options(kind, kind.options, config, context.writer, site)
    spec = (kind.describe or by_options())(kind, replace(source, config=config), read, context, site)
    later = spec.config if isinstance(spec.config, Ledger) else {}
    refuse_unread({name: value for name, value in unread(config).items() if name not in later}, site.unsupported)
    return spec


def canonical_options(kind: Kind, known: Sequence[Option], config: Config, writer: Writer, site: Site) -> Ledger:
    """Known options of a layer, with functions, formats and sizes of axes in Keras 3's form. None counts as read."""
    read = options(known, config, writer, site)
    for option in known:
        name: str = option.name
        value: Any = dict.get(read, name)
        if option.kind == "function":
            read[name] = activation(value, writer, site)
        elif option.kind == "format":
            read[name] = data_format(value, site)
        elif option.kind == "sizes" and (value is not None or option.default is not None):
            read[name] = per_axis(value, rank_of(kind.name), name, site)
        elif option.kind in ("axes", "axes?") and isinstance(value, int):
            read[name] = [value]
    return read


Settle = Callable[[Ledger, Context, Site], Mapping[str, Any] | None]
"""Makes the configuration from a layer's options; None if it is the options themselves."""


def by_options(settle: Settle = lambda read, context, site: None, arrays: bool = True) -> Describe:
    """A description by the options, changed by ``settle``, with the kind's arrays, or with none."""

    def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
        config = settle(read, context, site)
        weights = arrays_of(kind, source, read, site) if arrays and not kind.inert else {}
        return described(kind, source, read if config is None else config, weights)

    return describe


def described(
    kind: Kind, source: Source, config: Mapping[str, Any], weights: Mapping[str, FloatArray], **facts: Any
) -> LayerSpec:
    """The layer with these options and arrays; ``facts`` are further fields."""
    means = kind.means or kind.name
    return LayerSpec(source.name, means, source.file_class, config, weights, source.arrays, **facts)


def arrays_of(kind: Kind, source: Source, read: Mapping[str, Any], site: Site) -> dict[str, FloatArray]:
    """The layer's arrays by name, of any shape; their number is checked."""
    return {name: values(array, array.data.shape, site) for name, array in stored(kind, source, read, site).items()}


def stored(kind: Kind, source: Source, read: Mapping[str, Any], site: Site) -> dict[str, StoredArray]:
    """The same as stored in the file."""
    return arrays_by_name(source.arrays, [weight for weight in kind.weights if weight.when(read)], site)


INPUT = Kind("InputLayer", neutral=("batch_shape", "optional"))


def input_layer(name: str, options: Mapping[str, Any], writer: Writer, site: Site) -> LayerSpec:
    """A model's input; its shape is None if the file has none."""
    config = ledger(INPUT, options, writer)
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if shape is not None and (not isinstance(shape, (list, tuple)) or not shape):
        raise site.broken(f"has batch_shape={shown(shape)}", "expected the lengths of the axes, the batch's first")
    if config.get("sparse") or config.get("ragged"):
        raise site.unsupported("takes sparse or ragged tensors", "", "use a dense Input")
    dims = tuple(None if dim is None else size(dim, "shape", site) for dim in shape or (None,))
    product(tuple(dim for dim in dims if dim), "input shape", site)
    check("InputLayer", config, writer, site)
    refuse_unread({name: value for name, value in config.unread().items() if value is not False}, site.unsupported)
    dtype = config.get("dtype") or config.get("input_dtype") or "float32"
    read = {"shape": None if shape is None else dims[1:], "batch_size": dims[0], "dtype": policy(dtype)}
    return LayerSpec(name, "InputLayer", "InputLayer", read, {})


def numbers(value: Any, name: str, site: Site) -> FloatArray:
    """Numbers of a configuration: one, a list, or Keras's ``__numpy__`` description."""
    if isinstance(value, Mapping):
        inner = value.get("config")
        value = inner.get("value") if isinstance(inner, Mapping) else value.get("value")
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError):
        raise site.broken(f"has {name}={shown(value)}", f"{name} is a number or numbers") from None
    if not np.isfinite(array).all():
        raise site.broken(f"has {name}={shown(value)}", f"{name} must be finite")
    return array


def arrays_by_name(arrays: Sequence[StoredArray], weights: Sequence[Weight], site: Site) -> dict[str, StoredArray]:
    """Arrays by canonical name: by the last word of their own names, or by position if these do not match."""
    names = [weight.name for weight in weights]
    expect(arrays, len(names), ", ".join(names) or "none", site)
    by_name: dict[str, StoredArray] = {}
    for array in arrays:
        leaf = re.sub(r"(_\d+)?(:\d+)?$", "", array.name.rsplit("/", maxsplit=1)[-1])
        for weight in weights:
            if any(leaf == word or leaf.endswith(f"_{word}") for word in (weight.name, *weight.older)):
                by_name.setdefault(weight.name, array)
    return by_name if len(by_name) == len(names) else dict(zip(names, arrays, strict=True))


def note_policy(config: Mapping[str, Any], context: Context) -> None:
    """Adds a note if Keras computed in another type than float32."""
    name = policy(config.get("dtype"))
    if name not in ("float32", "") and "_from_" not in name and not name.startswith(("int", "uint", "bool")):
        context.note(f"layers of the type {name} are read and computed as float32")


def wrapped(value: Any, site: Site) -> tuple[str, Mapping[str, Any]]:
    """Class and options of a layer inside a wrapper."""
    name, config = table(value).get("class_name"), table(value).get("config")
    if not isinstance(name, str) or not isinstance(config, Mapping):
        raise site.broken(f"wraps {shown(value)}", "expected a layer")
    return name, config
