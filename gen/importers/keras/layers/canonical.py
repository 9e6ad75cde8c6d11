"""Options of layers in their canonical meaning, and descriptions made from these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from ..containers._wire import StoredArray
from ..dialect.activations import activation
from ..dialect.allowed import MODELS, admit
from ..dialect.build import arrays_of, described, wrapped
from ..dialect.config import Option, Writer, options, shown, size, table
from ..dialect.flags import flags_inside
from ..dialect.kinds import Config, Describe, Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.outline import Entry
from ..dialect.quantized import matrix_of
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec, ModelSpec
from ..dialect.weights import Flat, Place, values
from ..dialect.wiring import outline

FIRST = "channels_first"
FORMAT = Option("data_format", "format", "channels_last", older=("dim_ordering",))
BIAS = Weight("bias", older=("b",), when=itemgetter("use_bias"))
KERNELS = (Weight("kernel", older=("W",)), BIAS)
Settle = Callable[[Ledger, Context, Site], Mapping[str, Any] | None]
"""Makes the configuration from a layer's options; None if it is the options themselves."""


def canonical_options(kind: Kind, source: Source, context: Context, site: Site) -> Ledger:
    """A layer's options, with functions, formats and sizes of axes in Keras 3's form. This counts none as read."""
    read = options(kind.options, source.config, context.writer, site)
    for option in kind.options:
        name: str = option.name
        value: Any = dict.get(read, name)
        if option.kind == "function":
            read[name] = activation(value, context.writer, site)
        elif option.kind == "format":
            read[name] = data_format(value, site)
        elif option.kind == "sizes" and (value is not None or option.default is not None):
            read[name] = per_axis(value, rank_of(kind.name), name, site)
        elif option.kind in ("axes", "axes?") and isinstance(value, int):
            read[name] = [value]
    return read


def by_options(settle: Settle = lambda read, context, site: None, arrays: bool = True) -> Describe:
    """A description by the options, changed by ``settle``, with the kind's arrays, or with none."""

    def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
        read = canonical_options(kind, source, context, site)
        config = settle(read, context, site)
        weights = arrays_of(kind, source, read, site) if arrays else {}
        return described(kind, source, read if config is None else config, weights)

    return describe


def describe_matrix(shape: Callable[[Config], tuple[int | None, int]]) -> Describe:
    """A description of a layer with a matrix as floats, in whatever form it is stored, and perhaps a bias.

    Args:
        shape: gives the matrix's shape from the layer's options.
    """

    def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
        read = canonical_options(kind, source, context, site)
        name, *biases = (weight.name for weight in kind.weights if weight.when(read))
        rows, columns = shape(read)
        floats = matrix_of(source, [name, *biases], (rows, columns), context, site)
        weights = {name: floats.matrix} | {bias: values(floats.arrays[bias], (columns,), site) for bias in biases}
        return described(kind, source, read | floats.config, weights, derived=floats.derived)

    return describe


def rank_of(class_name: str) -> int:
    """The number of axes that a layer slides along: the number in its name."""
    return int(class_name.removesuffix("Transpose")[-2])


def per_axis(value: Sequence[int] | int, rank: int, name: str, site: Site) -> tuple[int, ...]:
    """One size per axis, from one for all or one for each."""
    items = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    items = items * rank if len(items) == 1 else items
    if len(items) != rank:
        raise site.broken(f"has {name}={shown(value)}", f"expected {rank} numbers")
    return tuple(size(item, name, site) for item in items)


def data_format(word: Any, site: Site) -> str:
    """The place of the channels, in Keras 2's words."""
    place = {"tf": "channels_last", "th": FIRST}.get(word, word) if isinstance(word, str) else None
    if place not in ("channels_last", FIRST):
        raise site.broken(f"has data_format={shown(word)}", "data_format is channels_last or channels_first")
    return str(place)


def inner_layer(
    source: Source, context: Context, site: Site, place: Callable[[Site], Place], config: Config | None = None
) -> LayerSpec | ModelSpec:
    """The layer, or model, in a wrapper's option ``layer``.

    Args:
        place: gives the place of its arrays.
        config: its options, if they are not the file's.
    """
    assert context.layer is not None
    raw = table(source.config.get("layer"))
    file_class = str(raw.get("class_name"))
    if file_class not in MODELS or not isinstance(raw.get("config"), list):  # Keras 1's Sequential has a list
        wrapped(source.config.get("layer"), site)
    name = str(table(raw, "config").get("name") or file_class.lower())
    at = site.inside(name, file_class)
    model = outline(raw, context.writer, at) if file_class in MODELS else None
    if model is None:
        admit(file_class, raw, at)
    if config is not None:
        raw = {**raw, "config": config}
    return context.layer(Entry(name, file_class, table(raw, "config"), raw, model), place(at), at)


def wrapper(kind: Kind, source: Source, config: Config, *inner: LayerSpec | ModelSpec, **facts: Any) -> LayerSpec:
    """A layer that only wraps others; ``facts`` are further fields."""
    return described(kind, replace(source, arrays=()), config, {}, inner=inner, **facts)


def describe_inside(*left_out: str) -> Describe:
    """A description of a wrapper by the layer inside.

    Args:
        left_out: last words of the names of the wrapper's own arrays, which HDF5 lists among the layer's.
    """

    def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
        place = source.place.part("layer")
        if isinstance(place, Flat):
            place = Flat(tuple(array for array in source.arrays if word_of(array) not in left_out), place.name)
        return wrapper(kind, source, {}, inner_layer(source, context, site, lambda at: place))

    return describe


def word_of(array: StoredArray) -> str:
    """The last word of an array's name: ``kernel_min`` of ``quant_dense/kernel_min:0``."""
    return array.name.split(":")[0].rsplit("/", maxsplit=1)[-1]


def flags_with(*more: bool) -> Callable[[Config, Writer], tuple[bool, ...]]:
    """Whether each array of a wrapper is trainable: those of the layer inside, then more."""
    return lambda config, writer: (*(flags_inside(config.get("layer"), writer) or ()), *more)
