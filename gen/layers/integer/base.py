"""How an op finds its integer form: rules by op, and what a rule is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import UnsupportedError
from ...core.formats import Format, covering
from ...core.graph import Node, Op
from ...numerics.base import Numeric
from ...numerics.rounding import Moments

Range = tuple[float, float]


@dataclass(frozen=True)
class Ranges:
    """What calibration saw.

    Args:
        tensors: least and largest value by tensor id.
        inner: the same for values inside an op, by node name and what they are: ``source`` and ``result`` of an
            activation by its name, the states of a cell by theirs.
        narrow: what 8 bits should cover of a tensor, where an observer found clipping better, or more data would be
            expected to show more; by tensor id.
        narrow_inner: the same for the states of cells.
        unseen: as ``inner``, of ops that nobody looked into.
        features: of each place along the last axis of a model input, by tensor id.
        narrow_features: what 8 bits should cover of those.
        moments: of what matrices are multiplied with, by node name and the matrix's: ``kernel``, ``recurrent``.
    """

    tensors: Mapping[int, Range]
    inner: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    narrow: Mapping[int, Range] = field(default_factory=dict)
    narrow_inner: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    unseen: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    features: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    narrow_features: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    moments: Mapping[str, Mapping[str, Moments]] = field(default_factory=dict)


@dataclass
class Task:
    """A node whose integer form is wanted.

    Args:
        node: the float node.
        numeric: of its layer.
        inputs: formats of its input tensors; a rule changes one to ask for another, and the pass sees to it.
        ranges: of its input and output tensors, by position.
        outputs: ranges of its outputs.
        wide: whether every reader of an output would rather have int16.
        inner: ranges of values inside.
        cores: core shapes of its inputs.
        narrow: what 8 bits should cover of its inputs, then of its outputs, by tensor position.
        narrow_inner: the same for values inside.
        moments: of what its matrices are multiplied with, by their names.
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
        """What the layer's numeric type multiplies its matrices with."""
        return self.numeric.dtype.name

    def input_format(self, index: int, dtype: str) -> Format:
        """The format of an input, which must be of this type."""
        if self.inputs[index].dtype != dtype:
            low, high = self.narrow[0][index] if dtype == "int8" and self.narrow else self.ranges[index]
            self.inputs[index] = covering(low, high, dtype)
        return self.inputs[index]

    def output_format(self, position: int = 0, symmetric: bool = False) -> Format:
        """The format of an output that follows its range."""
        dtype = "int16" if self.wide[position] else self.dtype
        low, high = self.narrow[1][position] if dtype == "int8" and self.narrow else self.outputs[position]
        return covering(low, high, dtype, symmetric)

    def state(self, name: str) -> Range:
        """What 8 bits should cover of a state."""
        return self.narrow_inner.get(name) or self.inner[name]

    def refuse(self, what: str, fix: str = "") -> UnsupportedError:
        """The error to raise when there is no integer form."""
        return UnsupportedError(
            f'layer "{self.node.layer}": {what}', fix=fix or "use float32 or float32w8 for this model"
        )


Rule = Callable[[Any, Task], tuple[Op, Sequence[Format]]]
"""The integer op, and the formats of its outputs."""


@dataclass(frozen=True)
class Entry:
    """A rule and what it would rather have.

    Args:
        wide: whether inputs are int16 in every integer numeric type.
        long: whether it reads powers of 31 bits; others get them in 16 or 8.
        deep: whether the layer before it should be of int16, its weights too.
        asks: whether an op would rather have int16 for the ranges of its first input and output.
    """

    rule: Rule
    wide: bool
    long: bool
    deep: bool
    asks: Callable[[Op, Range, Range], bool]


RULES: dict[type[Op], Entry] = {}


def quantizes(
    *ops: type[Op],
    wide: bool = False,
    long: bool = False,
    deep: bool = False,
    asks: Callable[[Op, Range, Range], bool] = lambda op, argument, result: False,
) -> Callable[[Rule], Rule]:
    """Register the integer form of ops: ``rule(op, task) -> integer op, formats of its outputs``."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, Entry(rule, wide, long, deep, asks)))
        return rule

    return register
