"""Dense: y = a(x W + b) on the last axis; Keras 3, ``keras/src/layers/core/dense.py``."""

from __future__ import annotations

from dataclasses import replace

from ....core.functions import Function, function
from ....core.op import Op
from ....layers.activation import Activation
from ....layers.dense import Dense
from ....layers.round_rows import RoundRows
from ..dialect import lora
from ..dialect.config import ACTIVATION, UNITS, USE_BIAS
from ..dialect.kinds import Config, Kind, register
from .activation import inner_activation, outer_activation
from .base import Builder, Spec, Value, kernel_fits, reads_one
from .canonical import KERNELS, describe_matrix


def rounded(builder: Builder, value: Value, config: Config) -> Value:
    """A quantised layer's input, rounded like Keras's, for each row of the last axis."""
    rank = len(builder.shape(value))
    if config.get("rounds"):
        op: Op = RoundRows(float(config["rounds"]))
    elif config.get("float8"):
        op = Activation(function("float8", scale=config["float8"]))
    else:
        return value
    return builder.node(op, value, lead=rank - 1, suffix="_rounded", mask=value.mask)


DENSE = Kind(
    "Dense",
    options=(UNITS, ACTIVATION, USE_BIAS),
    weights=(*KERNELS, *lora.weights("kernel")),
    describe=describe_matrix(lambda read: (None, read["units"])),
    placed=("units",),
    placed_unless_default=("activation",),
)
register(replace(DENSE, name="TimeDistributedDense", means="Dense", input_axes=("input_length", "input_dim")))


@reads_one(DENSE)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    shape = builder.shape(value)
    kernel = spec.weights["kernel"]
    kernel_fits(builder, shape, len(kernel))
    activation: Function = spec.config["activation"]
    value = rounded(builder, value, spec.config)
    op = Dense(kernel, spec.weights.get("bias"), inner_activation(activation))
    return outer_activation(builder, activation, builder.node(op, value, lead=len(shape) - 1, mask=value.mask))
