"""Permute: axes in another order; ``dims`` counts from 1 and leaves the batch axis out, as in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from .cases import case, cases, each


@dataclass(frozen=True, eq=False)
class Permute(Op):
    """Core axis ``order[k]`` becomes axis k."""

    moves: ClassVar[bool] = True

    order: tuple[int, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (tuple(inputs[0][axis] for axis in self.order),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (np.transpose(inputs[0], (0, *(axis + 1 for axis in self.order))),)


CASES = (
    case("Permute", (5,), dims=(1,)),
    *cases("Permute", (6, 3), options=each(dims=((2, 1), (1, 2)))),
    *cases("Permute", (2, 4, 3), options=each(dims=((3, 1, 2), (1, 3, 2), (2, 1, 3)))),
    case("Permute", (2, 2, 3, 2), dims=(4, 2, 1, 3)),
    case("Permute", (None, 4, 3), dims=(1, 3, 2)),
    case("Permute", (None, 3), dims=(2, 1), refused="length is not fixed"),
)
