"""ConvLSTM1D, 2D and 3D.

Sources: Keras 1.2.2 and 2.3.1 ``keras/layers/convolutional_recurrent.py``, tf_keras 2.21
``tf_keras/src/layers/rnn/base_conv_lstm.py``, Keras 3.15 ``keras/src/layers/rnn/conv_lstm.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ....core.functions import LINEAR
from ....layers.conv_lstm import ConvLstm
from ..containers._wire import StoredArray
from ..dialect.build import described, stored
from ..dialect.config import FIRST, Option, rank_of
from ..dialect.gates import Gates, blocks, by_gate
from ..dialect.kinds import Kind, Terms, Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import FloatArray, GateSlice, LayerSpec
from ..dialect.weights import expect, values
from .base import Builder, Spec, Value, kernel_fits, only, several_inputs
from .canonical import BIAS
from .convolution import FILTERS, WALK, add_convolution
from .lstm import CELL as LSTM
from .lstm import steps_of
from .recurrent import ACTIVATION, NEUTRAL, SEQUENCE, elementwise, flags_of, reverse
from .spatial import channels_back, channels_last, kernel_of, on_theano, read_windows, settle_windows

GATES = Option(
    "recurrent_activation", "function", "hard_sigmoid", since=(("Keras 3", "sigmoid"),), older=("inner_activation",)
)
ROLES = {"kernel": "kernel", "recurrent_kernel": "recurrent", "bias": "bias"}


def formulas(terms: Terms) -> list[str]:
    """The step of one layer; Shi et al. 2015 without their peepholes."""
    bias = " + b_{0}" if terms.config.get("use_bias", True) else ""
    return steps_of(terms, ("conv(x, W_{0}) + conv(h, U_{0})" + bias).format)


CELL = replace(LSTM, options=(), steps=(), formulas=formulas, torch="", onnx="", tflite="", cudnn=False)


def describe(kind: Kind, source: Source, read: Ledger, context: Context, site: Site) -> LayerSpec:
    """Gates i f c o side by side; Keras 1 kept an array for each gate."""
    theano = on_theano(context)
    settle_windows(source, read, context, site, "half_cut")
    read["recurrent_padding"] = "half_cut" if theano else "same"
    size, first = read["filters"], read["data_format"] == FIRST
    if not source.arrays:
        source = replace(source, arrays=source.place.part("cell").stored())

    def data_of(role: str, array: StoredArray, filters: int) -> FloatArray:
        if role == "bias":
            return values(array, (filters,), site)
        return kernel_of(array, read, context, site, (size if role == "recurrent" else None, filters), theano)

    per_gate, rank = context.writer.generation == "Keras 1", rank_of(kind.name)
    result = Gates({}, order=" ".join(CELL.separate if per_gate else CELL.order))
    if per_gate:
        # (filters, channels, rows, columns) with channels first
        code = f".transpose({', '.join(map(str, (*range(2, rank + 2), 1, 0)))})" if first else ""
        code = (code + (f"[{', '.join(['::-1'] * rank)}]" if theano else "")) or "[...]"
        parts, _ = by_gate(CELL.separate, expect(source.arrays, 12, "W, U and b of each gate", site))
        for (role, gate), array in parts.items():
            text = "a[...]" if role == "bias" else f"a{code}"
            result.gates.append(GateSlice(gate, role, array, "[...]", text, "", data_of(role, array, size)))
    else:
        before = "::-1, " * rank + ":, " if theano else "..., "
        for name, array in stored(kind, source, read, site).items():
            role = ROLES[name]
            data = data_of(role, array, 4 * size)
            result.gates += blocks(CELL.order, size, role, array, data, "" if role == "bias" else before)
    result.gates.sort(key=lambda part: CELL.order.index(part.gate))
    result.evidence = ["12 arrays = 4 gates x W, U, b" if per_gate else f"{4 * size} columns = 4 x {size}"]
    result.join(CELL)
    result.derived = ["kernels turned round: Theano flips them"] if theano else []
    return described(kind, source, read, result.weights, **result.facts())


@several_inputs(
    "ConvLSTM{}D",
    ranks=(1, 2, 3),
    options=(FILTERS, *(ACTIVATION if o.name == "activation" else o for o in WALK), GATES, *SEQUENCE),
    fixed=(Option("time_major", "flag", False),),
    neutral=(*NEUTRAL, "zero_output_for_mask"),  # masks are refused
    weights=(Weight("kernel"), Weight("recurrent_kernel"), BIAS),
    stored=flags_of(CELL),
    describe=describe,
    sequence=True,
    convolved=CELL,
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """The input's convolution at every step, then the cell."""
    sequence, config, weights = only(builder, inputs), spec.config, spec.weights
    if initial:
        raise builder.refuse("is given initial states")
    if sequence.mask is not None:
        raise builder.refuse("is given a masked sequence", fix="leave Masking out")
    shape, rank = builder.shape(sequence), rank_of(spec.class_name)
    if len(shape) != rank + 2:
        raise builder.broken(f"needs a (time, axes, channels) sequence and is given {shape}")
    kernel, past = weights["kernel"], weights["recurrent_kernel"]
    with builder.deeper():
        value, _ = channels_last(builder, sequence, config)
        inner = builder.shape(value)
        kernel_fits(builder, inner, kernel.shape[-2], "channels")
        sizes, strides, dilation = config["kernel_size"], config["strides"], config["dilation_rate"]
        windows = read_windows(builder, inner, sizes, strides, config["padding"], dilation)
        value = add_convolution(builder, value, kernel, weights.get("bias"), windows, 1, LINEAR)
        axes = builder.shape(value)[:-1]
        same = read_windows(builder, axes, sizes, (1,) * rank, config["recurrent_padding"])
    core, past = (*(int(n or 0) for n in axes), config["filters"]), past.reshape(-1, past.shape[-1])
    activation, gate = (elementwise(builder, spec, name) for name in ("activation", "recurrent_activation"))
    op = ConvLstm(core, np.ascontiguousarray(past), same, activation, gate, bool(config["stateful"]))
    steps = reverse(builder, value.tensor) if config["go_backwards"] else value.tensor
    every, last, h, c = map(Value, builder.add(op, [steps], suffix="_cell"))
    back = channels_back if config["data_format"] == FIRST else lambda builder, value: value
    if config["return_sequences"]:
        with builder.deeper():
            first = back(builder, every)
    else:
        first = back(builder, last)
    return [first, back(builder, h), back(builder, c)] if config["return_state"] else [first]
