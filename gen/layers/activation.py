"""Activations on their own: element by element, or over an axis (softmax and its kin)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..functions import Function, function
from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, only, reads
from .cases import case, each_function, layer


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


OFF = (
    layer("Dropout", rate=0.5),
    layer("SpatialDropout1D", rate=0.5),
    layer("GaussianNoise", stddev=1.0),
    layer("GaussianDropout", rate=0.5),
    layer("ActivityRegularization", l2=0.1),
)
CASES = (
    *each_function("Activation", "activation", (40,), "edges"),
    *(
        case("Activation", s, activation="softmax", feed=f)
        for s in ((5,), (6, 3), (2, 4, 3))
        for f in ("floats", "edges")
    ),
    *(
        case("Activation", s, activation=a, feed=f, only="keras")
        for a in ("glu", "log_softmax", "sparsemax")
        for s in ((6,), (6, 4), (2, 4, 6))
        for f in ("floats", "edges")
    ),
    *(case("Activation", (6, 4), activation=a, feed="masked") for a in ("tanh", "linear")),
    *(
        case("ReLU", (40,), feed="edges", **options)
        for options in (
            {},
            {"max_value": 6.0},
            {"max_value": 2.5, "negative_slope": 0.1},
            {"negative_slope": 0.2},
            {"threshold": 1.0},
            {"threshold": 0.5, "max_value": 3.0, "negative_slope": 0.3},
            {"max_value": 0.0},
        )
    ),
    *(case("LeakyReLU", (40,), feed="edges", **options) for options in ({}, {"negative_slope": 0.01})),
    *(case("ELU", (40,), feed="edges", **options) for options in ({}, {"alpha": 0.3})),
    case("ThresholdedReLU", (40,), feed="edges", theta=1.0, only="tf_keras"),
    *(
        case("Softmax", shape, axis=axis)
        for shape, axis in (
            ((5,), -1),
            ((6, 3), -1),
            ((6, 3), 1),
            ((6, 3), 2),
            ((6, 3), -2),
            ((2, 4, 3), 1),
            ((2, 4, 3), 2),
        )
    ),
    case("Softmax", (6, 3), axis=[1, 2], refused="over the axes"),
    case("Softmax", (None, 3), axis=1, refused="length"),
    *(case(off.class_name, (6, 3), **off.config) for off in OFF),
    *(case(off.class_name, (6, 3), feed="masked", **off.config) for off in OFF[:2]),
    case("AlphaDropout", (6, 3), rate=0.5),
    case("SpatialDropout2D", (2, 4, 3), rate=0.5),
)
