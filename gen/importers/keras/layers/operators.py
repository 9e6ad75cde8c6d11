"""Operators of functional models: Keras 3's bare operations and TensorFlow's, and their registry.

An :class:`Operator` is registered by a file in ``layers/`` under Keras 3's class name; ``spellings`` there maps
the names of older generations to it. Axes are counted like in Keras, with the axis of samples first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from ....core.errors import UnsupportedError
from ....core.formats import Array
from ....core.graph import Shape
from ..dialect.config import shown
from ..dialect.ledger import Ledger
from .base import Builder, Value, no_complex

Operand = Any
"""A tensor (``Value``) or a constant (array of float32)."""


@dataclass(frozen=True)
class Use:
    """One use of an operator, for its reader.

    Args:
        builder: receives the nodes.
        name: the operator's Keras 3 class.
        arguments: the arguments by name: tensors as ``Value``, constants as arrays, others as in the file. One that
            the reader does not read is refused, unless it is None.
    """

    builder: Builder
    name: str
    arguments: Ledger

    def but(self, **arguments: Any) -> Use:
        """The same use with other values of some arguments."""
        return replace(self, arguments=self.arguments | arguments)

    def get(self, name: str, default: Any = None) -> Any:
        """An argument."""
        value = self.arguments.get(name)
        return default if value is None else value

    def tensor(self, name: str) -> Value:
        """An argument that must be a tensor; its mask ends here."""
        value = self.operand(name)
        if isinstance(value, np.ndarray):
            raise self.builder.refuse(f"is given a constant as {name}")
        return value  # type: ignore[no-any-return]

    def operand(self, name: str) -> Operand:
        """An argument that is a tensor or numbers."""
        return self.as_operand(self.arguments.get(name), name)

    def constant(self, name: str) -> Array | None:
        """An argument that must be numbers or absent."""
        if self.arguments.get(name) is None:
            return None
        value = self.operand(name)
        if not isinstance(value, np.ndarray):
            what = f"is given a tensor as {name}, which must be a constant"
            raise self.builder.refuse(what, fix="write it with * and +")
        return value

    def array(self, name: str) -> Array:
        """An argument that must be numbers."""
        if (value := self.constant(name)) is None:
            raise self.builder.broken(f"has no {name}")
        return value

    def number(self, name: str, default: float) -> float:
        """An argument that is one number."""
        return self.as_number(self.get(name, default), name)

    def as_number(self, value: Any, name: str) -> float:
        value = self.as_operand(value, name)
        if not isinstance(value, np.ndarray) or value.size != 1:
            raise self.builder.refuse(f"is given a tensor as {name}, where a number is expected")
        return float(value.reshape(-1)[0])

    def operands(self, name: str) -> list[Operand]:
        """An argument that is a list of these."""
        value = self.arguments.get(name)
        items = value if isinstance(value, list) else [value]
        if not items:
            raise self.builder.refuse(f"is given no tensors as {name}")
        return [self.as_operand(item, name) for item in items]

    def tensors(self, name: str) -> list[Value]:
        """An argument that is a list of tensors."""
        items = self.operands(name)
        if any(isinstance(item, np.ndarray) for item in items):
            raise self.builder.refuse("joins constants with tensors", fix="only tensors are joined")
        return items

    def as_operand(self, value: Any, name: str) -> Operand:
        no_complex(self.builder, [value])
        if hasattr(value, "tensor"):
            return type(value)(value.tensor)
        try:
            with np.errstate(all="ignore"):
                constant = np.asarray(value, np.float32)
        except (TypeError, ValueError):
            raise self.builder.refuse(f"is given {shown(value)} as {name}") from None
        if value is None or not np.isfinite(constant).all():
            raise self.builder.refuse(f"is given {shown(value)} as {name}: only finite numbers are taken")
        return constant

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument that is true or false."""
        value = self.get(name, default)
        if not isinstance(value, (bool, int, float)) or value not in (0, 1):
            raise self.builder.refuse(f"is given {name}={shown(value)}, where true or false is expected")
        return bool(value)

    def word(self, name: str, *words: str) -> str:
        """An argument that is one of some words, in lower case; the first is its default."""
        value = self.get(name, words[0])
        if not isinstance(value, str) or value.lower() not in words:
            raise self.builder.refuse(f"has {name}={shown(value)}", fix=f"use {' or '.join(words)}")
        return value.lower()

    @property
    def channels_first(self) -> bool:
        """Whether channels are the first axis of a sample."""
        return self.word("data_format", "channels_last", "channels_first") == "channels_first"

    def whole(self, name: str, default: int | None = None) -> int:
        """An argument that is a whole number."""
        return self.to_whole(self.get(name, default), name)

    def to_whole(self, value: Any, name: str) -> int:
        if isinstance(value, np.ndarray) and value.size == 1:
            value = float(value.reshape(-1)[0])
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**31:
            what = f"is given {name}={shown(value)}, where a whole number is expected"
            raise self.builder.refuse(what, fix=f"give a number of the model's own, such as {name}=1")
        return value

    def wholes(self, name: str, *default: int) -> list[int]:
        """An argument that is one whole number, or a list of them."""
        return self.to_wholes(self.get(name, list(default)), name)

    def to_wholes(self, value: Any, name: str) -> list[int]:
        items = value.tolist() if isinstance(value, np.ndarray) else value
        return [self.to_whole(item, name) for item in (items if isinstance(items, list) else [items])]

    def pairs(self, name: str, count: int) -> list[tuple[int, int]]:
        """An argument that is two whole numbers for each of ``count`` axes, in the call once for all or for each."""
        value = self.get(name, [])
        items = value.tolist() if isinstance(value, np.ndarray) else value
        while isinstance(items, list) and len(items) == 1:
            (items,) = items
        if not isinstance(items, list) or not any(isinstance(item, list) for item in items):
            items = [items] * count
        pairs = [[self.to_whole(n, name) for n in (pair if isinstance(pair, list) else [pair] * 2)] for pair in items]
        if len(pairs) != count or any(len(pair) != 2 for pair in pairs):
            raise self.builder.refuse(f"is given {name}={shown(value)}, where two numbers an axis are expected")
        return [(before, after) for before, after in pairs]

    def axis(self, shape: Shape, value: int) -> int:
        """The axis of a sample's shape for one of Keras's numbers.

        Raises:
            UnsupportedError: it is the axis of samples, or no axis.
        """
        place = value + len(shape) + 1 if value < 0 else value
        if place == 0:
            raise self.across()
        if not 1 <= place <= len(shape):
            raise self.builder.refuse(f"works on axis {value} of {shape}, which has no such axis")
        return place - 1

    def axes(self, shape: Shape, *default: int) -> list[int]:
        """The axes of a sample's shape in the argument ``axis``.

        Raises:
            UnsupportedError: one is the axis of samples, or no axis; or the argument is absent, which means all axes.
        """
        if self.get("axis", default or None) is None:
            raise self.across()
        return [self.axis(shape, axis) for axis in self.wholes("axis", *default)]

    def one_axis(self, shape: Shape) -> int:
        """The same for an operator that takes a single axis."""
        axes = self.axes(shape)
        if len(axes) != 1:
            raise self.builder.refuse(f"is given axis={shown(self.get('axis'))}, where one axis is expected")
        return axes[0]

    def across(self) -> UnsupportedError:
        """The error for an operator that combines samples of a batch."""
        what = "works across the samples of a batch, and generated code sees one at a time"
        return self.builder.refuse(what, fix="name an axis of the sample: axis 0 is the batch, axis 1 a sample's first")


