"""Operators that are said by others: logarithms of other bases, remainders, moments, constants of a tensor's shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .base import Value
from .expression import evaluated
from .operator_elementwise import BOTH, as_whole, combined, elementwise, typed
from .operator_reduce import AXES, applied, axes_of, reduced, variance_of
from .operator_shape import shaped, taken
from .operators import Operand, Use, operator

CONSTANTS = {"pi": np.pi, "ln2": float(np.log(2)), "ln10": float(np.log(10))}
FORMULAS = {
    "Negative": "x * -1.0",
    "LogicalNot": "x == 0.0",
    "Log1p": "log(x + 1.0)",
    "Log2": "log(x) * (1 / ln2)",
    "Log10": "log(x) * (1 / ln10)",
    "Expm1": "exp(x) - 1.0",
    "Exp2": "exp(x * ln2)",
    "Deg2rad": "x * (pi / 180)",
    "Rad2deg": "x * (180 / pi)",
    "Erfc": "1.0 - erf(x)",
    "Cbrt": "abs(x) ** (1 / 3) * sign(x)",
    "Sinc": "where(t := x * pi, sin(t) / where(t, t, 1.0), 1.0)",
    "Signbit": "x < 0.0",
}
"""Operators of one tensor, said by others in the grammar of ``--lambda``."""
FORMULAS_OF_TWO = {
    "SquaredDifference": "square(x1 - x2)",
    "Heaviside": "where(x1, x1 > 0.0, x2)",
    "Hypot": "sqrt(x1 * x1 + x2 * x2)",
    "Logaddexp": "maximum(x1, x2) + softplus(abs(x1 - x2) * -1.0)",
    "Logaddexp2": "maximum(x1, x2) + softplus(abs(x1 - x2) * -ln2) * (1 / ln2)",
    "DivideNoNan": "where(x2, x1 / where(x2, x2, 1.0), 0.0)",
}


@operator(*FORMULAS, function=("x",))
def read_formula(use: Use) -> list[Value]:
    names = {**CONSTANTS, "x": use.tensor("x")}
    return [evaluated(use.builder, FORMULAS[use.name], use.name, names)]


@operator(*FORMULAS_OF_TWO, parameters=BOTH, function=BOTH)
def read_formula_of_two(use: Use) -> list[Value]:
    names = {**CONSTANTS, "x1": use.operand("x1"), "x2": use.operand("x2")}
    return [evaluated(use.builder, FORMULAS_OF_TWO[use.name], use.name, names)]


def number(value: float) -> Operand:
    """A constant operand."""
    return np.asarray(value, np.float32)


@operator("Arctan2", parameters=BOTH, function=BOTH)
def read_angle(use: Use) -> list[Value]:
    y, x = use.operand("x1"), use.operand("x2")
    if isinstance(y, np.ndarray) or isinstance(x, np.ndarray):
        raise use.builder.refuse("takes the angle of a constant and a tensor", fix="use arctan of their quotient")
    return [angle(use, y, x)]


def angle(use: Use, y: Value, x: Value) -> Value:
    """By the smaller over the larger of the two sizes, then in its quarter; 0 where both are."""
    high, wide = applied(use, "abs", y), applied(use, "abs", x)
    large = combined(use, "maximum", high, wide)
    divisor = elementwise(use, "where", [large, large, number(1)])
    turned = applied(use, "arctan", elementwise(use, "divide", [combined(use, "minimum", high, wide), divisor]))
    for test, turn in ((combined(use, "greater", high, wide), np.pi / 2), (combined(use, "less", x, number(0)), np.pi)):
        turned = elementwise(use, "where", [test, combined(use, "subtract", number(turn), turned), turned])
    below = combined(use, "multiply", turned, number(-1))
    return elementwise(use, "where", [combined(use, "less", y, number(0)), below, turned])


@operator("Isclose", parameters=("x1", "x2", "rtol", "atol"), neutral=("equal_nan",))
def read_close(use: Use) -> list[Value]:
    """Within atol + rtol |x2|."""
    first, second = use.tensor("x1"), use.operand("x2")
    apart: Value = applied(use, "abs", combined(use, "subtract", first, second))
    within: Operand
    if isinstance(second, np.ndarray):
        within = np.asarray(use.number("atol", 1e-8) + use.number("rtol", 1e-5) * np.abs(second), np.float32)
    else:
        size = combined(use, "multiply", applied(use, "abs", second), number(use.number("rtol", 1e-5)))
        within = combined(use, "add", size, number(use.number("atol", 1e-8)))
    return [combined(use, "less_equal", apart, within)]


@operator("FloorDivide", "Mod", "Fmod", parameters=BOTH, function=BOTH)
def read_floor_divide(use: Use) -> list[Value]:
    """The whole part of a quotient, and what it leaves, with the divisor's sign; Fmod's has the dividend's."""
    first, second = use.operand("x1"), use.operand("x2")
    if isinstance(second, np.ndarray) and not (second != 0).all():
        raise use.builder.refuse("divides by 0")
    # Not by a reciprocal: 3 / 3 must not come out below 1.
    cut = "truncate" if use.name == "Fmod" else "floor"
    whole = applied(use, cut, elementwise(use, "divide", [first, second]))
    if use.name != "FloorDivide":
        whole = combined(use, "subtract", first, combined(use, "multiply", whole, second))
    return [as_whole(use, True, [first, second], whole)]


