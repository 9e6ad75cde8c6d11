"""Activations on their own: element by element, or over an axis (softmax and its kin)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ..core.functions import Function, function
from ..core.graph import Array, Op, Shape
from .base import SameCore
from .cases import case, each_function, layer

CHOICES = ("softmax", "log_softmax", "sparsemax")
"""Functions that say which of several it is."""


@dataclass(frozen=True, eq=False)
class Activation(SameCore):
    """Each value alone; any core."""

    kind: ClassVar[str] = "activation"
    in_place: ClassVar[bool] = True

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

    kind: ClassVar[str] = "vector_activation"

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
            ((1,), -1),
            ((1, 3), 1),
        )
    ),
    *(
        # Of several axes Keras takes exp(x - logsumexp(x)), whose own rounding grows with x.
        case("Softmax", shape, feed="gentle", axis=axis)
        for shape, axis in (
            ((6, 3), [1, 2]),
            ((6, 3), [-1]),
            ((2, 4, 3), [2, 3]),
            ((2, 4, 3), [1, -1]),
            ((2, 4, 3), [2, 1]),
            ((None, 4, 3), [2, 3]),
        )
    ),
    case("Softmax", (None, 3), axis=[1, 2], refused="length is not fixed"),
    case("Softmax", (None, 3), axis=1, refused="length"),
    *(case(off.class_name, (6, 3), **off.config) for off in OFF),
    *(case(off.class_name, (6, 3), feed="masked", **off.config) for off in OFF[:2]),
    case("AlphaDropout", (6, 3), rate=0.5),
    case("SpatialDropout2D", (2, 4, 3), rate=0.5),
)