Words = tuple[str, ...]
Read = Callable[[Use], Sequence[Value]]
Reader = TypeVar("Reader", bound=Callable[..., Sequence[Value]])
TENSORS: Mapping[str, Callable[..., Any]] = {
    **{"Value": Use.tensor, "Operand": Use.operand, "list[Value]": Use.tensors, "list[Operand]": Use.operands},
    **{"Array": Use.array, "Array | None": Use.constant},
}
ARGUMENTS: Mapping[str, Callable[..., Any]] = {
    **TENSORS,
    **{"int": Use.whole, "float": Use.number, "bool": Use.flag},
    "list[int]": lambda use, name, default=(): use.wholes(name, *default),
}
"""The function that reads an argument, by the annotation of the reader's parameter of the same name."""


def with_arguments(read: Callable[..., Sequence[Value]]) -> Read:
    """A reader of a use that reads the arguments named like its parameters after ``use``."""
    declared = list(inspect.signature(read).parameters.values())[1:]

    def asking(use: Use) -> Sequence[Value]:
        arguments = {}
        for one in declared:
            default = () if one.default is one.empty else (one.default,)
            arguments[one.name] = ARGUMENTS[one.annotation](use, one.name, *default)
        return read(use, **arguments)

    return asking


@dataclass(frozen=True)
class Operator:
    """An operator.

    Args:
        name: Keras 3's class.
        parameters: the parameters of its call, in order; by default the reader's parameters for tensors or arrays.
        read: reads its arguments and makes its nodes.
        typed: whether its option ``dtype`` is an argument; otherwise it is the type of the stored result.
        neutral: arguments that change nothing when a trained model runs.
        function: the same parameters in the order of TensorFlow's function, and of ``--lambda``; empty if neither
            is read. Their names that differ from the operator's are in ``spellings``.
    """

    name: str
    parameters: Words
    read: Read
    typed: bool = False
    neutral: Words = ()
    function: Words = ()


OPERATORS: dict[str, Operator] = {}
"""The operators by Keras 3's class name."""


def operator(
    *names: str, parameters: Words = (), typed: bool = False, neutral: Words = (), function: Words = ()
) -> Callable[[Reader], Reader]:
    """Register the reader of an operator, under one name or more: ``reader(use, argument: type, ...)``."""

    def registered(read: Reader) -> Reader:
        for name in names:
            assert name not in OPERATORS, f"two readers of {name}"
            asking, taken = with_arguments(read), inspect.signature(read).parameters.values()
            called = parameters or tuple(one.name for one in taken if one.annotation in TENSORS) or ("x",)
            OPERATORS[name] = Operator(name, called, asking, typed, neutral, function)
        return read

    return registered


def broadcast_constant(use: Use, constant: Array, rank: int) -> Array:
    """A constant without its axis of samples, if that has length 1, and without leading axes of length 1.

    Args:
        rank: number of axes of a sample.

    Raises:
        UnsupportedError: it differs from sample to sample.
    """
    if constant.ndim > rank:
        if constant.ndim > rank + 1 or constant.shape[0] != 1:
            raise use.builder.refuse(f"is given a constant of shape {constant.shape} for samples of {rank} axes")
        constant = constant[0]
    while constant.ndim and constant.shape[0] == 1:
        constant = constant[0]
    return constant
