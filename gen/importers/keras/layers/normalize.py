"""Fixed per-channel scaling: BatchNormalization at inference, Normalization, Rescaling.

    y = (x - center) scale + offset

The centre is subtracted first, like in Keras: folding it into the offset would lose digits if the mean is large
compared with the deviation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import numpy as np

from ....layers.normalize import Normalize
from ..dialect.build import arrays_by_name, by_options, described, numbers
from ..dialect.config import AXIS, CENTER, SCALE, Option, shown
from ..dialect.kinds import Kind, Sample, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import values
from .activation import frames
from .base import Builder, Spec, Value, fits, one_input, sample_axes


def trim(values: FloatArray | None, neutral: float) -> FloatArray | None:
    """None for values that change nothing."""
    return None if values is None or np.all(values == neutral) else values


def add_normalize(
    builder: Builder, value: Value, center: FloatArray | None, scale: FloatArray | None, offset: FloatArray | None
) -> Value:
    """The scaled tensor. Parameters have the input's rank (that the layer sees), and length 1 along constant axes."""
    shape = builder.shape(value)
    center, scale, offset = trim(center, 0), trim(scale, 1), trim(offset, 0)
    parameters = [p for p in (center, scale, offset) if p is not None]
    if not parameters:
        return value
    if not all(np.all(np.isfinite(p)) for p in parameters):
        raise builder.broken("scales or shifts by a value that is not finite: is a variance negative or zero?")
    for p in parameters:
        if not fits(p, shape):
            raise builder.broken(f"has parameters for {tuple(p.shape)} and is given {shape}")
    lead = frames(shape) if all(p.shape[0] == 1 for p in parameters) else 0
    parts = [None if p is None else (p[0] if lead else p) for p in (center, scale, offset)]
    builder.lengths(shape[lead:], "normalises")
    return builder.node(Normalize(*parts), value, lead=lead, mask=value.mask)


RENORM = ("moving_stddev", "renorm_mean", "renorm_stddev")
"""Further arrays of tf.keras if ``renorm`` is on; only training reads them."""