@operator("ZerosLike", "OnesLike", "FullLike", parameters=("x", "fill_value"), typed=True, function=("x", "dtype"))
def read_constant(use: Use) -> list[Value]:
    """A tensor's shape, filled."""
    x, dtype = use.tensor("x"), use.get("dtype")
    constant = combined(use, "multiply", x, number(0))
    fill = use.operand("fill_value") if use.name == "FullLike" else number(use.name == "OnesLike")
    if not isinstance(fill, np.ndarray) or fill.any():
        constant = combined(use, "add", constant, fill)
    whole = x.tensor in use.builder.whole if dtype is None else not re.search("float", str(dtype))
    kind = use.builder.narrow.get(x.tensor, "") if dtype is None else str(dtype)
    return [typed(use.builder, constant, whole, kind)]


@operator("Average")
def read_average(use: Use) -> list[Value]:
    if use.get("weights") is not None:
        raise use.builder.refuse("takes a mean with weights", fix="multiply by the weights, then sum")
    return [reduced(use, use.tensor("x"), "average", keep=False)]


@operator("Logsumexp", function=AXES)
def read_log_of_sum(use: Use) -> list[Value]:
    """The largest value, and the logarithm of the sum of powers beside it."""
    x = use.tensor("x")
    most = reduced(use, x, "max", keep=True)
    powers = applied(use, "exponential", combined(use, "subtract", x, most))
    rest = applied(use, "log", reduced(use, powers, "sum", keep=True))
    return [without_axes(use, combined(use, "add", rest, most), axes_of(use, use.builder.shape(x)))]


@operator("Norm", function=("x", "ord", "axis", "keepdims"))
def read_norm(use: Use) -> list[Value]:
    """Of vectors along an axis; of matrices the root of the sum of squares."""
    x, order = use.tensor("x"), use.get("ord")
    axes = axes_of(use, use.builder.shape(x))
    if order in (None, "euclidean") or (order == 2 and len(axes) == 1) or (order == "fro" and len(axes) == 2):
        return [applied(use, "sqrt", reduced(use, applied(use, "square", x), "sum"))]
    if len(axes) != 1 or not isinstance(order, (int, float)):
        raise use.builder.refuse(
            f"takes a norm of order {order} over {len(axes)} axes", fix="use ord=None, or sums of absolute values"
        )
    size = applied(use, "abs", x)
    if order == 0:
        return [reduced(use, combined(use, "not_equal", x, number(0)), "sum")]
    if order == 1:
        return [reduced(use, size, "sum")]
    return [combined(use, "power", reduced(use, combined(use, "power", size, number(order)), "sum"), number(1 / order))]


@operator("Ptp")
def read_span(use: Use) -> list[Value]:
    """The largest less the least."""
    x = use.tensor("x")
    return [combined(use, "subtract", reduced(use, x, "max"), reduced(use, x, "min"))]


