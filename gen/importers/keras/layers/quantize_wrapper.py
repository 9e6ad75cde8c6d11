"""QuantizeLayer and QuantizeWrapperV2 of tensorflow-model-optimization: results of quantization-aware training.

At inference, weights are rounded to a grid of 255 values, of each output channel or of the whole array. Inputs of a
softmax, sigmoid or tanh are rounded to a grid of 256, and so are outputs of other activations and of layers without
one, and the model's input. The ranges are arrays of the wrapper: ``NAME_min`` and ``NAME_max``.

tensorflow-model-optimization 0.8 ``python/core/quantization/keras/``: ``quantize_wrapper.py``, ``quantize_layer.py``,
``quantize_aware_activation.py``, ``quantizers.py``, ``default_8bit/default_8bit_quantize_registry.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ....core.formats import Array
from ....core.functions import LINEAR
from ....layers.fake_quant import fake_quant
from ..containers._wire import StoredArray
from ..dialect.activations import activation
from ..dialect.build import described, wrapped
from ..dialect.config import shown, table
from ..dialect.kinds import Config, Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import Flat
from .activation import add_activation
from .base import Builder, Spec, Value, one_input, only, several_inputs
from .canonical import flags_with, inner_layer, word_of, wrapper
from .operator_fake_quant import grid, rounded

CONFIGS = tuple(f"Default8Bit{of}QuantizeConfig" for of in ("", "Conv", "Output", "Activation"))
NOTHING = "NoOpQuantizeConfig"
NO_WEIGHTS = "OutputOnlyConfig"
"""What ``quantize_apply`` gives a layer before an annotated one: another rule without its weights."""
QUANTIZERS = ("AllValuesQuantizer", "MovingAverageQuantizer", "LastValueQuantizer")
AWARE, NO_ACTIVATION = "QuantizeAwareActivation", "NoOpActivation"
TRAINING = ("optimizer_step", "cluster_centroids_tf", "pulling_indices_tf", "ori_weights_vars_tf")
"""Arrays of training alone; the last three are of ``Default8BitClusterPreserveQuantizeScheme``."""
ENDS = ("_min", "_max")
PLACES = ("pre_activation", "post_activation", "output")
"""Places where values are rounded, in the order of computing."""


def _flat(source: Source, site: Site) -> str:
    """The name of the layer's arrays in the file.

    Raises:
        UnsupportedError: the file is not HDF5.
    """
    if not isinstance(source.place, Flat):
        raise site.unsupported(
            "is a layer of tensorflow-model-optimization",
            "its ranges are read from HDF5 files and SavedModels alone",
            'save the model as HDF5: model.save("model.h5")',
        )
    return source.place.name


def _ranges(arrays: Sequence[StoredArray], site: Site) -> dict[str, tuple[Array, Array]]:
    """Ranges, least and largest value, by the name of the array or place.

    Raises:
        ModelError: a range lacks one end.
    """
    all_ends = {word_of(array): array.data.astype(np.float32) for array in arrays if word_of(array).endswith(ENDS)}
    ranges = {}
    for name in dict.fromkeys(word[: -len(ENDS[0])] for word in all_ends):
        low, high = (all_ends.get(name + end) for end in ENDS)
        if low is None or high is None or low.shape != high.shape:
            raise site.broken(f"has a range of {name} with one end only, or two of different shapes")
        ranges[name] = low, high
    return ranges


def _number(ends: tuple[Array, Array], name: str, site: Site) -> list[float]:
    """A single range for all values."""
    if any(end.size != 1 for end in ends):
        raise site.broken(f"has {ends[0].size} ranges of {name}, expected one")
    return [float(end.reshape(-1)[0]) for end in ends]


def _on_grid(weights: StoredArray, ends: tuple[Array, Array], site: Site) -> StoredArray:
    """Weights on their grid of 255 values; with several ranges, each place along the last axis has its own grid."""
    low, high = (end.reshape(-1) for end in ends)
    data = weights.data.astype(np.float32)
    if len(low) not in (1, data.shape[-1] if data.ndim else 1):
        raise site.broken(f"has {len(low)} ranges of {word_of(weights)}, whose shape is {data.shape}", weights.path)
    try:
        columns = [fake_quant(float(a), float(b), narrow=True) for a, b in zip(low, high, strict=True)]
    except ValueError as error:
        raise site.broken(f"has {error} of {word_of(weights)}", weights.path) from None
    if len(columns) == 1:
        return replace(weights, data=columns[0].apply(data)[0])
    parts = [op.apply(data[..., k])[0] for k, op in enumerate(columns)]
    return replace(weights, data=np.stack(parts, axis=-1))


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The wrapper, and its layer with weights on their grids, without an activation whose input is rounded."""
    name = _flat(source, site)
    file_class, config = wrapped(source.config.get("layer"), site)
    quantizing, rule = wrapped(source.config.get("quantize_config"), site)
    if quantizing == NO_WEIGHTS:
        quantizing, _ = wrapped(rule.get("quantize_config"), site)
    if quantizing not in (*CONFIGS, NOTHING):
        raise site.unsupported(
            f"rounds as {quantizing} says, which is code of its own",
            f"read are {', '.join((*CONFIGS, NOTHING))}",
            "use quantize_model with its default scheme, or save the float model and use --numeric int8 --calibration",
        )
    ranges = _ranges(source.arrays, site)
    rounding: dict[str, Any] = dict.fromkeys(PLACES)
    rounding.update({place: _number(ranges.pop(place), place, site) for place in PLACES if place in ranges})
    weights = [array for array in source.arrays if word_of(array) not in TRAINING and not word_of(array).endswith(ENDS)]
    for word, ends in ranges.items():
        places = [k for k, array in enumerate(weights) if word_of(array) == word]
        if len(places) != 1:
            raise site.broken(f"has a range of {word}, and no such array")
        weights[places[0]] = _on_grid(weights[places[0]], ends, site)
    config, function = _without(config, rounding["pre_activation"] is not None)
    inner = inner_layer(source, context, site, lambda at: Flat(tuple(weights), name), config)
    rounding["activation"] = activation(function, context.writer, site.inside(inner.name, file_class))
    context.note("weights and values are rounded to the grids of quantization-aware training, as Keras rounds them")
    return wrapper(kind, source, rounding, inner)


