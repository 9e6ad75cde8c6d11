"""Rules for the integer forms of ops, and the arguments of a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import UnsupportedError
from ...core.formats import Array, Format, covering
from ...core.graph import Node, Op
from ...numerics.base import Numeric
from ...numerics.rounding import Moments

Range = tuple[float, float]


@dataclass(frozen=True)
class Ranges:
    """Calibrated ranges.

    Args:
        tensors: least and largest value by tensor id.
        inner: the same for values inside an op, by node name and the value's name: ``source`` and ``result`` of an
            activation with its name, the states of a cell with theirs.
        narrow: the range that 8 bits should cover, by tensor id: smaller if an observer prefers to clip, larger if more
            data would probably show more.
        narrow_inner: the same for the states of cells.
        unseen: as ``inner``, for ops without observed values inside.
        features: ranges of each place along the last axis of a model input, by tensor id.
        narrow_features: the ranges of those that 8 bits should cover.
        moments: moments of the inputs of matrices, by node name and the matrix's name: ``kernel``, ``recurrent``.
        errors: mean errors of model outputs in integers, by tensor id and place along the last axis, which biases
            compensate.
    """

    tensors: Mapping[int, Range]
    inner: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    narrow: Mapping[int, Range] = field(default_factory=dict)
    narrow_inner: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    unseen: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    features: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    narrow_features: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    moments: Mapping[str, Mapping[str, Moments]] = field(default_factory=dict)
    errors: Mapping[int, Array] = field(default_factory=dict)


@dataclass
class Task:
    """A node to be quantized, as rules see it.

    Args:
        node: the float node.
        numeric: the numeric type of its layer.
        inputs: formats of its input tensors. A rule replaces one to require another, which the pass then provides.
        ranges: ranges of its input tensors, by position.
        outputs: ranges of its outputs.
        wide: for each output, whether all its readers prefer int16.
        inner: ranges of values inside.
        cores: core shapes of its inputs.
        narrow: the ranges that 8 bits should cover, of its inputs and of its outputs, by position.
        narrow_inner: the same for values inside.
        moments: moments of its matrices' inputs, by the matrices' names.
    """

    node: Node
    numeric: Numeric
    inputs: list[Format]
    ranges: Sequence[Range]
    outputs: Sequence[Range]
    wide: Sequence[bool]
    inner: Mapping[str, Range]
    cores: Sequence[tuple[int | None, ...]]
    narrow: tuple[Sequence[Range], Sequence[Range]] | None = None
    narrow_inner: Mapping[str, Range] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)

    @property
    def dtype(self) -> str:
        """The type of a matrix's inputs in the layer's numeric type."""
        return self.numeric.dtype.name

    def input_format(self, index: int, dtype: str) -> Format:
        """The format of an input, changed to this type if it has another."""
        if self.inputs[index].dtype != dtype:
            low, high = self.narrow[0][index] if dtype == "int8" and self.narrow else self.ranges[index]
            self.inputs[index] = covering(low, high, dtype)
        return self.inputs[index]

    def output_format(self, position: int = 0) -> Format:
        """The format of an output, from its range."""
        dtype = "int16" if self.wide[position] else self.dtype
        low, high = self.narrow[1][position] if dtype == "int8" and self.narrow else self.outputs[position]
        return covering(low, high, dtype)

    def state(self, name: str) -> Range:
        """The range of a state that 8 bits should cover."""
        return self.narrow_inner.get(name) or self.inner[name]

    def refuse(self, problem: str, fix: str = "") -> UnsupportedError:
        """The error to raise if there is no integer form."""
        return UnsupportedError(
            f'layer "{self.node.layer}": {problem}', fix=fix or "use float32 or float32w8 for this model"
        )


Rule = Callable[[Any, Task], tuple[Op, Sequence[Format]]]
"""A function that returns the integer op and the formats of its outputs."""


@dataclass(frozen=True)
class RuleEntry:
    """A rule and the formats that it prefers.

    Args:
        wide: whether inputs are int16 in every integer numeric type.
        long: whether it reads powers of 31 bits; others get them in 16 or 8.
        deep: whether the layer before it should use int16, its weights too.
        asks: whether an op prefers int16 for the ranges of its first input and output.
    """

    rule: Rule
    wide: bool
    long: bool
    deep: bool
    asks: Callable[[Op, Range, Range], bool]


RULES: dict[type[Op], RuleEntry] = {}


def quantizes(
    *ops: type[Op],
    wide: bool = False,
    long: bool = False,
    deep: bool = False,
    asks: Callable[[Op, Range, Range], bool] = lambda op, argument, result: False,
) -> Callable[[Rule], Rule]:
    """Register the integer form of ops: ``rule(op, task) -> integer op, formats of its outputs``."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, RuleEntry(rule, wide, long, deep, asks)))
        return rule

    return register
