"""Operators composed of others: logarithms of other bases, remainders, moments, constants of a tensor's shape."""

from __future__ import annotations

import numpy as np

from .base import Value, only_floats
from .expression import formula
from .narrow import type_of
from .operator_elementwise import OPERANDS, applied, as_whole, combined, elementwise, mind_type, typed
from .operator_reduce import AXES, axes_of, reduced, with_dims
from .operator_shape import fixed_length
from .operators import Operand, Use, operator
from .parts import pieces, taken

FORMULAS = {
    "Negative(x)": "x * -1.0",
    "LogicalNot(x)": "x == 0.0",
    "Log1p(x)": "log(x + 1.0)",
    "Log2(x)": "log(x) * (1 / ln2)",
    "Log10(x)": "log(x) * (1 / ln10)",
    "Expm1(x)": "exp(x) - 1.0",
    "Exp2(x)": "exp(x * ln2)",
    "Deg2rad(x)": "x * (pi / 180)",
    "Rad2deg(x)": "x * (180 / pi)",
    "Erfc(x)": "1.0 - erf(x)",
    "Cbrt(x)": "abs(x) ** (1 / 3) * sign(x)",
    "Sinc(x)": "t = x * pi; where(t, sin(t) / where(t, t, 1.0), 1.0)",
    "Signbit(x)": "x < 0.0",
    "Fliplr(x)": "flip(x, 1)",
    "Flipud(x)": "flip(x, 0)",
    "SquaredDifference(x1, x2)": "square(x1 - x2)",
    "Heaviside(x1, x2)": "where(x1, x1 > 0.0, x2)",
    "Hypot(x1, x2)": "sqrt(x1 * x1 + x2 * x2)",
    "Logaddexp(x1, x2)": "maximum(x1, x2) + softplus(abs(x1 - x2) * -1.0)",
    "Logaddexp2(x1, x2)": "maximum(x1, x2) + softplus(abs(x1 - x2) * -ln2) * (1 / ln2)",
    "DivideNoNan(x1, x2)": "where(x2, x1 / where(x2, x2, 1.0), 0.0)",
    "Arctan2(x1, x2)": "; ".join(  # of the smaller over the larger size, moved to its quadrant; 0 if both are 0
        (
            "high = abs(x1); wide = abs(x2); large = maximum(high, wide)",
            "turned = arctan(minimum(high, wide) / where(large, large, 1.0))",
            "turned = where(high > wide, pi / 2 - turned, turned)",
            "turned = where(x2 < 0.0, pi - turned, turned)",
            "where(x1 < 0.0, turned * -1.0, turned)",
        )
    ),
    "Average(x, axis)": "mean(x, axis)",
    "Var(x, axis, keepdims)": "mean(square(x - mean(x, axis, True)), axis, keepdims)",
    "Std(x, axis, keepdims)": "sqrt(var(x, axis, keepdims))",
    "Ptp(x, axis, keepdims)": "max(x, axis, keepdims) - min(x, axis, keepdims)",
    "Logsumexp(x, axis, keepdims)": "m = max(x, axis, True); max(log(sum(exp(x - m), axis, True)) + m, axis, keepdims)",
    "CountNonzero(x, axis, keepdims)": "sum(x != 0.0, axis, keepdims)",
}
"""Operators composed of others in the grammar of ``--lambda``: tensors first, then options."""


def _register(signature: str, text: str) -> None:
    name, _, listed = signature.rstrip(")").partition("(")
    words = tuple(listed.split(", "))
    tensors = tuple(word for word in words if word.startswith("x"))

    @operator(name, parameters=tensors, function=words)
    def read_formula(use: Use) -> list[Value]:
        find = {"x": use.tensor, "x1": use.operand, "x2": use.operand}
        return [formula(use.builder, text, **{word: find.get(word, use.get)(word) for word in words})]


for _signature, _text in FORMULAS.items():
    _register(_signature, _text)


def number(value: float | Operand) -> Operand:
    """A constant operand."""
    return np.asarray(value, np.float32)


@operator("Isclose", parameters=("x1", "x2", "rtol", "atol"), neutral=("equal_nan",))
def read_close(use: Use, x1: Value, x2: Operand, atol: float = 1e-8, rtol: float = 1e-5) -> list[Value]:
    """Whether x1 is within atol + rtol |x2| of x2."""
    within: Operand
    if isinstance(x2, np.ndarray):
        within = np.asarray(atol + rtol * np.abs(x2), np.float32)
    else:
        within = formula(use.builder, "abs(x) * share + least", x=x2, share=rtol, least=atol)
    return [formula(use.builder, "abs(x1 - x2) <= within", x1=x1, x2=x2, within=within)]


@operator("FloorDivide", "Mod", "Fmod", function=OPERANDS)
def read_floor_divide(use: Use, x1: Operand, x2: Operand) -> list[Value]:
    """The floor of a quotient, or the remainder, with the divisor's sign; Fmod's has the dividend's."""
    if isinstance(x2, np.ndarray) and not (x2 != 0).all():
        raise use.builder.refuse("divides by 0")
    # Not by a reciprocal: 3 / 3 must not come out below 1.
    cut = "truncate" if use.name == "Fmod" else "floor"
    quotient = applied(use, cut, elementwise(use, "divide", [x1, x2]))
    if use.name != "FloorDivide":
        quotient = combined(use, "subtract", x1, combined(use, "multiply", quotient, x2))
    return [as_whole(use, True, [x1, x2], quotient)]


