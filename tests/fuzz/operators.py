"""Draws bare operators, which make layers of their own in a functional model: all that Gatesmith's registries name.

No operator is named here. What an argument may be follows from what its parameter is called (an axis, a shape, an
index), as Keras 3 calls it; tensors and constants are what is left. Keras is asked, as for layers.
"""

import inspect
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from layers.feeds import ROWS

import gatesmith.importers.keras.layers.operation
from gatesmith.importers.keras.layers.operators import OPERATORS
from gatesmith.importers.keras.layers.spellings import ROOMS, operator_of, renamed

from .recipe import Call, Constant, Given, Part, function_of, is_tensor

Shape = tuple[int | None, ...]
OPTIONAL = 0.4
"""How often an argument is given that could be left out; an axis more often, as without one samples meet."""
SCALARS = (0.0, 0.5, 1.0, -1.0, 2.0, 0.1, 0.3, -0.25, 3, 1, 1.7)
LETTERS = "abcdefgh"
assert gatesmith.importers.keras.layers.operation, "it fills the registry"


@dataclass(frozen=True)
class Parameter:
    """One parameter: its own name, Keras 3's, its default, and how it is given."""

    keyword: str
    name: str
    default: Any
    kind: Any

    @property
    def needed(self) -> bool:
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True)
class Function:
    """A function that makes an operator: where it is in its package, the operator's name, and what it takes."""

    path: str
    name: str
    operands: tuple[str, ...]
    parameters: tuple[Parameter, ...]


@cache
def functions(package: str) -> tuple[Function, ...]:
    """All functions of a Keras that the importer reads; its registries hold names of other generations too."""
    listed = []
    operators = ((f"ops.{snake(name)}", name) for name in OPERATORS)
    for path, name in operators if package == "keras" else tensorflow_functions():
        try:
            signature = inspect.signature(function_of(import_module(package), path)).parameters.values()
        except AttributeError:
            continue
        older, read = package != "keras", OPERATORS[name].function
        taken = [p for p in signature if p.name != "name" and p.kind is not p.VAR_KEYWORD]
        parameters = [
            Parameter(p.name, renamed(p.name, name) if older else p.name, p.default, p.kind)
            for p in taken
            if not older or renamed(p.name, name) in read or p.default is p.empty
        ]
        listed.append(Function(path, name, OPERATORS[name].parameters, tuple(parameters)))
    return tuple(sorted(listed, key=lambda each: each.path))


def tensorflow_functions() -> Iterator[tuple[str, str]]:
    """Paths of TensorFlow's functions that are read, and Keras 3's operators for them."""
    tensorflow = import_module("tensorflow")
    for room in ROOMS:
        for word in dir(getattr(tensorflow, room, None) if room else tensorflow):
            name = operator_of(word) if not word.startswith("_") else None
            if name is not None and inspect.isfunction(getattr(getattr(tensorflow, room, tensorflow), word, None)):
                yield f"{room}.{word}".removeprefix("."), name


