"""Dense: y = a(x W + b) on the last axis; Keras 3, ``keras/src/layers/core/dense.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter

from ....core.functions import Function, function
from ....core.op import Op
from ....layers.activation import Activation
from ....layers.dense import Dense
from ....layers.round_rows import RoundRows
from ..containers._wire import StoredArray
from ..dialect import lora
from ..dialect.activations import activation
from ..dialect.build import described
from ..dialect.config import ACTIVATION, UNITS, USE_BIAS, options, product
from ..dialect.kinds import Config, Kind, Weight, register
from ..dialect.quantized import mode_of, unquantized
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from ..dialect.weights import values
from .activation import behind, within
from .base import Builder, Spec, Value, reads_one
from .canonical import width_by


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """A matrix of floats, whatever the file keeps it in."""
    read = options(kind.options, source.config, context.writer, site)
    read["activation"] = activation(read["activation"], context.writer, site)
    size = read["units"]
    full = (source.width if source.width is not None else _rows(source.arrays, "kernel"), size)
    arrays, added = lora.parted(source.arrays, "kernel", source.config, full, site)
    names = [weight.name for weight in kind.weights if weight.when(read)]
    mode = mode_of(source.config)
    if mode and added is not None:
        raise site.unsupported("is quantised and has LoRA's matrices too", "", "save the float model")
    product(full, "kernel", site)
    floats = unquantized(replace(source, arrays=arrays), names, context, site, size)
    kernel = floats.weights["kernel"]
    rows = source.width if source.width is not None else next(iter(kernel.shape), 0)
    product((rows, size), "kernel", site)
    weights = {"kernel": kernel if mode else values(floats.arrays["kernel"], (rows, size), site)}
    if kernel.shape != (rows, size):
        raise site.broken(f"has a kernel of shape {kernel.shape}, expected {(rows, size)}", "", SAVE_AGAIN)
    derived = floats.derived
    if added is not None:
        weights["kernel"] = weights["kernel"] + added
        derived = (*derived, "product of LoRA's two matrices added to the kernel")
    if read["use_bias"]:
        weights["bias"] = values(floats.arrays["bias"], (size,), site)
    return described(kind, source, read | floats.config, weights, derived=derived)


def _rows(arrays: Sequence[StoredArray], name: str) -> int:
    """First axis of the array of that name, where it is not a part of LoRA's."""
    lengths = (a.data.shape[0] for a in arrays if name in a.name and "lora" not in a.name and a.data.ndim)
    return next(lengths, 0)


def rounded(builder: Builder, value: Value, config: Config) -> Value:
    """What a quantised layer is given, rounded as Keras rounds it, each row of the last axis."""
    rank = len(builder.shape(value))
    if config.get("rounds"):
        op: Op = RoundRows(float(config["rounds"]))
    elif config.get("float8"):
        op = Activation(function("float8", scale=config["float8"]))
    else:
        return value
    return builder.node(op, value, lead=rank - 1, suffix="_rounded", mask=value.mask)


SAVE_AGAIN = "save the model again with model.save(), so that configuration and weights belong together"

DENSE = Kind(
    "Dense",
    options=(UNITS, ACTIVATION, USE_BIAS),
    weights=(
        Weight("kernel", older=("W",)),
        Weight("bias", older=("b",), when=itemgetter("use_bias")),
        *lora.weights("kernel"),
    ),
    describe=describe,
    width=width_by("units"),
    placed=("units",),
    placed_unless_default=("activation",),
)
register(replace(DENSE, name="TimeDistributedDense", means="Dense", input_axes=("input_length", "input_dim")))


@reads_one(DENSE)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    shape = builder.shape(value)
    kernel = spec.weights["kernel"]
    if not shape or shape[-1] != kernel.shape[0]:
        raise builder.broken(f"has a kernel for {kernel.shape[0]} features and is given {shape}")
    activation: Function = spec.config["activation"]
    value = rounded(builder, value, spec.config)
    (out,) = builder.add(
        Dense(kernel, spec.weights.get("bias"), within(activation)), [value.tensor], lead=len(shape) - 1
    )
    result = Value(out, value.mask)
    return behind(builder, activation, result)
