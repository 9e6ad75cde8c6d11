"""Convolutions of all kinds; Keras 3, ``keras/src/layers/convolutional``. Masks end here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from ....core.functions import Function
from ....layers.convolution import Convolution, DepthwiseConvolution
from ....layers.dense import Dense
from ....layers.windows import Windows
from ..containers._wire import StoredArray
from ..dialect.build import described, stored
from ..dialect.config import ACTIVATION, USE_BIAS, Option
from ..dialect.kinds import Kind, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import values
from .activation import inner_activation, outer_activation
from .base import Builder, Spec, Value, kernel_fits, one_input, reads_one
from .canonical import BIAS, FORMAT, KERNELS
from .spatial import (
    PADDING,
    STRIDES,
    channels_last,
    kernel_of,
    leading,
    on_theano,
    ranked,
    read_windows,
    settle_windows,
)

FILTERS = Option("filters", "size", older=("nb_filter",))
GROUPS = Option("groups", "size", 1)
MULTIPLIER = Option("depth_multiplier", "size", 1)
WALK = (
    Option("kernel_size", "sizes", None, older=("filter_length",)),
    STRIDES,
    replace(PADDING, values=("valid", "same", "causal")),
    FORMAT,
    ACTIVATION,
    USE_BIAS,
    Option("dilation_rate", "sizes", 1, older=("atrous_rate",)),
)


def with_bias(
    weights: dict[str, FloatArray], arrays: Mapping[str, StoredArray], filters: int, site: Site
) -> dict[str, FloatArray]:
    """Weights with a bias for each filter, if the layer has one."""
    return weights | ({"bias": values(arrays["bias"], (filters,), site)} if "bias" in arrays else {})


def describe_convolution(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    settle_windows(source, read, context, site, "half_cut")
    arrays, groups, theano = stored(kind, source, read, site), read["groups"], on_theano(context)
    if read["filters"] % groups:
        raise site.broken(f"has {groups} groups for {read['filters']} filters")
    weights = {"kernel": kernel_of(arrays["kernel"], read, context, site, (None, read["filters"]), theano)}
    derived = ("kernel turned round: Theano flips it",) if theano and prod(read["kernel_size"]) > 1 else ()
    return described(kind, source, read, with_bias(weights, arrays, read["filters"], site), derived=derived)


def describe_depthwise(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """The kernel of each channel and, for a separable convolution, the kernel that then mixes the channels."""
    settle_windows(source, read, context, site, "half", strided_dilation=True)
    arrays = stored(kind, source, read, site)
    first, *mixing = (weight.name for weight in kind.weights if weight.name != "bias")
    kernel = kernel_of(arrays[first], read, context, site, (None, read["depth_multiplier"]), False)
    weights, filters = {first: kernel}, prod(kernel.shape[-2:])
    for name in mixing:
        flat, tail = read | {"kernel_size": (1,) * len(read["kernel_size"])}, (filters, read["filters"])
        weights[name], filters = kernel_of(arrays[name], flat, context, site, tail, False), read["filters"]
    return described(kind, source, read, with_bias(weights, arrays, filters, site))


CONVOLUTION = Kind(
    "Conv{}D",
    options=(FILTERS, *WALK, GROUPS),
    weights=KERNELS,
    aliases=("Convolution{}D",),
    describe=describe_convolution,
)


@reads_one(
    replace(CONVOLUTION, ranks=(1, 2), aliases=("Convolution{}D", "AtrousConvolution{}D")),
    replace(CONVOLUTION, ranks=(3,)),
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    return convolved(builder, spec, value, spec.weights["kernel"].shape[-2] * spec.config["groups"])


@one_input(
    "DepthwiseConv{}D",
    ranks=(1, 2),
    options=(*WALK, MULTIPLIER),
    fixed=(GROUPS,),
    weights=KERNELS,
    describe=describe_depthwise,
)
@one_input(
    "SeparableConv{}D",
    ranks=(1, 2),
    options=(FILTERS, *WALK, MULTIPLIER),
    fixed=(GROUPS,),
    weights=(Weight("depthwise_kernel"), Weight("pointwise_kernel"), BIAS),
    aliases=("SeparableConvolution{}D",),
    describe=describe_depthwise,
)
def read_depthwise(builder: Builder, spec: Spec, value: Value) -> Value:
    """Filter c * multiplier + j is the j-th of channel c; a separable convolution mixes them at every position."""
    kernel = spec.weights.get("depthwise_kernel", spec.weights.get("kernel"))
    assert kernel is not None
    return convolved(builder, spec, value, kernel.shape[-2])


def convolved(builder: Builder, spec: Spec, value: Value, channels: int) -> Value:
    """A layer's convolution of an input with this number of channels, and its activation."""
    config, weights, bias = spec.config, spec.weights, spec.weights.get("bias")
    value, back = channels_last(builder, Value(value.tensor), config, bias)
    shape, activation = ranked(builder, value, len(config["kernel_size"])), config["activation"]
    kernel_fits(builder, shape, channels, "channels")
    sizes, strides, dilation = config["kernel_size"], config["strides"], config["dilation_rate"]
    windows = read_windows(builder, shape, sizes, strides, config["padding"], dilation)
    inside = inner_activation(activation)
    if "depthwise_kernel" in weights:
        kernel = weights["depthwise_kernel"].reshape(-1, prod(weights["depthwise_kernel"].shape[-2:]))
        value = _sliding(builder, value, DepthwiseConvolution(kernel, None, windows, channels), "_depthwise")
        mixing = weights["pointwise_kernel"]
        result = _at_each_position(builder, value, Dense(mixing.reshape(-1, mixing.shape[-1]), bias, inside))
    elif "groups" in config:
        result = add_convolution(builder, value, weights["kernel"], bias, windows, config["groups"], inside)
    else:
        kernel = weights["kernel"].reshape(-1, prod(weights["kernel"].shape[-2:]))
        result = _sliding(builder, value, DepthwiseConvolution(kernel, bias, windows, channels, inside))
    return outer_activation(builder, activation, back(result))


def add_convolution(
    builder: Builder,
    value: Value,
    kernel: FloatArray,
    bias: FloatArray | None,
    windows: Windows,
    groups: int,
    activation: Function,
) -> Value:
    """A convolution; if each output sees one position only, a Dense layer at every position.

    Args:
        activation: an elementwise function.
    """
    flat = kernel.reshape(-1, kernel.shape[-1])
    if groups == 1 and all(window.plain for window in windows):
        return _at_each_position(builder, value, Dense(flat, bias, activation))
    form = DepthwiseConvolution if groups == builder.shape(value)[-1] and groups > 1 else Convolution
    return _sliding(builder, value, form(flat, bias, windows, groups, activation))


def _at_each_position(builder: Builder, value: Value, op: Dense) -> Value:
    return builder.node(op, value, lead=len(builder.shape(value)) - 1)


def _sliding(builder: Builder, value: Value, op: Convolution, suffix: str = "") -> Value:
    """A convolution, applied at each position of the first axes along which an output sees only its own."""
    lead = leading(op.windows)
    op = replace(op, windows=op.windows[lead:])
    return builder.node(op, value, lead=lead, suffix=suffix)
