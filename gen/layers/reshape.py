"""Flatten and Reshape: the same values under another shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.graph import Array, Op, Shape
from ..core.op import View
from .cases import case


@dataclass(frozen=True, eq=False)
class Reshape(Op):
    """Any core of the same size -> ``shape``; no code, no copy."""

    kind: ClassVar[str] = "reshape"
    view: ClassVar[View] = View.SAME
    moves: ClassVar[bool] = True

    shape: Shape

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return (self.shape,)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0].reshape(len(inputs[0]), *(n or 1 for n in self.shape)),)


CASES = (
    *(case("Flatten", shape) for shape in ((5,), (6, 3), (2, 4, 3))),
    *(case("Flatten", shape, data_format="channels_first") for shape in ((5,), (6, 3), (2, 4, 3))),
    case("Flatten", (6, 1), feed="masked"),
    *(
        case("Reshape", shape, target_shape=target)
        for shape, target in (
            ((6, 3), (3, 6)),
            ((6, 3), (18,)),
            ((6, 3), (-1,)),
            ((6, 3), (-1, 2)),
            ((6, 3), (2, -1, 3)),
            ((6, 4), (6, 2, 2)),
            ((12,), (4, 3)),
            ((12,), (12,)),
            ((2, 3, 4), (6, 4)),
        )
    ),
    case("Reshape", (6, 3), feed="masked", target_shape=(6, 3)),
)
