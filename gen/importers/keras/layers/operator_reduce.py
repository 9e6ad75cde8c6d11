"""Operators that reduce values along axes to one."""

from __future__ import annotations

import numpy as np

from ....core.graph import Shape, count, known
from ....layers.elementwise import Elementwise
from ....layers.masking import Masking
from ....layers.pool import GlobalPool
from ....layers.reshape import Reshape
from ....layers.unit_norm import UnitNorm
from .base import Value, floats_for_mean
from .operator_elementwise import combined, truth
from .operators import Use, operator
from .parts import reshaped
from .permute import axes_last, over_axes, permuted

MODES = {"Mean": "average", "Sum": "sum", "Max": "max", "Min": "min", "Amax": "max", "Amin": "min"}
BOUNDS = {"max": "maximum", "min": "minimum"}
"""The operator that combines the result with an argument ``initial``."""
EPSILON = 1e-7
"""``keras.config.epsilon()``, unless the user changed it."""
AXES = ("x", "axis", "keepdims")


@operator(*MODES, function=AXES)
def read_reduction(use: Use, x: Value) -> list[Value]:
    mode = MODES[use.name]
    result = reduced(use, floats_for_mean(use.builder, x) if mode == "average" else x, mode)
    if mode in BOUNDS and use.get("initial") is not None:
        result = combined(use, BOUNDS[mode], result, use.operand("initial"))
    return [result]


@operator("Any", "All", function=AXES)
def read_truth(use: Use) -> list[Value]:
    result = _truth(use)
    use.builder.types[result.tensor] = "bool"
    return [result]


def _truth(use: Use) -> Value:
    """The truth of any or all values. If it is whether a step differs from a value anywhere, Masking computes it."""
    x, mode = use.tensor("x"), "max" if use.name == "Any" else "min"
    maker = use.builder.maker(x.tensor)
    shape = use.builder.shape(x)
    if mode == "max" and maker is not None and isinstance(maker.op, Elementwise) and maker.op.mode == "not_equal":
        constant = maker.op.second
        last = axes_of(use, shape) == [len(shape) - 1]
        if last and len(maker.inputs) == 1 and constant is not None and constant.size == 1:
            op = Masking(float(constant.reshape(-1)[0]))
            _, mask = use.builder.add(op, [maker.inputs[0]], lead=len(shape) - 1)
            return with_dims(use, Value(mask), shape, [len(shape) - 1])
    return reduced(use, truth(use, x), mode)


@operator("Normalize", function=("x", "axis", "epsilon"))
def read_normalize(use: Use, x: Value) -> list[Value]:
    """Vectors divided by their length, or by epsilon if that is larger; Keras 3 ``keras/src/ops/nn.py``."""
    if (order := use.number("order", 2)) != 2:
        raise use.builder.refuse(f"divides by a norm of order {order:g}", fix="use order=2")
    shape = use.builder.shape(x)
    if use.arguments.get("axis", -1) is None:  # all of a batch, in Keras and by TensorFlow's own default
        raise use.across()
    axes = axes_of(use, shape, -1)
    epsilon = use.get("epsilon", EPSILON)
    if not isinstance(epsilon, float):
        epsilon = use.number("epsilon", EPSILON)
    op = UnitNorm(float(np.sqrt(epsilon)) if use.flag("squared") else epsilon)
    return [over_axes(use.builder, x, axes, op)]


def axes_of(use: Use, shape: Shape, *default: int) -> list[int]:
    """The axes of a sample in an argument ``axis``, in order; their lengths are fixed."""
    axes = sorted(set(use.axes(shape, *default)))
    use.builder.lengths(tuple(shape[axis] for axis in axes), f"works along axes of {shape}:")
    return axes


def reduced(use: Use, x: Value, mode: str, keep: bool | None = None) -> Value:
    """The tensor with axes reduced to one value."""
    builder, shape = use.builder, use.builder.shape(x)
    axes = axes_of(use, shape)
    if count([shape[axis] for axis in axes]) == 1:
        return with_dims(use, x, shape, axes, keep)
    outer = [axis for axis in range(len(shape)) if axis not in axes]
    if axes == list(range(len(axes))) and outer and known(shape):
        # The first axes are reduced, and the others are channels.
        size = count([shape[axis] for axis in outer])
        flat = reshaped(builder, x.tensor, (*(shape[axis] for axis in axes), size), "_flat")
        (out,) = builder.add(GlobalPool(mode), [flat])
    else:
        order, _ = axes_last(len(shape), axes)
        parts = [permuted(builder, x.tensor, order)]
        parts = builder.add(Reshape((count([shape[axis] for axis in axes]), 1)), parts, lead=len(outer), suffix="_flat")
        (out,) = builder.add(GlobalPool(mode), parts, lead=len(outer))
    return with_dims(use, Value(out), shape, axes, keep)


def with_dims(use: Use, value: Value, shape: Shape, axes: list[int], keep: bool | None = None) -> Value:
    """The reduced tensor, in the shape that ``keepdims`` demands."""
    keep = use.flag("keepdims") if keep is None else keep
    wanted = tuple(1 if axis in axes else n for axis, n in enumerate(shape) if keep or axis not in axes)
    if use.builder.shape(value) == wanted:
        return value
    lead = 1 if wanted and 0 not in axes and len(use.builder.shape(value)) else 0
    return use.builder.node(Reshape(wanted[lead:]), value, lead=lead, suffix="_shaped")