def _without(config: Config, before: bool) -> tuple[dict[str, Any], Any]:
    """A layer's options with its activation in Keras's words, and None. If values are rounded before the activation:
    the options without it, and the activation."""
    function = config.get("activation")
    if isinstance(function, Mapping) and function.get("class_name") == AWARE:
        function = table(function, "config").get("activation")
    if isinstance(function, Mapping) and function.get("class_name") == NO_ACTIVATION:
        function = "linear"
    if "activation" not in config:
        return dict(config), None
    return {**config, "activation": "linear" if before else function}, function if before else None


@several_inputs(
    "QuantizeWrapperV2",
    aliases=("QuantizeWrapper",),
    describe=describe,
    stored=flags_with(False),  # the step; the file's arrays give the number of ranges
    hidden=(*PLACES, "activation"),
    remark="rounds weights and values to the grids of quantization-aware training",
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    values = builder.call(spec.inner[0], inputs, initial)
    if all(spec.config[place] is None for place in PLACES):
        return values
    value = only(builder, values)
    function = spec.config["activation"]
    for place in PLACES:
        if spec.config[place] is not None:
            low, high = spec.config[place]
            value = rounded(builder, value, grid(builder, low, high, 8, False), f"_{place}")
        if place == "pre_activation" and function != LINEAR:
            value = add_activation(builder, function, value)
    return [value]


def describe_input(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The range and the bits of the layer's values."""
    _flat(source, site)
    quantizer = source.config.get("quantizer")
    if quantizer is None:
        return described(kind, source, {"range": None, "bits": 8, "narrow": False}, {})
    name, config = wrapped(quantizer, site)
    ranges = _ranges(source.arrays, site)
    if name not in QUANTIZERS or len(ranges) != 1:
        raise site.unsupported(f"rounds by {name}", f"read are {', '.join(QUANTIZERS)}, each with one range")
    bits = config.get("num_bits", 8)
    if isinstance(bits, bool) or not isinstance(bits, int):
        raise site.broken(f"has num_bits={shown(bits)}")
    ends = _number(next(iter(ranges.values())), "values", site)
    grid_config = {"range": ends, "bits": bits, "narrow": config.get("narrow_range") is True}
    return described(kind, source, grid_config, {})


@one_input(
    "QuantizeLayer",
    describe=describe_input,
    # Both ends of the range, and the step.
    stored=lambda config, writer: (False, False, False) if config.get("quantizer") is not None else (False,),
    same_width=True,
    hidden=("range", "bits", "narrow"),
    remark="rounds values to the grid of quantization-aware training",
)
def read_input(builder: Builder, spec: Spec, value: Value) -> Value:
    if spec.config["range"] is None:
        return value
    low, high = spec.config["range"]
    return rounded(builder, value, grid(builder, low, high, spec.config["bits"], spec.config["narrow"]))
