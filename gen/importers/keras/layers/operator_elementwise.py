"""Operators value by value: arithmetic, comparisons, functions, choices."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ....core.functions import Function, function
from ....core.graph import known
from ....layers.elementwise import Elementwise
from ....layers.merge import STEPS, Merge
from ....layers.normalize import Normalize
from ....layers.pool import GlobalPool
from ....layers.reshape import Reshape
from ..dialect.spec import Array
from .activation import add_activation, frames
from .base import Builder, Value, not_a_bias, whole_bounds
from .merge import aligned
from .narrow import RANGES, mind_cast
from .operators import Operand, Use, broadcast_constant, operator

LARGEST = float(np.finfo(np.float32).max)
MODES = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Divide": "divide",
    "TrueDivide": "divide",
    "Power": "power",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "Fmax": "maximum",
    "Fmin": "minimum",
    "Greater": "greater",
    "GreaterEqual": "greater_equal",
    "Less": "less",
    "LessEqual": "less_equal",
    "Equal": "equal",
    "NotEqual": "not_equal",
    "LogicalAnd": "logical_and",
    "LogicalOr": "logical_or",
    "LogicalXor": "logical_xor",
}
WHOLE_MODES = ("add", "subtract", "multiply", "maximum", "minimum")
"""What gives integers where it is given integers."""
POWERS = {2.0: "square", 0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal", 1.0: "linear"}


def _arithmetic(mode: str) -> None:
    def read(use: Use) -> list[Value]:
        first, second = use.operand("x1"), use.operand("x2")
        if mode == "add" and isinstance(second, np.ndarray) and not isinstance(first, np.ndarray):
            not_a_bias(use.builder, use.builder.shape(first), second.shape)
        return [as_whole(use, mode in WHOLE_MODES, [first, second], combined(use, mode, first, second))]

    operator(*(name for name, own in MODES.items() if own == mode), parameters=("x1", "x2"))(read)


for _mode in sorted(set(MODES.values())):
    _arithmetic(_mode)


def combined(use: Use, mode: str, first: Operand, second: Operand) -> Value:
    """Two operands by an operator, in the simplest words that say it."""
    builder = use.builder
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray):
        raise builder.refuse("is given constants only")
    if isinstance(second, np.ndarray):
        found = _with_constant(use, mode, first, second)
    elif isinstance(first, np.ndarray):
        found = _constant_first(use, mode, first, second)
    else:
        found = None
    return found or elementwise(use, mode, [first, second])


def _with_constant(use: Use, mode: str, x: Value, constant: Array) -> Value | None:
    """``x mode constant`` as a scaling or a function; None where it is neither."""
    shape = use.builder.shape(x)
    constant = broadcast_constant(use, constant, len(shape))
    if mode in ("add", "subtract", "multiply", "divide"):
        if mode == "divide" and not (constant != 0).all():
            return None
        if mode in ("add", "subtract"):
            return scaled(use, x, offset=constant if mode == "add" else -constant)
        with np.errstate(over="ignore"):
            scale = constant if mode == "multiply" else np.float32(1) / constant
        return scaled(use, x, scale=scale) if np.isfinite(scale).all() else None
    if constant.ndim:
        return None
    number = float(constant)
    if mode == "power":
        name = POWERS.get(number)
        return _function(use, function(name) if name else function("power", exponent=number), x)
    if mode == "maximum":
        return _function(use, function("clip", low=number, high=LARGEST), x)
    if mode == "minimum":
        return _function(use, function("clip", low=-LARGEST, high=number), x)
    return None


def _constant_first(use: Use, mode: str, constant: Array, x: Value) -> Value | None:
    """``constant mode x`` in the same way."""
    if mode in ("add", "multiply", "maximum", "minimum"):
        return _with_constant(use, mode, x, constant)
    shape = use.builder.shape(x)
    constant = broadcast_constant(use, constant, len(shape))
    if mode == "subtract":
        return scaled(use, x, scale=np.asarray(-1, np.float32), offset=constant)
    if mode == "divide":
        inverse = _function(use, function("reciprocal"), x)
        return scaled(use, inverse, scale=constant) if constant.ndim or constant != 1 else inverse
    return None


def as_whole(use: Use, keeps: bool, operands: Sequence[Operand], result: Value) -> Value:
    """The result, known to be integers where Keras has no other type for it. A constant of whole numbers may have been
    a float; then a layer that minds the type refuses what it could take."""
    whole = use.builder.whole
    if keeps and all(
        bool((item == np.round(item)).all()) if isinstance(item, np.ndarray) else item.tensor in whole
        for item in operands
    ):
        whole.add(result.tensor)
    return result


def typed(builder: Builder, value: Value, whole: bool, dtype: str = "") -> Value:
    """The same values, which Keras holds as integers from here on, or as floats; ``dtype``: in this type."""
    kind = dtype if dtype in RANGES else ""
    if (value.tensor in builder.whole) == whole and builder.narrow.get(value.tensor, "") == kind:
        return value
    shape = builder.shape(value)
    lead = max((axis + 1 for axis, length in enumerate(shape) if length is None), default=0)
    (out,) = builder.add(Reshape(shape[lead:]), [value.tensor], lead=lead, suffix="_type")
    (builder.whole.add if whole else builder.whole.discard)(out)
    builder.narrow.pop(out, None)
    if kind:
        builder.narrow[out] = kind
    return Value(out)


def scaled(use: Use, x: Value, scale: Array | None = None, offset: Array | None = None) -> Value | None:
    """x scale + offset; None where a constant makes the tensor larger."""
    shape = use.builder.shape(x)
    parts = [part for part in (scale, offset) if part is not None and part.ndim]
    for part in parts:
        tail = shape[len(shape) - part.ndim :]
        if any(n not in (1, own) for n, own in zip(part.shape, tail, strict=True)):
            return None
    along = any(part.ndim == len(shape) for part in parts)
    lead = 0 if along else frames(shape)
    if along and not known(shape):
        raise use.builder.unfixed(f"is given a constant along an axis whose length is not fixed in {shape}")
    rank = max(1, len(shape) - lead)
    whole = [
        None if part is None else np.asarray(part).reshape((1,) * (rank - part.ndim) + part.shape)
        for part in (scale, offset)
    ]
    (out,) = use.builder.add(Normalize(None, *whole), [x.tensor], lead=lead)
    return Value(out)


def elementwise(use: Use, mode: str, operands: Sequence[Operand]) -> Value:
    """Tensors of one rank, and constants, in the general form."""
    builder = use.builder
    tensors = [item for item in operands if not isinstance(item, np.ndarray)]
    shapes = [builder.shape(item) for item in tensors]
    if len({len(shape) for shape in shapes}) > 1:
        raise builder.refuse(
            f"is a bare operation on tensors of different rank, {', '.join(map(str, shapes))}, which lays the samples "
            "of one beside the steps of the other"
        )
    rank = len(shapes[0])
    constants = [broadcast_constant(use, item, rank) if isinstance(item, np.ndarray) else None for item in operands]
    given = aligned(builder, [item.tensor for item in tensors])
    shape = builder.shape(given[0])
    if len(given) == len(operands) and mode in STEPS:
        (out,) = builder.add(Merge(mode), given, lead=frames(shape))
        return Value(out)
    along = any(constant is not None and constant.ndim == rank for constant in constants)
    lead = 0 if along else frames(shape)
    if along and not known(shape):
        raise builder.unfixed(f"is given a constant along an axis whose length is not fixed in {shape}")
    core = rank - lead
    parts = [None if c is None else c.reshape((1,) * (core - c.ndim) + c.shape) for c in constants]
    (out,) = builder.add(Elementwise(mode, *parts), given, lead=lead)
    return Value(out)


def truth(use: Use, value: Value) -> Value:
    """1 where a value is not 0."""
    return (
        value
        if is_truth(use.builder, value.tensor)
        else elementwise(use, "not_equal", [value, np.zeros((), np.float32)])
    )


def is_truth(builder: Builder, tensor: int) -> bool:
    """Whether a tensor holds 0 and 1 only, as its maker shows."""
    made = next((node for node in reversed(builder.nodes) if tensor in node.outputs), None)
    if made is None:
        return False
    if isinstance(made.op, Elementwise):
        return made.op.truth
    if isinstance(made.op, Reshape) or (isinstance(made.op, GlobalPool) and made.op.mode in ("max", "min")):
        return is_truth(builder, made.inputs[0])
    return made.op.marker is not None and made.outputs.index(tensor) == 1


def _function(use: Use, found: Function, x: Value) -> Value:
    return Value(add_activation(use.builder, found, x).tensor)


FUNCTIONS = {
    "Fabs": "abs",
    "Square": "square",
    "Sqrt": "sqrt",
    "Rsqrt": "rsqrt",
    "Reciprocal": "reciprocal",
    "Log": "log",
    "Exp": "exponential",
    "Sign": "sign",
    "Floor": "floor",
    "Ceil": "ceil",
    "Trunc": "truncate",
    "Tanh": "tanh",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "SparseSigmoid": "sparse_sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "SparsePlus": "sparse_plus",
    "Silu": "silu",
    "LogSigmoid": "log_sigmoid",
    "HardSilu": "hard_silu",
    "Selu": "selu",
    "TanhShrink": "tanh_shrink",
    "HardTanh": "hard_tanh",
    "Mish": "mish",
    "Erf": "erf",
    **{name.title(): name for name in ("sin", "cos", "tan", "sinh", "cosh")},
    **{f"Arc{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
PARAMETERS = {
    "Relu6": ("relu", {}, {"max_value": 6.0}),
    "LeakyRelu": ("relu", {"negative_slope": ("negative_slope", 0.2)}, {}),
    "Elu": ("elu", {"alpha": ("alpha", 1.0)}, {}),
    "Celu": ("celu", {"alpha": ("alpha", 1.0)}, {}),
    "SoftShrink": ("soft_shrink", {"threshold": ("threshold", 0.5)}, {}),
    "HardShrink": ("hard_shrink", {"threshold": ("threshold", 0.5)}, {}),
    "Squareplus": ("squareplus", {"b": ("b", 4.0)}, {}),
    "HardSigmoid": ("hard_sigmoid", {}, {"slope": 1 / 6, "offset": 0.5}),
    "Threshold": ("threshold", {"threshold": ("threshold", 0.0), "value": ("default_value", 0.0)}, {}),
}


def _functions() -> None:
    for name, meaning in FUNCTIONS.items():
        _register(name, meaning, {}, {})
    for name, (meaning, given, fixed) in PARAMETERS.items():
        _register(name, meaning, given, fixed)


def _register(name: str, meaning: str, given: dict[str, tuple[str, float]], fixed: dict[str, float]) -> None:
    def read(use: Use) -> list[Value]:
        params = {own: use.number(key, usual) for own, (key, usual) in given.items()}
        return [_function(use, function(meaning, **params, **fixed), use.tensor("x"))]

    operator(name)(read)


_functions()


@operator("ReLU")
def read_relu(use: Use) -> list[Value]:
    """As ``keras.activations.relu`` of a tensor is written."""
    params = {name: use.number(name, 0.0) for name in ("negative_slope", "threshold")}
    params = {name: value for name, value in params.items() if value}
    if use.get("max_value") is not None:
        params["max_value"] = use.number("max_value", 0.0)
    return [_function(use, function("relu", **params), use.tensor("x"))]


@operator("Gelu")
def read_gelu(use: Use) -> list[Value]:
    found = function("gelu", approximate=1.0) if use.get("approximate", True) else function("gelu")
    return [_function(use, found, use.tensor("x"))]


@operator("Softmax", "LogSoftmax", "Sparsemax", "Glu")
def read_vector(use: Use) -> list[Value]:
    """Over one axis."""
    name = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sparsemax": "sparsemax", "Glu": "glu"}[use.name]
    if use.arguments.get("axis", -1) is None:  # all of a batch
        raise use.across()
    axis = use.axis(use.builder.shape(use.tensor("x")), use.whole("axis", -1))
    return [_function(use, function(name, axis=axis + 1), use.tensor("x"))]


@operator("Negative")
def read_negative(use: Use) -> list[Value]:
    x = use.tensor("x")
    return [as_whole(use, True, [x], combined(use, "multiply", x, np.asarray(-1, np.float32)))]


@operator("Round")
def read_round(use: Use) -> list[Value]:
    if use.get("decimals", 0):
        raise use.builder.refuse(f"rounds to {use.get('decimals')} decimals", fix="round to whole numbers")
    return [_function(use, function("round"), use.tensor("x"))]


@operator("Clip")
def read_clip(use: Use) -> list[Value]:
    low, high = use.number("x_min", -LARGEST), use.number("x_max", LARGEST)
    value = whole_bounds(use.builder, use.tensor("x"), low, high)
    return [_function(use, function("clip", low=low, high=high), value)]


@operator("LogicalNot")
def read_not(use: Use) -> list[Value]:
    return [elementwise(use, "equal", [use.tensor("x"), np.zeros((), np.float32)])]


@operator("Where", parameters=("condition", "x1", "x2"))
def read_where(use: Use) -> list[Value]:
    """One of two by a condition."""
    if use.get("x1") is None or use.get("x2") is None:
        raise use.builder.refuse("asks where a condition holds: the length of the answer is not known beforehand")
    condition = use.tensor("condition")
    return [elementwise(use, "where", [condition, use.operand("x1"), use.operand("x2")])]


@operator("SquaredDifference", parameters=("x1", "x2"))
def read_squared_difference(use: Use) -> list[Value]:
    apart = combined(use, "subtract", use.operand("x1"), use.operand("x2"))
    return [_function(use, function("square"), apart)]


@operator("AddN", parameters=("xs",))
def read_sum_of_tensors(use: Use) -> list[Value]:
    return [elementwise(use, "add", use.operands("xs"))]


@operator("StopGradient", "Identity", "Copy")
def read_identity(use: Use) -> list[Value]:
    return [use.tensor("x")]


@operator("Cast", "ConvertToTensor", typed=True)
def read_cast(use: Use) -> list[Value]:
    """All values are float32 here: a type of whole numbers cuts fractions off, a truth value is 0 or 1. What has the
    type already is the same tensor in Keras, with its mask."""
    value, dtype = use.tensor("x"), str(use.get("dtype", ""))
    whole = value.tensor in use.builder.whole
    if not dtype or (dtype == "float32" and not whole and not is_truth(use.builder, value.tensor)):
        return [use.arguments["x"]]
    if dtype == "bool":
        return [typed(use.builder, truth(use, value), True)]
    if "int" in dtype and not is_truth(use.builder, value.tensor):
        mind_cast(use.builder, value, dtype)
        value = _function(use, function("truncate"), value)
    return [typed(use.builder, value, "int" in dtype, dtype)]


@operator("SaturateCast", typed=True)
def read_saturate_cast(use: Use) -> list[Value]:
    """Clipped to what the type holds, then cast: what is negative is no truth. Keras 3.15 ``keras/src/ops/core.py``."""
    value, dtype = use.tensor("x"), str(use.get("dtype", "float32"))
    if is_truth(use.builder, value.tensor):
        return [typed(use.builder, value, "int" in dtype, dtype)]
    if dtype == "bool":
        return [elementwise(use, "greater", [value, np.zeros((), np.float32)])]
    if not (whole := re.fullmatch(r"(u?)int(\d+)", dtype)):
        return [typed(use.builder, value, False)]
    bits = int(whole[2]) - (not whole[1])
    high = np.float32(2**bits - 1)
    if high >= 2**bits:
        high = np.nextafter(high, np.float32(0))
    low = 0.0 if whole[1] else -float(2**bits)
    clipped = _function(use, function("clip", low=low, high=float(high)), value)
    return [typed(use.builder, _function(use, function("truncate"), clipped), True, dtype)]