@operator("ZerosLike", "OnesLike", "FullLike", parameters=("x", "fill_value"), typed=True, function=("x", "dtype"))
def read_constant(use: Use, x: Value) -> list[Value]:
    """A constant of a tensor's shape."""
    dtype = use.get("dtype")
    kind = use.builder.types.get(x.tensor, "") if dtype is None else type_of(str(dtype))
    constant = combined(use, "multiply", x, number(0))
    fill = use.operand("fill_value") if use.name == "FullLike" else number(use.name == "OnesLike")
    if kind and isinstance(fill, np.ndarray):
        fill = number(fill != 0 if kind == "bool" else np.trunc(fill))
    if not isinstance(fill, np.ndarray) or fill.any():
        constant = combined(use, "add", constant, fill)
    return [typed(use.builder, constant, kind)]


@operator("Norm", function=("x", "ord", "axis", "keepdims"))
def read_norm(use: Use, x: Value) -> list[Value]:
    """The norm of vectors along an axis, or the root of a matrix's sum of squares."""
    order = use.get("ord")
    axes = axes_of(use, use.builder.shape(x))
    if order in (None, "euclidean") or (order == 2 and len(axes) == 1) or (order == "fro" and len(axes) == 2):
        text = "sqrt(sum(square(x), axis, keepdims))"
    elif len(axes) != 1 or not isinstance(order, (int, float)):
        raise use.builder.refuse(
            f"takes a norm of order {order} over {len(axes)} axes", fix="use ord=None, or sums of absolute values"
        )
    else:
        text = "sum(abs(x) ** order, axis, keepdims) ** (1 / order)" if order else "sum(x != 0.0, axis, keepdims)"
    options = {"order": order, "axis": use.get("axis"), "keepdims": use.get("keepdims")}
    return [formula(use.builder, text, x=x, **options)]


@operator("Prod", typed=True, function=AXES)
def read_product(use: Use, x: Value) -> list[Value]:
    """Multiplies position by position."""
    mind_type(use)
    shape = use.builder.shape(x)
    axes = axes_of(use, shape)
    for axis in axes:
        x, *others = pieces(use.builder, x, axis, *((k, 1, 1) for k in range(int(shape[axis] or 1))))
        for position in others:
            x = combined(use, "multiply", x, position)
    return [with_dims(use, x, shape, axes)]


@operator("Diff")
def read_differences(use: Use, a: Value) -> list[Value]:
    """Each position minus the one before it, ``n`` times."""
    axis = use.axis(use.builder.shape(a), use.whole("axis", -1))
    for _ in range(use.whole("n", 1)):
        first, later = neighbours(use, a, axis)
        a = combined(use, "subtract", later, first)
    return [a]


@operator("Trapezoid", parameters=("y",))
def read_trapezoid(use: Use) -> list[Value]:
    """The sum of the means of neighbours, each times ``dx``."""
    if use.get("x") is not None:
        raise use.builder.refuse("integrates over positions that it is given", fix="use dx")
    y = use.tensor("y")
    axis = use.axis(use.builder.shape(y), use.whole("axis", -1))
    sums = combined(use, "add", *neighbours(use, y, axis))
    total = reduced(use.but(axis=axis + 1), sums, "sum", keep=False)
    return [combined(use, "multiply", total, number(use.number("dx", 1.0) / 2))]


def neighbours(use: Use, x: Value, axis: int) -> tuple[Value, Value]:
    """All positions but the last, and all but the first."""
    length = fixed_length(use, use.builder.shape(x), axis)
    if length < 2:
        raise use.builder.refuse(f"takes neighbours along an axis of {length}")
    first, later = pieces(use.builder, x, axis, (0, 1, length - 1), (1, 1, length - 1))
    return first, later


@operator("Moments", neutral=("synchronized",))
def read_moments(use: Use) -> list[Value]:
    """Mean and variance."""
    only_floats(use.builder, use.tensor("x"))
    names = {"x": use.tensor("x"), "axis": use.get("axes"), "keepdims": use.get("keepdims")}
    return [formula(use.builder, f"{what}(x, axis, keepdims)", **names) for what in ("mean", "var")]


@operator("Slice", parameters=("inputs", "start_indices"), function=("inputs", "start_indices", "shape"))
def read_slice(use: Use, inputs: Value, start_indices: list[int]) -> list[Value]:
    """A block of all samples: its first position and its length along each axis."""
    shape, lengths = use.builder.shape(inputs), use.wholes("shape")
    if len(start_indices) != len(shape) + 1 or len(lengths) != len(start_indices):
        raise use.builder.refuse(f"takes a block of {len(lengths)} axes of samples of {len(shape)} axes")
    if start_indices[0] != 0 or lengths[0] not in (-1, 1):
        raise use.across()
    cuts = {}
    for axis, (start, length, n) in enumerate(zip(start_indices[1:], lengths[1:], shape, strict=True)):
        if (start, length) in ((0, -1), (0, n)):
            continue
        size = fixed_length(use, shape, axis)
        count = size - start if length == -1 else length
        if not 0 <= start < start + count <= size:
            raise use.builder.broken(f"takes {count} positions from {start} on of an axis of {size}")
        cuts[axis] = (start, 1, count)
    return [taken(use.builder, inputs, cuts)]
