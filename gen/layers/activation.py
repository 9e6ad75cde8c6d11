"""Activations on their own: element by element, or over an axis (softmax and its kin)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..functions import Function, function
from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, only, reads


@dataclass(frozen=True, eq=False)
class Activation(Op):
    """Each value alone; any core."""

    kind: ClassVar[str] = "activation"

    function: Function

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.function(inputs[0]),)


@dataclass(frozen=True, eq=False)
class VectorActivation(Op):
    """A function over the first core axis: core (n, ...). The function's own axis parameter is not used here."""

    kind: ClassVar[str] = "vector_activation"

    function: Function

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        shape = inputs[0]
        if self.function.name == "glu":
            assert shape[0] is not None
            return ((shape[0] // 2, *shape[1:]),)
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (function(self.function.name, axis=1)(inputs[0]),)


def add_activation(builder: Builder, activation: Function, value: Value) -> Value:
    """Apply a function to a tensor, choosing the lead its axis allows."""
    shape = builder.shape(value)
    if activation.name == "linear":
        return value
    if activation.elementwise:
        (out,) = builder.add(Activation(activation), [value.tensor], lead=frames(shape))
        return Value(out, value.mask)
    axis = int(dict(activation.params).get("axis", -1))
    # Keras counts the batch axis in a positive axis.
    axis = axis + len(shape) if axis < 0 else axis - 1
    if not 0 <= axis < len(shape):
        raise builder.broken(f"{activation} has no such axis in {shape}")
    if activation.name == "glu" and (shape[axis] or 0) % 2:
        raise builder.broken(f"glu halves axis {axis + 1}, which has {shape[axis]} values")
    op = VectorActivation(Function(activation.name))
    (out,) = builder.add(op, [value.tensor], lead=axis, suffix=f"_{activation.name}")
    return Value(out, value.mask)


def frames(shape: Shape) -> int:
    """The lead of an op that treats every position alike: the time axis of a sequence, none of a vector."""
    return 1 if len(shape) > 1 else 0


@reads("Activation")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    return [add_activation(builder, spec.config["activation"], only(builder, inputs))]


@reads("Identity")
def read_identity(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Dropout, noise and regularisation layers do nothing once training is over."""
    del spec, initial
    return [only(builder, inputs)]