def describe_batch(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The arrays gamma, beta, moving mean, moving variance; those switched off are not stored."""
    if context.writer.generation == "Keras 0":
        raise site.unsupported("is a BatchNormalization of Keras 0.x", "its statistics mean something else")
    mode = source.config.get("mode", 0)
    if mode != 0:
        raise site.unsupported(
            f"normalises with mode={shown(mode)}", "it takes statistics from the data at hand, not from training"
        )
    expected = [weight for weight in kind.weights if weight.when(read)]
    arrays = source.arrays
    if source.config.get("renorm"):
        statistics = [array for array in arrays if not any(word in array.name for word in RENORM)]
        arrays = tuple(statistics if len(statistics) == len(expected) else arrays[: len(expected)])
    by_name = arrays_by_name(arrays, expected, site)
    length = by_name["moving_mean"].data.shape
    weights = {name: values(array, length, site) for name, array in by_name.items()}
    check_variance(weights["moving_variance"], read["epsilon"], site)
    config, variance = {key: read[key] for key in ("axis", "epsilon")}, by_name["moving_variance"].name
    evidence = (f"{variance} holds the variance (Keras 1)",) if "running_std" in variance else ()
    return described(kind, source, config, weights, evidence=evidence)


def check_variance(variance: FloatArray, epsilon: float, site: Site) -> None:
    """Refuse a variance whose square root does not exist."""
    low = float(variance.min(initial=math.inf))
    if low + epsilon <= 0:
        raise site.broken(
            f"has a variance of {low:g}: the square root of variance + epsilon ({epsilon:g}) does not exist",
            "a variance is never negative: the file is damaged, or was averaged or edited",
        )


@one_input(
    "BatchNormalization",
    options=(AXIS, Option("epsilon", "float", 1e-6, since=(("Keras 1", 1e-3),)), CENTER, SCALE),
    weights=(
        Weight("gamma", when=itemgetter("scale")),
        Weight("beta", when=itemgetter("center")),
        Weight("moving_mean", older=("running_mean",), trainable=False),
        # Keras 1's running_std is the variance.
        Weight("moving_variance", older=("running_std", "running_variance"), trainable=False),
        *(Weight(name, when=lambda config: config.get("renorm"), trainable=False) for name in RENORM),
    ),
    aliases=("BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"),
    neutral=(
        *("momentum", "synchronized", "fused", "virtual_batch_size", "adjustment"),
        *("renorm", "renorm_clipping", "renorm_momentum"),
    ),
    describe=describe_batch,
    random=True,
    same_width=True,
)
def read_batch(builder: Builder, spec: Spec, value: Value) -> Value:
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, with the moving statistics."""
    rank, weights = len(builder.shape(value)), spec.weights
    (place,) = sample_axes(builder, value, spec.config["axis"], "normalises")
    with np.errstate(all="ignore"):  # values that are not finite are refused below
        deviation = np.sqrt(weights["moving_variance"].astype(np.float64) + spec.config["epsilon"])
        scale = (weights.get("gamma", np.float32(1)) / deviation).astype(np.float32)

    def at(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else values.reshape([-1 if axis == place else 1 for axis in range(rank)])

    return add_normalize(builder, value, at(weights["moving_mean"]), at(scale), at(weights.get("beta")))


def scaled(builder: Builder, value: Value) -> Value:
    """The input of a layer that scales, without its mask if masks end there."""
    return Value(value.tensor) if builder.rules.scaling_ends_masks else value


def describe_normalization(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """Statistics given to the constructor are in the configuration; adapted ones are mean, variance, count."""
    statistics = {name: source.config.get(name) for name in ("mean", "variance")}
    if all(value is not None for value in statistics.values()):
        weights = {name: numbers(value, name, site) for name, value in statistics.items()}
    else:
        by_name = arrays_by_name(source.arrays, kind.weights[: max(2, min(3, len(source.arrays)))], site)
        weights = {name: values(by_name[name], by_name[name].data.shape, site) for name in ("mean", "variance")}
    check_variance(weights["variance"], 1e-14, site)
    return described(kind, source, read, weights)


def sample(spec: LayerSpec) -> Sample | None:
    """A sample as wide as the statistics, if these are of the last axis alone."""
    mean = spec.weights["mean"]
    return (..., mean.size) if spec.config["axis"] == [-1] and mean.size > 1 else None


@one_input(
    "Normalization",
    options=(Option("axis", "axes?", -1), Option("invert", "flag", False)),
    weights=tuple(Weight(name, trainable=False) for name in ("mean", "variance", "count")),
    describe=describe_normalization,
    # Adapted statistics are arrays, the constructor's are not.
    stored=lambda config, writer: () if config.get("mean") is not None else (False, False, False),
    sample=sample,
)
def read_normalization(builder: Builder, spec: Spec, value: Value) -> Value:
    """(x - mean) / max(sqrt(variance), 1e-7), or its inverse; Keras 3 ``layers/preprocessing/normalization.py``:
    statistics of fewer axes than the option names are repeated over the first of them; their order does not matter."""
    value, axes = scaled(builder, value), spec.config["axis"]
    shape = builder.shape(value)
    rank = len(shape)
    mean, variance = (np.asarray(spec.weights[k], np.float32) for k in ("mean", "variance"))
    with np.errstate(invalid="ignore"):  # values that are not finite are refused below
        deviation = np.maximum(np.sqrt(variance), np.float32(1e-7))
    places = sample_axes(builder, value, axes, "normalises") if axes else []
    sizes = tuple(shape[axis] or 0 for axis in places)

    def at(values: FloatArray) -> FloatArray:
        if values.size == 1:
            return values.reshape([1] * rank)
        try:
            full = values.reshape(sizes) if values.size == np.prod(sizes) else np.broadcast_to(values, sizes)
        except ValueError:
            raise builder.broken(f"has parameters of shape {values.shape} for axis {axes} of {shape}") from None
        return np.ascontiguousarray(full).reshape([shape[n] or 0 if n in places else 1 for n in range(rank)])

    if spec.config["invert"]:
        return add_normalize(builder, value, None, at(deviation), at(mean))
    return add_normalize(builder, value, at(mean), at((1 / deviation.astype(np.float64)).astype(np.float32)), None)


def settle_rescaling(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    """Scale and offset as one number or many."""
    factors = {key: numbers(read[key], key, site) for key in read}
    return {key: float(value) if value.ndim == 0 else value for key, value in factors.items()}


@one_input(
    "Rescaling",
    multiplies=True,
    options=(Option("scale", "any", 1.0), Option("offset", "any", 0.0)),
    describe=by_options(settle_rescaling),
)
def read_rescaling(builder: Builder, spec: Spec, value: Value) -> Value:
    """x scale + offset."""
    value = scaled(builder, value)
    rank = len(builder.shape(value))

    def at(number: object) -> FloatArray:
        values = np.asarray(number, np.float32)
        return values.reshape([1] * (rank - values.ndim) + list(values.shape))

    return add_normalize(builder, value, None, at(spec.config["scale"]), at(spec.config["offset"]))


@one_input("LayerScale", weights=(Weight("gamma"),), neutral=("init_values", "projection_dim"), same_width=True)
def read_layer_scale(builder: Builder, spec: Spec, value: Value) -> Value:
    """x gamma; of ConvNeXt, Keras 3.15 ``keras/src/applications/convnext.py``. Masks end here."""
    gamma = spec.weights["gamma"].reshape([1] * (len(builder.shape(value)) - 1) + [-1])
    return add_normalize(builder, Value(value.tensor), None, gamma, None)


@one_input("StochasticDepth", neutral=("drop_path_rate",), same_width=True)
def read_stochastic_depth(builder: Builder, spec: Spec, value: Value) -> Value:
    """x, after training; of ConvNeXt. Others of this name, with other options, scale it. Masks end here."""
    return Value(value.tensor)
