"""Operators value by value: arithmetic, comparisons, functions, choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ....core.formats import Array
from ....core.functions import function
from ....core.graph import Shape
from ....core.op import snake_case
from ....layers.elementwise import Elementwise
from ....layers.merge import STEPS, Merge
from ....layers.normalize import Normalize
from ....layers.reshape import Reshape
from ..dialect.config import shown
from .activation import NEUTRAL, add_activation, frames
from .base import Builder, Value, fits, not_a_bias, whole_bounds
from .merge import aligned
from .narrow import mind_cast, type_of
from .operators import Operand, Use, broadcast_constant, operator

LARGEST = float(np.finfo(np.float32).max)
MODES = {"TrueDivide": "divide", "Fmax": "maximum", "Fmin": "minimum"}
"""Modes of operators of two operands that are not their names in snake case."""
WHOLE_MODES = ("add", "subtract", "multiply", "maximum", "minimum")
"""Operators that give integers for integers."""
POWERS = {2.0: "square", 0.5: "sqrt", -0.5: "rsqrt", -1.0: "reciprocal", 1.0: "linear"}
OPERANDS = ("x1", "x2")


@operator(
    *("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Power", "Maximum", "Minimum", "Fmax", "Fmin"),
    *("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "LogicalXor"),
    function=OPERANDS,
)
def read_arithmetic(use: Use, x1: Operand, x2: Operand) -> list[Value]:
    mode = MODES.get(use.name) or snake_case(use.name)
    if mode == "add" and isinstance(x2, np.ndarray) and not isinstance(x1, np.ndarray):
        not_a_bias(use.builder, use.builder.shape(x1), x2.shape)
    return [as_whole(use, mode in WHOLE_MODES, [x1, x2], combined(use, mode, x1, x2))]


def combined(use: Use, mode: str, first: Operand, second: Operand) -> Value:
    """Two operands combined by an operator, with the simplest op."""
    simple, constants = None, [isinstance(operand, np.ndarray) for operand in (first, second)]
    if sum(constants) == 1:
        x, constant = (second, first) if constants[0] else (first, second)
        simple = _with_constant(use, mode, x, constant, constants[0])
    return simple or elementwise(use, mode, [first, second])


def _with_constant(use: Use, mode: str, x: Value, constant: Array, first: bool) -> Value | None:
    """``x mode constant`` as a scaling or a function; None if it is neither.

    Args:
        first: whether the order is ``constant mode x``.
    """
    constant = broadcast_constant(use, constant, len(use.builder.shape(x)))
    if mode in ("add", "subtract"):
        sign = np.asarray(-1, np.float32) if mode == "subtract" and first else None
        return scaled(use, x, scale=sign, offset=constant if mode == "add" or first else -constant)
    if mode == "divide" and first:
        inverse = applied(use, "reciprocal", x)
        return scaled(use, inverse, scale=constant) if constant.ndim or constant != 1 else inverse
    if mode in ("multiply", "divide"):
        if mode == "divide" and not (constant != 0).all():
            return None
        with np.errstate(over="ignore"):
            scale = constant if mode == "multiply" else np.float32(1) / constant
        return scaled(use, x, scale=scale) if np.isfinite(scale).all() else None
    if constant.ndim:
        return None
    number = float(constant)
    if mode == "power" and not first:
        name = POWERS.get(number)
        return applied(use, name, x) if name else applied(use, "power", x, exponent=number)
    ends = {"maximum": {"low": number, "high": LARGEST}, "minimum": {"low": -LARGEST, "high": number}}.get(mode)
    return applied(use, "clip", x, **ends) if ends else None


def as_whole(use: Use, keeps: bool, operands: Sequence[Operand], result: Value) -> Value:
    """The result, noted as integers if Keras has no other type for it. A constant of whole numbers may have been a
    float; then a layer that checks the type refuses an input that it could take."""
    builder = use.builder
    if keeps and all(
        bool((item == np.round(item)).all()) if isinstance(item, np.ndarray) else item.tensor in builder.types
        for item in operands
    ):
        builder.types[result.tensor] = builder.joint_type(
            item.tensor for item in operands if not isinstance(item, np.ndarray)
        )
    return result


def mind_type(use: Use) -> None:
    """Refuses an operator's option for a type of whole numbers: Keras would truncate fractions before computing."""
    dtype = use.get("dtype")
    if isinstance(dtype, str) and "float" not in dtype:
        raise use.builder.refuse(f"computes in {dtype}", fix=f'cast before it: keras.ops.cast(x, "{dtype}")')


def typed(builder: Builder, value: Value, kind: str = "") -> Value:
    """The same values, in a type of ``Builder.types`` from here on, or as floats."""
    if builder.types.get(value.tensor, "") == kind:
        return value
    shape = builder.shape(value)
    lead = max((axis + 1 for axis, length in enumerate(shape) if length is None), default=0)
    (out,) = builder.add(Reshape(shape[lead:]), [value.tensor], lead=lead, suffix="_type")
    builder.types.pop(out, None)
    if kind:
        builder.types[out] = kind
    return Value(out)


