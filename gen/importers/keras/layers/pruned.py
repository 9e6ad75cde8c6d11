"""Wrappers of tensorflow-model-optimization with the results of the layer inside.

At inference, PruneLowMagnitude is that layer, with pruned weights times their masks.

tensorflow-model-optimization 0.8 ``python/core/sparsity/keras/pruning_wrapper.py`` (``call``, ``build``): each pruned
weight has a ``mask`` of its shape and a ``threshold``, in the order of the weights; ``pruning_step`` counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..containers._wire import StoredArray
from ..dialect.config import Writer, table
from ..dialect.kinds import Config, Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import Flat
from .base import Builder, Spec, Value, several_inputs
from .canonical import describe_inside, flags_with, inner_layer, word_of, wrapper

PRUNING = ("mask", "threshold", "pruning_step")
"""Last words of the names of the wrapper's own arrays; a number may follow."""


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The wrapper and its layer, with masks applied."""
    place = source.place
    if not isinstance(place, Flat):
        raise site.unsupported(
            "is a wrapper of tensorflow-model-optimization",
            "its masks are read from HDF5 files and SavedModels alone",
            "strip it and save again: tfmot.sparsity.keras.strip_pruning(model)",
        )
    inner = inner_layer(source, context, site, lambda at: Flat(_masked(source.arrays, at), place.name))
    return wrapper(kind, source, {}, inner)


def _word(array: StoredArray) -> str:
    """``mask`` of ``prune_low_magnitude_dense/mask_1:0``."""
    return word_of(array).rstrip("0123456789").rstrip("_")


def _masked(arrays: Sequence[StoredArray], site: Site) -> tuple[StoredArray, ...]:
    """The layer's arrays, with each mask applied to the first array of its shape after the last masked one.

    Raises:
        ModelError: a mask fits no array.
    """
    weights = [array for array in arrays if _word(array) not in PRUNING]
    begin = 0
    for mask in (array for array in arrays if _word(array) == "mask"):
        fitting = (k for k in range(begin, len(weights)) if weights[k].data.shape == mask.data.shape)
        at = next(fitting, None)
        if at is None:
            raise site.broken(f"has a mask {mask.name} of shape {mask.data.shape}, and no weights of that shape")
        weights[at] = replace(weights[at], data=weights[at].data * mask.data)
        begin = at + 1
    return tuple(weights)


def stored(config: Config, writer: Writer) -> tuple[bool, ...]:
    """Flags of the layer's arrays, then of a mask and a threshold for each pruned weight, and of the step."""
    name = table(config, "layer").get("class_name")
    pruned = 2 if name in ("LSTM", "GRU", "SimpleRNN", "SeparableConv1D", "SeparableConv2D") else 1
    return flags_with(*(False,) * (2 * pruned), False)(config, writer)


@several_inputs(
    "QuantizeAnnotate",  # marks a layer for quantize_apply, and has the results of that layer
    neutral=("quantize_config",),
    describe=describe_inside(),
    stored=flags_with(),
    takes_mask=True,
)
@several_inputs(
    "PruneLowMagnitude",
    neutral=("pruning_schedule", "block_size", "block_pooling_type", "sparsity_m_by_n"),
    describe=describe,
    stored=stored,
    takes_mask=True,
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    return builder.call(spec.inner[0], inputs, initial)