def snake(name: str) -> str:
    """``LogSoftmax``, of which ``log_softmax`` makes an operation."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@cache
def positive_only(package: str, path: str) -> bool:
    """Whether a function of one tensor has no finite answer to what is negative or 0."""
    keras = import_module(package)
    call = Call(path, (Given(0),), {})
    try:
        with np.errstate(all="ignore"):
            answer = np.asarray(call.on(keras, [np.array([[-0.7, 0.0, 0.4]], np.float32)]), np.float64)
    except Exception:
        return False
    return not np.isfinite(answer).all()


@cache
def takes_list(package: str, path: str, operands: int) -> bool:
    """Whether a function of one operand takes a list of tensors, and not one tensor."""
    keras = import_module(package)
    answers = []
    for first in (Given(0), [Given(0), Given(1)]) if operands == 1 else ():
        answers.append(False)
        for axis in ((), (1,)):
            with suppress(Exception):
                tensors = [keras.Input((2,)), keras.Input((2,))]
                answers[-1] |= is_tensor(Call(path, (first, *axis), {}).on(keras, tensors))
    return answers == [False, True]


class Arguments:
    """The arguments of one call while they are drawn.

    Args:
        shape: of the first tensor, the axis of samples in front.
        others: draws another tensor that may go with one of a shape; it returns its position and shape.
    """

    def __init__(
        self, dice: random.Random, keras: Any, shape: Shape, others: Callable[[bool], tuple[int, Shape]]
    ) -> None:
        self.dice = dice
        self.keras = keras
        self.shape = shape
        self.rank = len(shape)
        self.others = others
        self.first = True
        self.listed = False
        self.second: Shape = shape
        """Shape of the last operand that was drawn."""

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def call(self, function: Function) -> Call:
        """The function with its arguments; the first tensor of the step is among them."""
        self.listed = takes_list(self.keras.__name__, function.path, len(function.operands)) and self.chance(0.8)
        arguments: list[tuple[Parameter, Any]] = []
        for parameter in function.parameters:
            name = parameter.name
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                arguments += [(parameter, self.operand()) for _ in function.operands]
            elif drawn := getattr(self, f"_{name}", None):
                if parameter.needed or self.chance(0.95 if name.startswith("ax") else OPTIONAL):
                    arguments.append((parameter, drawn))
            elif name in function.operands or parameter.needed:
                arguments.append((parameter, self.operand()))
            elif isinstance(parameter.default, bool):
                if self.chance(OPTIONAL):
                    arguments.append((parameter, not parameter.default))
            elif isinstance(parameter.default, (int, float)) and self.chance(OPTIONAL):
                arguments.append((parameter, self.dice.choice((0.1, 0.3, 1.0, 2.0))))
        # What an index or an equation says follows from the tensors, wherever they stand.
        done = [(parameter, value() if callable(value) else value) for parameter, value in arguments]
        row: list[Any] = []
        named: dict[str, Any] = {}
        by_name = self.chance(0.3)
        for parameter, value in done:
            several = parameter.kind is inspect.Parameter.VAR_POSITIONAL
            follows = not named and not by_name and function.parameters.index(parameter) == len(row)
            if several or follows:
                row.append(value)
            else:
                named[parameter.keyword] = value
        return Call(function.path, tuple(row), named)

    # Tensors and constants

    def operand(self) -> Any:
        """The first tensor, another, a list of them, or a constant."""
        if self.listed:
            return [self.tensor(alike=True) for _ in range(self.dice.choice((1, 2, 2, 3)))]
        if self.first or self.chance(0.5):
            return self.tensor()
        return self.constant()

    def tensor(self, alike: bool = False) -> Given:
        if self.first:
            self.first = False
            return Given(0)
        index, self.second = self.others(alike)
        return Given(index)

    def constant(self) -> Any:
        """A number, or an array that goes with the first tensor: along its last axes, or as a matrix."""
        if self.chance(0.5):
            self.second = ()
            return self.dice.choice(SCALARS)
        shape = [n or 1 for n in self.shape]
        last = shape[-1]
        along = [1] * (self.rank - 2) + [last]
        lengths = self.dice.choice(
            [
                (last,),
                along,
                (1, *along),
                (1, *shape[1:]),
                shape[1:],
                (last, 1 + self.dice.randrange(4)),
                (*shape[1:-1], 1),
            ]
        )
        self.second = tuple(lengths)
        return self.array(self.second)

    def array(self, shape: Sequence[int | None]) -> Constant:
        count = math.prod(n or 1 for n in shape)
        values = [round(self.dice.uniform(-1.5, 1.5), 2) or 0.5 for _ in range(count)]
        return Constant(tuple(values), tuple(n or 1 for n in shape))

    # Arguments by the names of their parameters

    def one_axis(self) -> int:
        """An axis of a sample, most often; counted from either end."""
        low = 0 if self.chance(0.03) else min(1, self.rank - 1)
        axis = self.dice.randrange(low, self.rank)
        return axis - self.rank if self.chance(0.4) else axis

    def _axis(self) -> Any:
        if self.rank > 2 and self.chance(0.3):
            axes = self.dice.sample(range(1, self.rank), self.dice.randrange(1, self.rank))
            return [axis - self.rank if self.chance(0.3) else axis for axis in axes]
        if self.chance(0.05):
            return -self.rank - 1 if self.chance(0.3) else self.rank
        return self.one_axis()

    def _axes(self) -> Any:
        """An order of axes, axes that are reduced, or axes of two tensors."""
        kind = self.dice.random()
        if kind < 0.5:
            return [0, *self.dice.sample(range(1, self.rank), self.rank - 1)]
        return self._axis() if kind < 0.9 else [[self.rank - 1], [0]]

    _axis1 = _axis2 = _source = _destination = one_axis

    def _newshape(self) -> Any:
        """The values of a sample in other axes."""
        count = math.prod(n or 1 for n in self.shape[1:])
        target = [-1]
        while len(target) < 4 and self.chance(0.7):
            factor = self.dice.choice([n for n in range(1, count + 1) if count % n == 0])
            target.append(factor)
            count //= factor
        target.append(count)
        if self.chance(0.2):
            target[self.dice.randrange(1, len(target))], target[0] = -1, ROWS
        return tuple(target)

    def _start_indices(self) -> Any:
        self.starts = [0, *(self.dice.randrange(n or 1) for n in self.shape[1:])]
        return tuple(self.starts)

    def _shape(self) -> Any:
        """Lengths behind the starts."""
        rest = zip(self.shape[1:], self.starts[1:], strict=True)
        return (ROWS if self.chance(0.5) else -1, *(self.dice.randrange(1, (n or 1) - at + 1) for n, at in rest))

    def _key(self) -> Any:
        """An index a tensor takes: numbers, parts, new axes, the rest."""
        items: list[Any] = [Part(None, None, None)]
        for n in self.shape[1:]:
            kind, length = self.dice.random(), n or 1
            if kind < 0.3:
                items.append(self.dice.randrange(-length, length))
            elif kind < 0.7:
                ends = [self.dice.choice((None, self.dice.randrange(-length, length + 1))) for _ in range(2)]
                items.append(Part(*ends, self.dice.choice((None, None, 1, 2, -1, -2))))
            elif kind < 0.8:
                items.append("new")
                items.append(Part(None, None, None))
            else:
                items.append(Part(None, None, None))
        if self.chance(0.2):
            items[self.dice.randrange(1, len(items) + 1) :] = []
        if self.chance(0.2):
            at = self.dice.randrange(1, len(items) + 1)
            items[at : at + self.dice.randrange(3)] = ["..."]
        return tuple(items)

    def _indices(self) -> Any:
        shortest = min((n or 1 for n in self.shape[1:]), default=1)
        if self.chance(0.3):
            return self.dice.randrange(shortest)
        return [self.dice.randrange(shortest) for _ in range(self.dice.choice((1, 2, 3)))]

    def _repeats(self) -> Any:
        if self.chance(0.5):
            return self.dice.choice((1, 2, 3))
        return (1, *(self.dice.choice((1, 1, 2, 3)) for _ in self.shape[1:]))

    def _pad_width(self) -> Any:
        return ((0, 0), *((self.dice.choice((0, 0, 1, 2)), self.dice.choice((0, 1))) for _ in self.shape[1:]))

    def _indices_or_sections(self) -> Any:
        length = self.dice.choice([n or 1 for n in self.shape[1:]] or [1])
        if self.chance(0.6):
            return self.dice.choice([n for n in range(1, length + 1) if length % n == 0])
        return sorted(self.dice.sample(range(1, length), min(length - 1, self.dice.choice((1, 2))))) or 1

    def _sizes(self) -> Any:
        parts = self._indices_or_sections()
        if isinstance(parts, int):
            return parts
        return [b - a for a, b in zip([0, *parts[:-1]], parts, strict=True)] + [-1]

    def _dtype(self) -> str:
        return self.dice.choice(("float32", "float32", "int32", "bool"))

    def _x_min(self) -> float:
        return self.dice.choice((-1.0, -0.3, 0.0))

    def _x_max(self) -> float:
        return self.dice.choice((0.0, 0.4, 1, 6.0))

    def _constant_values(self) -> float:
        return 0.0 if self.chance(0.9) else 1.0

    def _subscripts(self) -> str:
        """Of two operands: an axis that both have is summed, or is one of the answer; so is one that one has."""
        one = LETTERS[: self.rank]
        if self.second and self.second[0] is None:
            two = "a"
            for n in self.second[1:]:
                alike = [x for x, m in zip(one[1:], self.shape[1:], strict=True) if m == n and x not in two]
                two += self.dice.choice(alike) if alike and self.chance(0.7) else LETTERS[self.rank + len(two) - 1]
        else:
            two = one[-1] + "xyz"[: len(self.second) - 1]
        shared = [x for x in one[1:] if x in two]
        summed = self.dice.sample(shared, min(len(shared), self.dice.choice((1, 1, 2))))
        out = [x for x in dict.fromkeys((one + two)[1:]) if x != "a" and x not in summed]
        if self.chance(0.3):
            self.dice.shuffle(out)
        return f"{one},{two}->a{''.join(out)}"
