"""Flatten and Reshape: the same values under another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.graph import Array, Op, Shape
from ..core.op import View
from .cases import case, cases, each


@dataclass(frozen=True, eq=False)
class Reshape(Op):
    """Any core of the same size -> ``shape``; no code, no copy."""

    view: ClassVar[View] = View.SAME
    moves: ClassVar[bool] = True

    shape: Shape

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (self.shape,)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0].reshape(len(inputs[0]), *(n or 1 for n in self.shape)),)


CASES = (
    *cases("Flatten", (5,), (6, 3), (2, 4, 3), options=each(data_format=(..., "channels_first"))),
    case("Flatten", (6, 1), feed="masked"),
    *cases("Reshape", (6, 3), options=each(target_shape=((3, 6), (18,), (-1,), (-1, 2), (2, -1, 3)))),
    *cases("Reshape", (12,), options=each(target_shape=((4, 3), (12,)))),
    case("Reshape", (6, 4), target_shape=(6, 2, 2)),
    case("Reshape", (2, 3, 4), target_shape=(6, 4)),
    case("Reshape", (6, 3), feed="masked", target_shape=(6, 3)),
)
