"""Convolutions of all kinds; Keras 3, ``keras/src/layers/convolutional``. Masks end here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from operator import itemgetter
from typing import Any

from ....core.functions import LINEAR, Function
from ....core.graph import Op
from ....layers.convolution import Convolution, DepthwiseConvolution
from ....layers.dense import Dense
from ....layers.windows import Windows
from ..containers.stored import StoredArray
from ..dialect.build import described, named
from ..dialect.config import ACTIVATION, USE_BIAS, Option, options
from ..dialect.kinds import Kind, Weight, Width
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, LayerSpec
from ..dialect.weights import values
from .activation import behind, within
from .base import Builder, Spec, Value, only, reads
from .spatial import (
    FIRST,
    FORMAT,
    PADDING,
    STRIDES,
    channels_last,
    kernel_of,
    leading,
    on_theano,
    ranked,
    read_windows,
    settled,
    width_if_last,
)


def stored(kind: Kind, source: Source, read: Mapping[str, Any], site: Site) -> dict[str, StoredArray]:
    """The arrays by name."""
    return named(source.arrays, [weight for weight in kind.weights if weight.when(read)], site)


def filters(spec: LayerSpec, inputs: Sequence[Width]) -> Width:
    """The output's width, where channels come last."""
    del inputs
    return int(spec.config["filters"]) if spec.config["data_format"] == "channels_last" else None


def multiplied(spec: LayerSpec, inputs: Sequence[Width]) -> Width:
    """Of a depthwise convolution."""
    wide = width_if_last(spec, inputs)
    return wide * int(spec.config["depth_multiplier"]) if wide else None


FILTERS = Option("filters", "size", older=("nb_filter",))
GROUPS = Option("groups", "size", 1)
MULTIPLIER = Option("depth_multiplier", "size", 1)
WALK = (
    Option("kernel_size", "ints", None, older=("filter_length",)),
    STRIDES,
    PADDING,
    FORMAT,
    ACTIVATION,
    USE_BIAS,
    Option("dilation_rate", "ints", 1, older=("atrous_rate",)),
)
BIAS = Weight("bias", older=("b",), when=itemgetter("use_bias"))
KERNELS = (Weight("kernel", older=("W",)), BIAS)
PARTS = (Weight("depthwise_kernel"), Weight("pointwise_kernel"), BIAS)


