"""Activations on their own: element by element, or over an axis (softmax and its kin)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.functions import Function, function
from ..core.graph import Array, Op, Shape
from .base import EachValue

CHOICES = ("softmax", "log_softmax", "sparsemax")
"""Functions whose largest value along an axis is the decision."""


@dataclass(frozen=True, eq=False)
class Activation(EachValue):
    """A function of each value by itself; any core."""

    function: Function

    @property
    def shares(self) -> bool:
        return self.function.shares

    def integral(self, wholes: Sequence[bool]) -> bool:
        return wholes[0] and self.function.integral

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.function(inputs[0]),)


@dataclass(frozen=True, eq=False)
class VectorActivation(Op):
    """A function over the first core axis: core (n, ...). The function's own axis parameter is not used here."""

    function: Function

    @property
    def shares(self) -> bool:
        return self.function.shares

    @property
    def chooses(self) -> bool:
        return self.function.name in CHOICES

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        shape = inputs[0]
        if self.function.name == "glu":
            assert shape[0] is not None
            return ((shape[0] // 2, *shape[1:]),)
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (function(self.function.name, axis=1)(inputs[0]),)
