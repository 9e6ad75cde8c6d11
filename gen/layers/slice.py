"""Slice: some positions of each axis, at equal distances, in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape

Cut = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Slice(Op):
    """Core (axes..., rest): ``cuts`` has, for each of the first axes, the first position, the distance to the next
    (negative: backwards) and the number of positions. It needs the whole first axis and cannot go step by step."""

    moves: ClassVar[bool] = True

    cuts: tuple[Cut, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*(count for _, _, count in self.cuts), *inputs[0][len(self.cuts) :]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        for axis, (first, step, count) in enumerate(self.cuts):
            x = np.take(x, first + step * np.arange(count), axis=axis + 1)
        return (x,)
