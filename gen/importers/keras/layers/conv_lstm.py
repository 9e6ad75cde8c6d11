"""ConvLSTM1D, 2D and 3D.

Sources: Keras 1.2.2 and 2.3.1 ``keras/layers/convolutional_recurrent.py``, tf_keras 2.21
``tf_keras/src/layers/rnn/base_conv_lstm.py``, Keras 3.15 ``keras/src/layers/rnn/conv_lstm.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....core.functions import LINEAR
from ....layers.conv_lstm import ConvLstm
from ....layers.permute import Permute
from ..activations import activation
from ..build import Context, Source, described, named
from ..config import Option, Writer, options
from ..kinds import Config, Kind, Weight
from ..site import Site
from ..spec import FloatArray, LayerSpec
from ..weights import expect, values
from .base import Builder, Spec, Value, only, reads
from .convolution import BIAS, FILTERS, WALK, add_convolution, filters
from .recurrent import ACTIVATION, NEUTRAL, SEQUENCE, elementwise, reverse
from .spatial import FIRST, channels_last, kernel_of, on_theano, read_windows, settled

GATES = Option(
    "recurrent_activation", "function", "hard_sigmoid", since=(("Keras 3", "sigmoid"),), older=("inner_activation",)
)
LETTERS = "ifco"
WEIGHTS = (Weight("kernel"), Weight("recurrent_kernel"), BIAS)


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """Gates i f c o side by side; Keras 1 kept an array for each."""
    read = options(kind.options, source.config, context.writer, site)
    settled(kind, read, source, context, site)
    read["recurrent_activation"] = activation(read["recurrent_activation"], context.writer, site)
    theano = on_theano(context)
    read["recurrent_padding"] = "half_cut" if theano else "same"
    if theano and read["padding"] == "same":
        read["padding"] = "half_cut"
    size, wide = read["filters"], source.width if read["data_format"] != FIRST else None
    if context.writer.generation == "Keras 1":
        parts = _apart(source, site)
        kernel = _side_by_side([kernel_of(parts[f"W_{g}"], read, context, site, (wide, size), theano) for g in LETTERS])
        past = _side_by_side([kernel_of(parts[f"U_{g}"], read, context, site, (size, size), theano) for g in LETTERS])
        bias = np.concatenate([values(parts[f"b_{g}"], (size,), site) for g in LETTERS])
        return described(kind, source, read, {"kernel": kernel, "recurrent_kernel": past, "bias": bias})
    place = source.place
    arrays = source.arrays or (place.part("cell").own() if place is not None else ())
    found = named(arrays, [weight for weight in kind.weights if weight.when(read)], site)
    weights = {
        "kernel": kernel_of(found["kernel"], read, context, site, (wide, 4 * size), theano),
        "recurrent_kernel": kernel_of(found["recurrent_kernel"], read, context, site, (size, 4 * size), theano),
    }
    if "bias" in found:
        weights["bias"] = values(found["bias"], (4 * size,), site)
    return described(kind, source, read, weights)


def _apart(source: Source, site: Site) -> dict[str, Any]:
    names = [f"{role}_{gate}" for gate in "icfo" for role in "WUb"]
    arrays = expect(source.arrays, 12, ", ".join(names), site)
    found = {name: array for array in arrays for name in names if array.name.split(":")[0].endswith(f"_{name}")}
    return found if len(found) == 12 else dict(zip(names, arrays, strict=True))


def _side_by_side(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate(parts, axis=-1)


def _rank(class_name: str) -> int:
    return int(class_name[-2])


def _stored(config: Config, writer: Writer) -> tuple[bool, ...]:
    trainable = config.get("trainable", True) is not False
    if writer.generation == "Keras 1":
        return (trainable,) * 12
    return (trainable,) * (2 + bool(config.get("use_bias", True)))


def outputs(spec: LayerSpec) -> int:
    """The sequence or its last output; both states behind it, if asked for."""
    return 3 if spec.config["return_state"] else 1


@reads(
    *(
        Kind(
            f"ConvLSTM{rank}D",
            options=(FILTERS, *(ACTIVATION if o.name == "activation" else o for o in WALK), GATES, *SEQUENCE),
            fixed=(Option("time_major", "flag", False),),
            neutral=(*NEUTRAL, "zero_output_for_mask"),  # masks are refused
            weights=WEIGHTS,
            stored=_stored,
            describe=describe,
            outputs=outputs,
            width=filters,
            sequence=True,
        )
        for rank in (1, 2, 3)
    )
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """The input's convolution at every step, then the cell."""
    given, config = only(builder, inputs), spec.config
    if initial:
        raise builder.refuse("is given initial states")
    if given.mask is not None:
        raise builder.refuse("is given a masked sequence", fix="leave Masking out")
    shape = builder.shape(given)
    rank = _rank(spec.class_name)
    if len(shape) != rank + 2:
        raise builder.broken(f"needs a (time, axes, channels) sequence and is given {shape}")
    kernel, past = spec.weights["kernel"], spec.weights["recurrent_kernel"]
    with builder.deeper():
        value, _ = channels_last(builder, Value(given.tensor), config)
        inner = builder.shape(value)
        if inner[-1] != kernel.shape[-2]:
            raise builder.broken(f"has a kernel for {kernel.shape[-2]} channels and is given {shape}")
        sizes, strides, apart = config["kernel_size"], config["strides"], config["dilation_rate"]
        windows = read_windows(builder, inner, sizes, strides, config["padding"], apart)
        value = add_convolution(builder, value, kernel, spec.weights.get("bias"), windows, 1, LINEAR)
        axes = builder.shape(value)[:-1]
        same = read_windows(builder, axes, sizes, (1,) * rank, config["recurrent_padding"])
    op = ConvLstm(
        (*(int(n or 0) for n in axes), config["filters"]),
        np.ascontiguousarray(past.reshape(-1, past.shape[-1])),
        same,
        elementwise(builder, spec, "activation"),
        elementwise(builder, spec, "recurrent_activation"),
        bool(config["stateful"]),
    )
    sequence = reverse(builder, value.tensor) if config["go_backwards"] else value.tensor
    every, last, h, c = builder.add(op, [sequence], suffix="_cell")

    def back(tensor: int) -> Value:
        return channels_back(builder, Value(tensor), config["data_format"])

    if config["return_sequences"]:
        with builder.deeper():
            first = back(every)
    else:
        first = back(last)
    return [first, back(h), back(c)] if config["return_state"] else [first]


def channels_back(builder: Builder, value: Value, data_format: str) -> Value:
    """The value with its channels where the layer has them."""
    if data_format != FIRST:
        return value
    rank = len(builder.shape(value))
    return Value(builder.add(Permute((rank - 1, *range(rank - 1))), [value.tensor], suffix="_channels_first")[0])
