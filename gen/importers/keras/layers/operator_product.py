"""Operators that sum products: matrices by constants and by each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from ....core.formats import Array
from ....core.functions import LINEAR
from ....core.graph import count
from ....layers.dense import Dense
from ....layers.dot import Dot
from .base import Builder, Value
from .operator_elementwise import combined
from .operator_reduce import reduced
from .operators import Operand, Use, operator
from .parts import reshaped
from .permute import permuted
from .reshape import add_reshape

Letters = Sequence[str]
"""Axes, by their letters in ``einsum``."""
Sizes = Mapping[str, int]


@operator("Matmul", function=("x1", "x2", "transpose_a", "transpose_b"))
def read_matmul(use: Use, x1: Operand, x2: Operand) -> list[Value]:
    ranks = [x.ndim if isinstance(x, np.ndarray) else len(use.builder.shape(x)) + 1 for x in (x1, x2)]
    turned = [use.flag(name) for name in ("transpose_a", "transpose_b")]
    if min(ranks) < 2 or (isinstance(x1, np.ndarray) and isinstance(x2, np.ndarray)):
        raise use.builder.refuse(f"multiplies tensors of {ranks[0]} and {ranks[1]} axes as matrices")
    batch = "abcdefgh"[: max(ranks) - 2]
    one = batch[len(batch) - ranks[0] + 2 :] + ("yx" if turned[0] else "xy")
    two = batch[len(batch) - ranks[1] + 2 :] + ("zy" if turned[1] else "yz")
    return [contracted(use, x1, one, x2, two, batch + "xz")]


@operator("Dot", "Inner")
def read_dot(use: Use, x1: Operand, x2: Operand) -> list[Value]:
    """The product over the last axis of one and the last but one of the other."""
    if isinstance(x1, np.ndarray) or not isinstance(x2, np.ndarray) or x2.ndim != 2 or use.name == "Inner":
        raise use.across()
    batch = "abcdefgh"[: len(use.builder.shape(x1))]
    return [contracted(use, x1, batch + "y", x2, "yz", batch + "z")]


@operator("Tensordot", function=("x1", "x2", "axes"))
def read_tensordot(use: Use, x1: Operand, x2: Operand) -> list[Value]:
    axes = use.get("axes", 2)
    if isinstance(x1, np.ndarray) or not isinstance(x2, np.ndarray):
        raise use.across()
    letters = "abcdefghijklm"
    one = list(letters[: len(use.builder.shape(x1)) + 1])
    two = list(letters.upper()[: x2.ndim])
    if isinstance(axes, list):
        lists = [use.to_wholes(side, "axes") for side in axes]
    else:
        number = use.to_whole(axes, "axes")
        lists = [[*range(len(one) - number, len(one))], [*range(number)]]
    if len(lists) != 2 or len(lists[0]) != len(lists[1]) or len(lists[0]) > min(len(one), len(two)):
        raise use.builder.refuse(f"sums over axes={axes} of tensors of {len(one)} and {len(two)} axes")
    pairs = [(a % len(one), b % len(two)) for a, b in zip(*lists, strict=True)]
    for a, b in pairs:
        two[b] = one[a]
    shared = {one[a] for a, _ in pairs}
    out = [letter for letter in [*one, *two] if letter not in shared]
    return [contracted(use, x1, "".join(one), x2, "".join(two), "".join(out))]


@operator("Einsum", parameters=("first", "second", "third", "fourth"))
def read_einsum(use: Use) -> list[Value]:
    """Contracts the operands one after the other; a single operand is summed and transposed."""
    names = [name for name in ("first", "second", "third", "fourth") if use.arguments.get(name) is not None]
    operands = [use.operand(name) for name in names]
    ranks = [x.ndim if isinstance(x, np.ndarray) else len(use.builder.shape(x)) + 1 for x in operands]
    letters, out = subscripts(str(use.get("subscripts", "")), ranks, use.builder)
    first, one = operands[0], letters[0]
    for place, (second, two) in enumerate(zip(operands[1:], letters[1:], strict=True), 2):
        later = out + "".join(letters[place:])
        between = out if place == len(operands) else "".join(x for x in dict.fromkeys(one + two) if x in later)
        first, one = contracted(use, first, one, second, two, between), between
    if isinstance(first, np.ndarray):
        raise use.builder.refuse("is given constants only")
    first, one = summed(use, first, one, out)
    if sorted(one) != sorted(out) or one[:1] != out[:1]:
        raise use.across()
    return [Value(permuted(use.builder, first.tensor, [one.index(letter) - 1 for letter in out[1:]]))]


def subscripts(equation: str, ranks: Sequence[int], builder: Builder) -> tuple[list[str], str]:
    """The letters of each operand and of the result; ``...`` becomes letters of its own.

    Raises:
        UnsupportedError: the equation is not valid for these ranks.
    """
    left, arrow, out = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    wide = max((rank - len(part.replace("...", "")) for part, rank in zip(parts, ranks, strict=False)), default=0)
    spare = [letter for letter in "ZYXWVUTS" if letter not in equation][: max(wide, 0)]
    letters = []
    for part, rank in zip(parts, ranks, strict=False):
        more = rank - len(part.replace("...", ""))
        letters.append(part.replace("...", "".join(spare[len(spare) - more :]) if more > 0 else ""))
    if not arrow:
        once = (letter for letter in sorted("".join(letters)) if "".join(letters).count(letter) == 1)
        out = "..." + "".join(letter for letter in once if letter not in spare)
    out = out.replace("...", "".join(spare))
    wrong = [part for part, rank in zip(letters, ranks, strict=False) if len(part) != rank or len(set(part)) < rank]
    if len(parts) != len(ranks) or wrong or len(set(out)) < len(out) or not set(out) <= set("".join(letters)):
        raise builder.refuse(f"sums by {equation!r} of tensors of {', '.join(map(str, ranks))} axes")
    return letters, out


def summed(use: Use, value: Value, letters: str, result: str) -> tuple[Value, str]:
    """The sum over axes whose letters are not in ``result``, and the remaining letters."""
    axes = [axis for axis, letter in enumerate(letters) if letter not in result]
    if not axes:
        return value, letters
    return reduced(use.but(axis=axes), value, "sum", keep=False), "".join(
        letter for letter in letters if letter in result
    )


def contracted(use: Use, first: Operand, one: str, second: Operand, two: str, out: str) -> Operand:
    """Einstein's sum of two operands, one of which may be a constant; letters as in ``einsum``, samples included.

    Raises:
        UnsupportedError: it is no product of matrices, step by step, or it combines samples of a batch.
    """
    builder = use.builder
    if isinstance(first, np.ndarray):
        first, one, second, two = second, two, first, one
    if isinstance(first, np.ndarray):
        raise builder.refuse("is given constants only")
    first, one = summed(use, first, one, two + out)
    if isinstance(second, np.ndarray):
        lone = [axis for axis, letter in enumerate(two) if letter not in one + out]
        second, two = second.sum(axis=tuple(lone)), "".join(x for x in two if x in one + out)
        if out[:1] != one[0] or one[0] in two:
            raise use.across()
    else:
        second, two = summed(use, second, two, one + out)
        if not (one[0] == two[0] == out[:1]):
            raise use.across()
    _same_lengths(builder, (first, one), (second, two))
    over = [letter for letter in one if letter in two and letter not in out]
    constant = isinstance(second, np.ndarray)
    if not over and not (constant and set(two) and not set(two) & set(one)):
        return multiplied(use, first, one, second, two, out)
    if constant:
        return _by_constant(builder, first, one, second, two, out, over)
    return _by_tensor(builder, first, one, second, two, out, over)


def _same_lengths(builder: Builder, *sides: tuple[Operand, str]) -> None:
    lengths: dict[str, int | None] = {}
    for value, letters in sides:
        shape = value.shape if isinstance(value, np.ndarray) else (None, *builder.shape(value))
        if len(shape) != len(letters):
            raise builder.broken(f"sums by the axes {letters} of a tensor of {len(shape)}")
        for letter, n in zip(letters, shape, strict=True):
            if n is not None and lengths.setdefault(letter, n) != n:
                raise builder.broken(f"sums over axes of different length: {lengths[letter]} and {n}")


def multiplied(use: Use, first: Value, one: str, second: Operand, two: str, out: str) -> Value:
    """Products of values without a sum: an outer product, or an elementwise one."""
    sides: list[Operand] = []
    for value, letters in ((first, one), (second, two)):
        order = [letter for letter in out if letter in letters]
        if isinstance(value, np.ndarray):
            turned = np.transpose(value, [letters.index(letter) for letter in order])
            sides.append(turned.reshape([1 if x not in order else turned.shape[order.index(x)] for x in out[1:]]))
            continue
        tensor = Value(permuted(use.builder, value.tensor, [letters.index(x) - 1 for x in order[1:]]))
        shape = dict(zip(order[1:], use.builder.shape(tensor), strict=True))
        sides.append(add_reshape(use.builder, tensor, tuple(shape.get(letter, 1) for letter in out[1:])))
    return combined(use, "multiply", *sides)


def _by_tensor(builder: Builder, first: Value, one: str, second: Value, two: str, out: str, over: Letters) -> Value:
    """Products of matrices at each position of the axes that both operands and the result have."""
    inner = [letter for letter in one[1:] if letter in two and letter in out]
    sizes: dict[str, int] = {}
    for value, letters in ((first, one), (second, two)):
        sizes.update(zip(letters[1:], builder.lengths(value, "multiplies"), strict=True))
    rows, columns = ([x for x in letters[1:] if x not in over and x not in inner] for letters in (one, two))
    sides = [
        _grouped(builder, value, letters, sizes, inner, group, over)
        for value, letters, group in ((first, one, rows), (second, two, columns))
    ]
    (product,) = builder.add(Dot((1, 1), normalize=False), sides, lead=len(inner))
    return _ungrouped(builder, product, sizes, inner, [*rows, *columns], out)


def _by_constant(
    builder: Builder, value: Value, letters: str, constant: Array, constant_letters: str, out: str, over: Letters
) -> Value:
    """A Dense layer on the axes that are summed."""
    outer = [letter for letter in letters[1:] if letter in out]
    new = [letter for letter in constant_letters if letter not in letters]
    if set(constant_letters) & {*outer, letters[0]}:
        raise builder.refuse(
            f"sums by {letters},{constant_letters}->{out}, a matrix of its own for each position",
            fix="use a product and a sum, or LocallyConnected1D",
        )
    sizes = dict(zip(constant_letters, constant.shape, strict=True))
    kernel = np.transpose(constant, [constant_letters.index(x) for x in (*over, *new)])
    kernel = np.ascontiguousarray(kernel.reshape(count([sizes[x] for x in over]), -1))
    tensor = _grouped(builder, value, letters, sizes, outer, over)
    (result,) = builder.add(Dense(kernel, None, LINEAR), [tensor], lead=len(outer))
    return _ungrouped(builder, result, sizes, outer, new, out)


def _grouped(builder: Builder, value: Value, letters: str, sizes: Sizes, outer: Letters, *groups: Letters) -> int:
    """A tensor with the outer axes first, and then one axis for each group of the others."""
    tensor = permuted(builder, value.tensor, [letters.index(x) - 1 for x in (*outer, *chain(*groups))])
    return reshaped(builder, tensor, [count([sizes[x] for x in group]) for group in groups], "_flat", len(outer))


def _ungrouped(builder: Builder, tensor: int, sizes: Sizes, outer: Letters, inner: Letters, out: str) -> Value:
    """A tensor with the inner axes split by their letters, and all axes in the order of the result."""
    tensor = reshaped(builder, tensor, [sizes[x] for x in inner], "_shaped", len(outer))
    order = [*outer, *inner]
    return Value(permuted(builder, tensor, [order.index(x) for x in out[1:]]))
