"""Options and arrays that several layers have, and descriptions of layers with a matrix or with layers inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from typing import Any

from ..containers._wire import StoredArray
from ..dialect.allowed import MODELS, admit
from ..dialect.build import described, wrapped
from ..dialect.config import Option, Writer, table
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

FORMAT = Option("data_format", "format", "channels_last", older=("dim_ordering",))
BIAS = Weight("bias", older=("b",), when=itemgetter("use_bias"))
KERNELS = (Weight("kernel", older=("W",)), BIAS)


def describe_matrix(shape: Callable[[Config], tuple[int | None, int]]) -> Describe:
    """A description of a layer with a matrix as floats, in whatever form it is stored, and perhaps a bias.

    Args:
        shape: gives the matrix's shape from the layer's options.
    """

    def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
        name, *biases = (weight.name for weight in kind.weights if weight.when(read))
        rows, columns = shape(read)
        floats = matrix_of(source, [name, *biases], (rows, columns), context, site)
        weights = {name: floats.matrix} | {bias: values(floats.arrays[bias], (columns,), site) for bias in biases}
        return described(kind, source, read | floats.config, weights, derived=floats.derived)

    return describe


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

    def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
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