def describe_convolution(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    settled(kind, read, source, context, site)
    theano = on_theano(context)
    if theano and read["padding"] == "same":
        read["padding"] = "half_cut"
    arrays = stored(kind, source, read, site)
    groups, width = read["groups"], source.width if read["data_format"] != FIRST else None
    if read["filters"] % groups or (width or 0) % groups:
        raise site.broken(f"has {groups} groups for {width or 'its'} channels and {read['filters']} filters")
    tail = (None if width is None else width // groups, read["filters"])
    weights = {"kernel": kernel_of(arrays["kernel"], read, context, site, tail, theano)}
    derived = ["kernel turned round: Theano flips it"] if theano and prod(read["kernel_size"]) > 1 else []
    return described(kind, source, read, _with_bias(weights, arrays, read["filters"], site), derived=derived)


def describe_depthwise(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    settled(kind, read, source, context, site, both=True)
    if on_theano(context) and read["padding"] == "same":
        read["padding"] = "half"
    arrays = stored(kind, source, read, site)
    width = source.width if read["data_format"] != FIRST else None
    kernel = kernel_of(arrays["kernel"], read, context, site, (width, read["depth_multiplier"]), False)
    return described(kind, source, read, _with_bias({"kernel": kernel}, arrays, prod(kernel.shape[-2:]), site))


def describe_separable(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    read = options(kind.options, source.config, context.writer, site)
    settled(kind, read, source, context, site, both=True)
    if on_theano(context) and read["padding"] == "same":
        read["padding"] = "half"
    arrays = stored(kind, source, read, site)
    width = source.width if read["data_format"] != FIRST else None
    own = kernel_of(arrays["depthwise_kernel"], read, context, site, (width, read["depth_multiplier"]), False)
    wide = prod(own.shape[-2:])
    flat = read | {"kernel_size": (1,) * len(read["kernel_size"])}
    mixing = kernel_of(arrays["pointwise_kernel"], flat, context, site, (wide, read["filters"]), False)
    weights = {"depthwise_kernel": own, "pointwise_kernel": mixing}
    return described(kind, source, read, _with_bias(weights, arrays, read["filters"], site))


def _with_bias(
    weights: dict[str, FloatArray], arrays: Mapping[str, StoredArray], filters: int, site: Site
) -> dict[str, FloatArray]:
    if "bias" in arrays:
        weights["bias"] = values(arrays["bias"], (filters,), site)
    return weights


@reads(
    *(
        Kind(
            f"Conv{rank}D",
            options=(FILTERS, *WALK, GROUPS),
            weights=KERNELS,
            aliases=(f"Convolution{rank}D", *([f"AtrousConvolution{rank}D"] if rank < 3 else [])),
            describe=describe_convolution,
            width=filters,
        )
        for rank in (1, 2, 3)
    )
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config, spec.weights.get("bias"))
    kernel, bias = spec.weights["kernel"], spec.weights.get("bias")
    windows = _windows(builder, spec, value, kernel.shape[-2] * spec.config["groups"])
    activation = spec.config["activation"]
    result = add_convolution(builder, value, kernel, bias, windows, spec.config["groups"], within(activation))
    return [behind(builder, activation, back(result))]


@reads(
    *(
        Kind(
            f"DepthwiseConv{rank}D",
            options=(*WALK, MULTIPLIER),
            fixed=(GROUPS,),
            weights=KERNELS,
            describe=describe_depthwise,
            width=multiplied,
        )
        for rank in (1, 2)
    )
)
def read_depthwise(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Filter c * multiplier + j is the j-th of channel c."""
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config, spec.weights.get("bias"))
    kernel = spec.weights["kernel"]
    windows = _windows(builder, spec, value, kernel.shape[-2])
    activation = spec.config["activation"]
    result = _add_depthwise(builder, value, kernel, spec.weights.get("bias"), windows, within(activation), "")
    return [behind(builder, activation, back(result))]


@reads(
    *(
        Kind(
            f"SeparableConv{rank}D",
            options=(FILTERS, *WALK, MULTIPLIER),
            fixed=(GROUPS,),
            weights=PARTS,
            aliases=(f"SeparableConvolution{rank}D",),
            describe=describe_separable,
            width=filters,
        )
        for rank in (1, 2)
    )
)
def read_separable(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """A depthwise convolution, then a mixture of its channels at every position."""
    del initial
    value, back = channels_last(builder, only(builder, inputs), spec.config, spec.weights.get("bias"))
    own, mixing = spec.weights["depthwise_kernel"], spec.weights["pointwise_kernel"]
    windows = _windows(builder, spec, value, own.shape[-2])
    between = _add_depthwise(builder, value, own, None, windows, LINEAR, "_depthwise")
    flat = mixing.reshape(-1, mixing.shape[-1])
    activation = spec.config["activation"]
    result = _add_mixing(builder, between, flat, spec.weights.get("bias"), within(activation))
    return [behind(builder, activation, back(result))]


def _windows(builder: Builder, spec: Spec, value: Value, channels: int) -> Windows:
    config = spec.config
    shape = ranked(builder, value, len(config["kernel_size"]))
    if shape[-1] != channels:
        raise builder.broken(f"has a kernel for {channels} channels and is given {shape}")
    return read_windows(
        builder, shape, config["kernel_size"], config["strides"], config["padding"], config["dilation_rate"]
    )


def add_convolution(
    builder: Builder,
    value: Value,
    kernel: FloatArray,
    bias: FloatArray | None,
    windows: Windows,
    groups: int,
    activation: Function,
) -> Value:
    """A convolution; where each output sees one position only, a Dense layer at every position.

    Args:
        activation: an elementwise one.
    """
    filters = kernel.shape[-1]
    flat = kernel.reshape(-1, filters)
    if groups == 1 and all(window.plain for window in windows):
        return _add_mixing(builder, value, flat, bias, activation)
    if groups == builder.shape(value)[-1] and groups > 1:
        return _added(builder, value, DepthwiseConvolution, (flat, bias, windows, groups), activation, "")
    return _added(builder, value, Convolution, (flat, bias, windows, groups), activation, "")


def _add_depthwise(
    builder: Builder,
    value: Value,
    kernel: FloatArray,
    bias: FloatArray | None,
    windows: Windows,
    activation: Function,
    suffix: str,
) -> Value:
    channels, multiplier = kernel.shape[-2:]
    flat = kernel.reshape(-1, channels * multiplier)
    return _added(builder, value, DepthwiseConvolution, (flat, bias, windows, channels), activation, suffix)


def _add_mixing(
    builder: Builder, value: Value, kernel: FloatArray, bias: FloatArray | None, activation: Function
) -> Value:
    op: Op = Dense(kernel, bias, activation)
    (out,) = builder.add(op, [value.tensor], lead=len(builder.shape(value)) - 1)
    return Value(out)


def _added(
    builder: Builder,
    value: Value,
    kind: type[Convolution],
    parts: tuple[FloatArray, FloatArray | None, Windows, int],
    activation: Function,
    suffix: str,
) -> Value:
    flat, bias, windows, groups = parts
    lead = leading(windows)
    op = kind(flat, bias, windows[lead:], groups, activation)
    (out,) = builder.add(op, [value.tensor], lead=lead, suffix=suffix)
    return Value(out)
