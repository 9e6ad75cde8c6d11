"""Operators that are said by others: logarithms of other bases, remainders, moments, constants of a tensor's shape."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....core.functions import function
from .activation import add_activation
from .base import Value
from .operator_elementwise import as_whole, combined, elementwise, typed
from .operator_reduce import axes_of, reduced
from .operator_shape import shaped, taken
from .operators import Operand, Use, operator

FACTORS = {"Deg2rad": np.pi / 180, "Rad2deg": 180 / np.pi}
BASES = {"Log1p": (1.0, 1.0), "Log2": (0.0, 1 / np.log(2)), "Log10": (0.0, 1 / np.log(10))}
"""What is added to x before its logarithm, and what that is multiplied by."""


def number(value: float) -> Operand:
    """A constant operand."""
    return np.asarray(value, np.float32)


def applied(use: Use, name: str, value: Value) -> Value:
    """A function of single values."""
    return Value(add_activation(use.builder, function(name), value).tensor)


@operator("Log1p", "Log2", "Log10")
def read_logarithm(use: Use) -> list[Value]:
    added, factor = BASES[use.name]
    x = use.tensor("x")
    found = applied(use, "log", combined(use, "add", x, number(added)) if added else x)
    return [found if factor == 1 else combined(use, "multiply", found, number(factor))]


@operator("Expm1")
def read_expm1(use: Use) -> list[Value]:
    return [combined(use, "subtract", applied(use, "exponential", use.tensor("x")), number(1))]


@operator("Deg2rad", "Rad2deg")
def read_scaled(use: Use) -> list[Value]:
    return [combined(use, "multiply", use.tensor("x"), number(FACTORS[use.name]))]


@operator("Exp2")
def read_exp2(use: Use) -> list[Value]:
    return [applied(use, "exponential", combined(use, "multiply", use.tensor("x"), number(np.log(2))))]


@operator("Erfc")
def read_erfc(use: Use) -> list[Value]:
    return [combined(use, "subtract", number(1), applied(use, "erf", use.tensor("x")))]


@operator("Cbrt")
def read_cube_root(use: Use) -> list[Value]:
    """The root of the size, with the sign."""
    x = use.tensor("x")
    root = combined(use, "power", applied(use, "abs", x), number(1 / 3))
    return [combined(use, "multiply", root, applied(use, "sign", x))]


@operator("Sinc")
def read_sinc(use: Use) -> list[Value]:
    """sin(pi x) / (pi x), 1 at 0."""
    turned = combined(use, "multiply", use.tensor("x"), number(np.pi))
    divisor = elementwise(use, "where", [turned, turned, number(1)])
    found = elementwise(use, "divide", [applied(use, "sin", turned), divisor])
    return [elementwise(use, "where", [turned, found, number(1)])]


@operator("Signbit")
def read_sign_bit(use: Use) -> list[Value]:
    return [combined(use, "less", use.tensor("x"), number(0))]


@operator("Heaviside", parameters=("x1", "x2"))
def read_step(use: Use) -> list[Value]:
    """0, 1, and at 0 the other operand."""
    x = use.tensor("x1")
    above = combined(use, "greater", x, number(0))
    return [elementwise(use, "where", [x, above, use.operand("x2")])]


@operator("Hypot", parameters=("x1", "x2"))
def read_hypotenuse(use: Use) -> list[Value]:
    squares = [combined(use, "multiply", each, each) for each in map(use.tensor, ("x1", "x2"))]
    return [applied(use, "sqrt", combined(use, "add", *squares))]


@operator("Logaddexp", "Logaddexp2", parameters=("x1", "x2"))
def read_sum_of_powers(use: Use) -> list[Value]:
    """The larger, and ln(1 + e^-apart) or log2(1 + 2^-apart) above it."""
    pair = use.operand("x1"), use.operand("x2")
    apart = applied(use, "abs", combined(use, "subtract", *pair))
    unit = 1.0 if use.name == "Logaddexp" else np.log(2)
    above = applied(use, "softplus", combined(use, "multiply", apart, number(-unit)))
    return [combined(use, "add", combined(use, "maximum", *pair), combined(use, "multiply", above, number(1 / unit)))]


@operator("Arctan2", parameters=("x1", "x2"))
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
    found = applied(use, "arctan", elementwise(use, "divide", [combined(use, "minimum", high, wide), divisor]))
    for test, turn in ((combined(use, "greater", high, wide), np.pi / 2), (combined(use, "less", x, number(0)), np.pi)):
        found = elementwise(use, "where", [test, combined(use, "subtract", number(turn), found), found])
    below = combined(use, "multiply", found, number(-1))
    return elementwise(use, "where", [combined(use, "less", y, number(0)), below, found])


@operator("DivideNoNan", parameters=("x1", "x2"))
def read_divide_or_0(use: Use) -> list[Value]:
    """0 where the divisor is 0."""
    first, second = use.operand("x1"), use.tensor("x2")
    quotient = elementwise(use, "divide", [first, elementwise(use, "where", [second, second, number(1)])])
    return [elementwise(use, "where", [second, quotient, number(0)])]


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


@operator("FloorDivide", "Mod", "Fmod", parameters=("x1", "x2"))
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


@operator("ZerosLike", "OnesLike", "FullLike", parameters=("x", "fill_value"), typed=True)
def read_constant(use: Use) -> list[Value]:
    """A tensor's shape, filled."""
    x, dtype = use.tensor("x"), use.get("dtype")
    made = combined(use, "multiply", x, number(0))
    fill = use.operand("fill_value") if use.name == "FullLike" else number(use.name == "OnesLike")
    if not isinstance(fill, np.ndarray) or fill.any():
        made = combined(use, "add", made, fill)
    whole = x.tensor in use.builder.whole if dtype is None else not re.search("float", str(dtype))
    kind = use.builder.narrow.get(x.tensor, "") if dtype is None else str(dtype)
    return [typed(use.builder, made, whole, kind)]


