"""Operators that sum products: matrices by constants and by each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....core.functions import LINEAR
from ....core.graph import count, known
from ....layers.dense import Dense
from ....layers.dot import Dot
from ....layers.reshape import Reshape
from ..operators import Use, operator
from ..spec import Array
from .base import Builder, Value
from .permute import permuted


@operator("Matmul", parameters=("x1", "x2"))
def read_matmul(use: Use) -> list[Value]:
    first, second = use.operand("x1"), use.operand("x2")
    ranks = [x.ndim if isinstance(x, np.ndarray) else len(use.builder.shape(x)) + 1 for x in (first, second)]
    turned = [bool(use.get(name, False)) for name in ("transpose_a", "transpose_b")]
    if min(ranks) < 2 or (isinstance(first, np.ndarray) and isinstance(second, np.ndarray)):
        raise use.builder.refuse(f"multiplies tensors of {ranks[0]} and {ranks[1]} axes as matrices")
    batch = "abcdefgh"[: max(ranks) - 2]
    one = batch[len(batch) - ranks[0] + 2 :] + ("yx" if turned[0] else "xy")
    two = batch[len(batch) - ranks[1] + 2 :] + ("zy" if turned[1] else "yz")
    return [contracted(use.builder, first, one, second, two, batch + "xz")]


@operator("Dot", "Inner", parameters=("x1", "x2"))
def read_dot(use: Use) -> list[Value]:
    """Over the last axis of one and the one before the last of the other."""
    first, second = use.operand("x1"), use.operand("x2")
    if isinstance(first, np.ndarray) or not isinstance(second, np.ndarray) or second.ndim != 2 or use.name == "Inner":
        raise use.across()
    batch = "abcdefgh"[: len(use.builder.shape(first))]
    return [contracted(use.builder, first, batch + "y", second, "yz", batch + "z")]


@operator("Tensordot", parameters=("x1", "x2"))
def read_tensordot(use: Use) -> list[Value]:
    first, second, axes = use.operand("x1"), use.operand("x2"), use.get("axes", 2)
    if isinstance(first, np.ndarray) or not isinstance(second, np.ndarray):
        raise use.across()
    letters = "abcdefghijklm"
    one = list(letters[: len(use.builder.shape(first)) + 1])
    two = list(letters.upper()[: second.ndim])
    if isinstance(axes, (int, float)):
        number = use.to_whole(axes, "axes")
        pairs = [(len(one) - number + k, k) for k in range(number)]
    else:
        lists = [[use.to_whole(n, "axes") for n in (side if isinstance(side, list) else [side])] for side in axes]
        pairs = [(a % len(one), b % len(two)) for a, b in zip(*lists, strict=True)]
    for a, b in pairs:
        two[b] = one[a]
    shared = {one[a] for a, _ in pairs}
    out = [letter for letter in [*one, *two] if letter not in shared]
    return [contracted(use.builder, first, "".join(one), second, "".join(two), "".join(out))]


@operator("Einsum", parameters=("first", "second"))
def read_einsum(use: Use) -> list[Value]:
    first, second = use.operand("first"), use.operand("second")
    one, two, out = subscripts(str(use.get("subscripts", "")), use.builder)
    return [contracted(use.builder, first, one, second, two, out)]


def subscripts(equation: str, builder: Builder) -> tuple[str, str, str]:
    """The letters of an equation of two operands.

    Raises:
        UnsupportedError: it is none.
    """
    left, arrow, out = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if not arrow or len(parts) != 2 or "." in equation or any(len(set(part)) < len(part) for part in (*parts, out)):
        raise builder.refuse(f"sums by {equation!r}", fix='two operands and an arrow, as in "abc,cd->abd"')
    return parts[0], parts[1], out


def contracted(builder: Builder, first: Value | Array, one: str, second: Value | Array, two: str, out: str) -> Value:
    """Einstein's sum of two operands, of which one may be a constant; letters as of ``einsum``, samples among them.

    Raises:
        UnsupportedError: it is no product of matrices, step by step, or samples of a batch meet in it.
    """
    if isinstance(first, np.ndarray) and not isinstance(second, np.ndarray):
        first, one, second, two = second, two, first, one
    assert not isinstance(first, np.ndarray)
    summed = [letter for letter in one if letter in two and letter not in out]
    if isinstance(second, np.ndarray):
        return _by_constant(builder, first, one, second, two, out, summed)
    shared = [letter for letter in one if letter in two and letter in out]
    lone = set(one + two) - set(out) - set(summed)
    if lone or not summed or one[0] != two[0] or out[0] != one[0] or one[0] not in shared:
        raise builder.refuse(f"sums by {one},{two}->{out}, where samples of a batch meet")
    inner = shared[1:]
    rows = [letter for letter in one if letter not in summed and letter not in shared]
    columns = [letter for letter in two if letter not in summed and letter not in shared]
    shapes: dict[str, int | None] = {}
    for value, letters in ((first, one), (second, two)):
        shape = builder.shape(value)
        if len(shape) + 1 != len(letters):
            raise builder.broken(f"sums by {one},{two}->{out} and is given a tensor of shape {shape}")
        if not known(shape):
            raise builder.unfixed(f"multiplies {shape}, whose length is not fixed")
        for letter, n in zip(letters[1:], shape, strict=True):
            if shapes.setdefault(letter, n) != n:
                raise builder.broken(f"sums over axes of different length: {shapes[letter]} and {n}")
    n = count([shapes[letter] for letter in summed])
    sides = []
    for value, letters, own in ((first, one, rows), (second, two, columns)):
        tensor = permuted(builder, value.tensor, [letters.index(x) - 1 for x in (*inner, *own, *summed)])
        wide = count([shapes[x] for x in own])
        sides += builder.add(Reshape((wide, n)), [tensor], lead=len(inner), suffix="_rows")
    op = Dot((1, 1), normalize=False)
    (made,) = builder.add(op, sides, lead=len(inner))
    target = tuple(shapes[x] for x in (*rows, *columns))
    (made,) = builder.add(Reshape(target), [made], lead=len(inner), suffix="_shaped")
    order = [*inner, *rows, *columns]
    return Value(permuted(builder, made, [order.index(x) for x in out[1:]]))


def _by_constant(
    builder: Builder, value: Value, letters: str, constant: Array, own: str, out: str, summed: Sequence[str]
) -> Value:
    """A Dense layer on the axes that are summed."""
    shape = builder.shape(value)
    kept = [letter for letter in letters if letter in out]
    made = [letter for letter in own if letter not in letters]
    lone = set(letters + own) - set(out) - set(summed)
    if len(letters) != len(shape) + 1 or len(own) != constant.ndim:
        raise builder.broken(f"sums by {letters},{own}->{out} and is given {shape} and {constant.shape}")
    if lone or not summed or letters[0] in own or out[:1] != letters[0] or set(own) & set(kept):
        raise builder.refuse(f"sums by {letters},{own}->{out}, which is no product of a matrix at each position")
    sizes = dict(zip(own, constant.shape, strict=True))
    lengths = dict(zip(letters[1:], shape, strict=True))
    if any(lengths[x] != sizes[x] for x in summed):
        raise builder.broken(f"sums over axes of different length: {shape} and {constant.shape}")
    lead = len(kept) - 1
    tensor = permuted(builder, value.tensor, [letters.index(x) - 1 for x in (*kept[1:], *summed)])
    kernel = np.transpose(constant, [own.index(x) for x in (*summed, *made)])
    kernel = kernel.reshape(count([sizes[x] for x in summed]), -1)
    if len(summed) != 1:
        (tensor,) = builder.add(Reshape((len(kernel),)), [tensor], lead=lead, suffix="_flat")
    (result,) = builder.add(Dense(np.ascontiguousarray(kernel), None, LINEAR), [tensor], lead=lead)
    if len(made) != 1:
        (result,) = builder.add(Reshape(tuple(sizes[x] for x in made)), [result], lead=lead, suffix="_shaped")
    order = [*kept[1:], *made]
    return Value(permuted(builder, result, [order.index(x) for x in out[1:]]))