@operator("CountNonzero")
def read_count(use: Use) -> list[Value]:
    x = use.tensor("x")
    count = reduced(use, combined(use, "not_equal", x, number(0)), "sum")
    use.builder.whole.add(count.tensor)
    return [count]


@operator("Prod", function=AXES)
def read_product(use: Use) -> list[Value]:
    """Position by position."""
    x = use.tensor("x")
    shape = use.builder.shape(x)
    axes = axes_of(use, shape)
    for axis in axes:
        positions = [taken(use, x, {axis: (k, 1, 1)}) for k in range(int(shape[axis] or 1))]
        x = positions[0]
        for position in positions[1:]:
            x = combined(use, "multiply", x, position)
    return [without_axes(use, x, axes)]


@operator("Diff", parameters=("a",))
def read_differences(use: Use) -> list[Value]:
    """Each position less the one before it, ``n`` times."""
    x = use.tensor("a")
    axis = use.axis(use.builder.shape(x), use.whole("axis", -1))
    for _ in range(use.whole("n", 1)):
        first, rest = neighbours(use, x, axis)
        x = combined(use, "subtract", rest, first)
    return [x]


@operator("Trapezoid", parameters=("y",))
def read_trapezoid(use: Use) -> list[Value]:
    """The sum of the means of neighbours, each times ``dx``."""
    if use.get("x") is not None:
        raise use.builder.refuse("integrates over positions that it is given", fix="use dx")
    y = use.tensor("y")
    axis = use.axis(use.builder.shape(y), use.whole("axis", -1))
    both = combined(use, "add", *neighbours(use, y, axis))
    total = reduced(use.but(axis=axis + 1), both, "sum", keep=False)
    return [combined(use, "multiply", total, number(use.number("dx", 1.0) / 2))]


def neighbours(use: Use, x: Value, axis: int) -> tuple[Value, Value]:
    """All positions but the last, and all but the first."""
    length = use.builder.shape(x)[axis]
    if length is None:
        raise use.builder.unfixed("takes neighbours along an axis whose length is not fixed")
    if length < 2:
        raise use.builder.refuse(f"takes neighbours along an axis of {length}")
    return taken(use, x, {axis: (0, 1, length - 1)}), taken(use, x, {axis: (1, 1, length - 1)})


def without_axes(use: Use, x: Value, axes: Sequence[int]) -> Value:
    """Without axes that are reduced to 1, unless ``keepdims`` asks for them."""
    if use.flag("keepdims"):
        return x
    return shaped(use, x, tuple(n for axis, n in enumerate(use.builder.shape(x)) if axis not in axes))


@operator("Moments", outputs=lambda arguments: 2, neutral=("synchronized",))
def read_moments(use: Use) -> list[Value]:
    """Mean and variance."""
    along = use.but(axis=use.get("axes"))
    x = along.tensor("x")
    variance = variance_of(along, x)
    return [reduced(along, x, "average"), variance]


@operator("Slice", parameters=("inputs", "start_indices"), function=("inputs", "start_indices", "shape"))
def read_slice(use: Use) -> list[Value]:
    """A block: its first position and its length along each axis; all samples."""
    x = use.tensor("inputs")
    shape, starts, lengths = use.builder.shape(x), use.wholes("start_indices"), use.wholes("shape")
    if len(starts) != len(shape) + 1 or len(lengths) != len(starts):
        raise use.builder.refuse(f"takes a block of {len(lengths)} axes of samples of {len(shape)} axes")
    if starts[0] != 0 or lengths[0] not in (-1, 1):
        raise use.across()
    cuts = {}
    for axis, (start, length, n) in enumerate(zip(starts[1:], lengths[1:], shape, strict=True)):
        if (start, length) in ((0, -1), (0, n)):
            continue
        if n is None:
            raise use.builder.unfixed(f"takes a part of an axis whose length is not fixed in {shape}")
        count = n - start if length == -1 else length
        if not 0 <= start < start + count <= n:
            raise use.builder.broken(f"takes {count} positions from {start} on of an axis of {n}")
        cuts[axis] = (start, 1, count)
    return [taken(use, x, cuts)]