@operator("Average")
def read_average(use: Use) -> list[Value]:
    if use.get("weights") is not None:
        raise use.builder.refuse("takes a mean with weights", fix="multiply by the weights, then sum")
    return [reduced(use, use.tensor("x"), "average", keep=False)]


@operator("Logsumexp")
def read_log_of_sum(use: Use) -> list[Value]:
    """The largest value, and the logarithm of the sum of powers beside it."""
    x = use.tensor("x")
    most = reduced(use, x, "max", keep=True)
    powers = applied(use, "exponential", combined(use, "subtract", x, most))
    found = applied(use, "log", reduced(use, powers, "sum", keep=True))
    return [without_axes(use, combined(use, "add", found, most), axes_of(use, use.builder.shape(x)))]


@operator("Norm")
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
    found = reduced(use, combined(use, "not_equal", x, number(0)), "sum")
    use.builder.whole.add(found.tensor)
    return [found]


@operator("Prod")
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
    if use.get("keepdims", False):
        return x
    return shaped(use, x, tuple(n for axis, n in enumerate(use.builder.shape(x)) if axis not in axes))


def two(arguments: Mapping[str, Any]) -> int:
    """Mean and variance."""
    del arguments
    return 2


@operator("Moments", outputs=two, neutral=("synchronized",))
def read_moments(use: Use) -> list[Value]:
    own = use.but(axis=use.get("axes"))
    x = own.tensor("x")
    apart = combined(own, "subtract", x, reduced(own, x, "average", keep=True))
    return [reduced(own, x, "average"), reduced(own, applied(own, "square", apart), "average")]


@operator("Slice", parameters=("inputs", "start_indices"))
def read_slice(use: Use) -> list[Value]:
    """A block: its first position and its length along each axis; all samples."""
    x = use.tensor("inputs")
    shape, starts, lengths = use.builder.shape(x), use.wholes("start_indices"), use.wholes("shape")
    if len(starts) != len(shape) + 1 or len(lengths) != len(starts):
        raise use.builder.refuse(f"takes a block of {len(lengths)} axes of samples of {len(shape)} axes")
    if starts[0] != 0 or lengths[0] not in (-1, 1):
        raise use.across()
    cuts = {}
    for axis, (start, length, own) in enumerate(zip(starts[1:], lengths[1:], shape, strict=True)):
        if (start, length) in ((0, -1), (0, own)):
            continue
        if own is None:
            raise use.builder.unfixed(f"takes a part of an axis whose length is not fixed in {shape}")
        count = own - start if length == -1 else length
        if not 0 <= start < start + count <= own:
            raise use.builder.broken(f"takes {count} positions from {start} on of an axis of {own}")
        cuts[axis] = (start, 1, count)
    return [taken(use, x, cuts)]