def scaled(use: Use, x: Value, scale: Array | None = None, offset: Array | None = None) -> Value | None:
    """x scale + offset; None if a constant makes the tensor larger."""
    shape = use.builder.shape(x)
    for part in (scale, offset):
        if part is not None and part.ndim and not fits(part, shape[len(shape) - part.ndim :]):
            return None
    constants, lead = aligned_constants(use, [scale, offset], shape)
    gain, shift = (None if constant is None else np.atleast_1d(constant) for constant in constants)
    before = use.builder.maker(x.tensor) if gain is None else None
    scaling = before.op if before is not None and before.lead == lead + use.builder.depth else None
    if before is not None and isinstance(scaling, Normalize) and scaling.offset is None:
        return use.builder.node(replace(scaling, offset=shift), *before.inputs, lead=lead)
    return use.builder.node(Normalize(None, gain, shift), x, lead=lead)


def aligned_constants(use: Use, constants: Sequence[Array | None], shape: Shape) -> tuple[list[Array | None], int]:
    """Constants with the number of axes of an op's core, and its lead: 0 if a constant varies along the steps.

    Args:
        shape: shape of the samples.
    """
    along = any(constant is not None and constant.ndim == len(shape) for constant in constants if shape)
    lead = 0 if along else frames(shape)
    if along:
        use.builder.lengths(shape, "is given a constant along the axes of")
    rank = len(shape) - lead
    parts = [None if c is None else np.asarray(c).reshape((1,) * (rank - c.ndim) + c.shape) for c in constants]
    return parts, lead


def elementwise(use: Use, mode: str, operands: Sequence[Operand]) -> Value:
    """Tensors of one rank, and constants, in the general form."""
    builder = use.builder
    tensors = [item for item in operands if not isinstance(item, np.ndarray)]
    shapes = [builder.shape(item) for item in tensors]
    if not shapes:
        raise builder.refuse("is given constants only")
    if len({len(shape) for shape in shapes}) > 1:
        raise builder.refuse(
            f"is a bare operation on tensors of different rank, {', '.join(map(str, shapes))}, which lays the samples "
            "of one beside the steps of the other"
        )
    rank = len(shapes[0])
    constants = [broadcast_constant(use, item, rank) if isinstance(item, np.ndarray) else None for item in operands]
    feeds = aligned(builder, [item.tensor for item in tensors])
    shape = builder.shape(feeds[0])
    if len(feeds) == len(operands) and mode in STEPS:
        return builder.node(Merge(mode), *feeds, lead=frames(shape))
    parts, lead = aligned_constants(use, constants, shape)
    try:
        np.broadcast_shapes(*(part.shape for part in parts if part is not None), tuple(n or 1 for n in shape[lead:]))
    except ValueError:
        raise builder.broken(f"is given constants that do not fit samples of shape {shape}") from None
    return builder.node(Elementwise(mode, *parts), *feeds, lead=lead)


def truth(use: Use, value: Value) -> Value:
    """1 for each value that is not 0, otherwise 0."""
    return value if is_truth(use, value) else elementwise(use, "not_equal", [value, np.zeros((), np.float32)])


def is_truth(use: Use, value: Value) -> bool:
    """Whether Keras holds a tensor as truth values."""
    return use.builder.types.get(value.tensor) == "bool"


def applied(use: Use, name: str, value: Value, /, **parameters: float) -> Value:
    """A function of single values, or over an axis."""
    return Value(add_activation(use.builder, function(name, **parameters), value).tensor)


RELUS = ("ReLU", "LeakyRelu", "Relu6")
FUNCTIONS = {"Fabs": "abs", "Exp": "exponential", "Trunc": "truncate", **dict.fromkeys(RELUS, "relu")}
"""Functions of operators of one value that are not their names in snake case."""
FIXED = {"Relu6": {"max_value": 6.0}, "HardSigmoid": {"slope": 1 / 6, "offset": 0.5}}
"""Fixed parameters of their functions."""
PARAMETERS: Mapping[str, Mapping[str, float | None]] = {
    "ReLU": {"negative_slope": 0.0, "threshold": 0.0, "max_value": None},
    "LeakyRelu": {"negative_slope": 0.2},
    **{name: {"alpha": 1.0} for name in ("Elu", "Celu")},
    **{name: {"threshold": 0.5} for name in ("SoftShrink", "HardShrink")},
    "Squareplus": {"b": 4.0},
    "Threshold": {"threshold": 0.0, "default_value": 0.0},
}
"""Arguments that are parameters of their functions, with their defaults."""


