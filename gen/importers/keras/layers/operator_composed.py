"""Operators that are said by others: logarithms of other bases, remainders, moments, constants of a tensor's shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....core.functions import function
from ..operators import Operand, Use, operator
from .activation import add_activation
from .base import Value
from .operator_elementwise import as_whole, combined, elementwise, typed
from .operator_reduce import reduced
from .operator_shape import taken

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


@operator("FloorDivide", "Mod", parameters=("x1", "x2"))
def read_floor_divide(use: Use) -> list[Value]:
    """The whole part of a quotient, and what it leaves, with the divisor's sign."""
    first, second = use.operand("x1"), use.operand("x2")
    if isinstance(second, np.ndarray) and not (second != 0).all():
        raise use.builder.refuse("divides by 0")
    # Not by a reciprocal: 3 / 3 must not come out below 1.
    whole = applied(use, "floor", elementwise(use, "divide", [first, second]))
    if use.name != "FloorDivide":
        whole = combined(use, "subtract", first, combined(use, "multiply", whole, second))
    return [as_whole(use, True, [first, second], whole)]


@operator("ZerosLike", "OnesLike", typed=True)
def read_constant(use: Use) -> list[Value]:
    """A tensor's shape, filled."""
    x, dtype = use.tensor("x"), use.get("dtype")
    made = combined(use, "multiply", x, number(0))
    if use.name == "OnesLike":
        made = combined(use, "add", made, number(1))
    whole = x.tensor in use.builder.whole if dtype is None else not re.search("float", str(dtype))
    kind = use.builder.narrow.get(x.tensor, "") if dtype is None else str(dtype)
    return [typed(use.builder, made, whole, kind)]


@operator("Average")
def read_average(use: Use) -> list[Value]:
    if use.get("weights") is not None:
        raise use.builder.refuse("takes a mean with weights", fix="multiply by the weights, then sum")
    return [reduced(use, use.tensor("x"), "average", keep=False)]


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