@operator("HardSigmoid", "ReLU")  # not in --lambda: Keras 2 has another slope
@operator(
    *("Fabs", "Square", "Sqrt", "Rsqrt", "Reciprocal", "Log", "Exp", "Sign", "Floor", "Ceil", "Trunc", "Erf"),
    *("Tanh", "Relu", "Sigmoid", "SparseSigmoid", "Softplus", "Softsign", "SparsePlus", "Silu", "LogSigmoid"),
    *("HardSilu", "Selu", "TanhShrink", "HardTanh", "Mish", "Sin", "Cos", "Tan", "Sinh", "Cosh"),
    *("Arcsin", "Arccos", "Arctan", "Arcsinh", "Arccosh", "Arctanh", "Relu6", *(PARAMETERS.keys() - {"ReLU"})),
    function=("x", "negative_slope"),
)
def read_function(use: Use) -> list[Value]:
    meaning, params = FUNCTIONS.get(use.name, snake_case(use.name)), dict(FIXED.get(use.name, {}))
    for key, default in PARAMETERS.get(use.name, {}).items():
        name, value = "value" if key == "default_value" else key, use.get(key, default)
        number = None if value is None else use.as_number(value, key)
        if number is not None and (meaning, name, number) not in NEUTRAL:
            params[name] = number
    return [applied(use, meaning, use.tensor("x"), **params)]


@operator("Gelu", function=("x", "approximate"))
def read_gelu(use: Use) -> list[Value]:
    params = {"approximate": 1.0} if use.flag("approximate", True) else {}
    return [applied(use, "gelu", use.tensor("x"), **params)]


@operator("Softmax", "LogSoftmax", "Sparsemax", "Glu", function=("x", "axis"))
def read_vector(use: Use) -> list[Value]:
    """A function over one axis."""
    if use.arguments.get("axis", -1) is None:  # all of a batch
        raise use.across()
    axis = use.axis(use.builder.shape(use.tensor("x")), use.whole("axis", -1))
    return [applied(use, snake_case(use.name), use.tensor("x"), axis=axis + 1)]


@operator("Round", function=("x",))
def read_round(use: Use) -> list[Value]:
    if decimals := use.whole("decimals", 0):
        raise use.builder.refuse(f"rounds to {decimals} decimals", fix="round to whole numbers")
    return [applied(use, "round", use.tensor("x"))]


@operator("Clip", function=("x", "x_min", "x_max"))
def read_clip(use: Use, x_min: float = -LARGEST, x_max: float = LARGEST) -> list[Value]:
    value = whole_bounds(use.builder, use.tensor("x"), x_min, x_max)
    return [applied(use, "clip", value, low=x_min, high=x_max)]


@operator("Where", parameters=("condition", *OPERANDS), function=("condition", *OPERANDS))
def read_where(use: Use) -> list[Value]:
    """Chooses one of two values by a condition."""
    if use.get("x1") is None or use.get("x2") is None:
        raise use.builder.refuse("asks where a condition holds: the length of the answer is not known beforehand")
    return [elementwise(use, "where", [use.tensor("condition"), use.operand("x1"), use.operand("x2")])]


@operator("AddN", parameters=("xs",), function=("xs",))
def read_sum_of_tensors(use: Use) -> list[Value]:
    return [elementwise(use, "add", use.operands("xs"))]


@operator("StopGradient", "Identity", "Copy", function=("x",))
def read_identity(use: Use) -> list[Value]:
    return [use.tensor("x")]


TYPES = r"|bool|half|double|float|int|b?float(16|32|64)|u?int(8|16|32|64)"
"""Types of a cast; empty if the call names none."""


@operator("Cast", "ConvertToTensor", typed=True, function=("x", "dtype"))
def read_cast(use: Use, x: Value) -> list[Value]:
    """All values are float32 here: a type of whole numbers truncates fractions, a truth value is 0 or 1. A tensor that
    already has the type stays the same in Keras, with its mask."""
    dtype = str(use.get("dtype", ""))
    if not re.fullmatch(TYPES, dtype):
        raise use.builder.refuse(f"is cast to {shown(use.get('dtype'))}", fix="cast to float32, int32 or bool")
    if not dtype or (dtype == "float32" and x.tensor not in use.builder.types):
        return [use.arguments["x"]]
    if dtype == "bool":
        return [truth(use, x)]
    if "int" in dtype and not is_truth(use, x):
        mind_cast(use.builder, x, dtype)
        x = applied(use, "truncate", x)
    return [typed(use.builder, x, type_of(dtype))]


@operator("SaturateCast", typed=True)
def read_saturate_cast(use: Use, x: Value) -> list[Value]:
    """Clipped to the type's range, then cast: negative values become false. Keras 3.15 ``keras/src/ops/core.py``."""
    dtype = str(use.get("dtype", "float32"))
    if is_truth(use, x):
        return [typed(use.builder, x, type_of(dtype))]
    if dtype == "bool":
        return [elementwise(use, "greater", [x, np.zeros((), np.float32)])]
    if not (integer := re.fullmatch(r"(u?)int(\d+)", dtype)):
        if use.builder.types.get(x.tensor) == "int":
            raise use.builder.refuse(f"is clipped to {dtype}'s range in integers, which overflows", fix="use cast")
        return [typed(use.builder, x)]
    bits = int(integer[2]) - (not integer[1])
    high = np.float32(2**bits - 1)
    if high >= 2**bits:
        high = np.nextafter(high, np.float32(0))
    low = 0.0 if integer[1] else -float(2**bits)
    clipped = applied(use, "clip", x, low=low, high=float(high))
    return [typed(use.builder, applied(use, "truncate", clipped), type_of(dtype))]
