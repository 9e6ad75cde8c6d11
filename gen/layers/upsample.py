"""UpSampling by repetition: every value is repeated along each axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Upsample(Op):
    """Core (axes..., rest): ``factors`` for the first axes."""

    moves: ClassVar[bool] = True

    factors: tuple[int, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        first = (None if n is None else n * factor for n, factor in zip(inputs[0], self.factors, strict=False))
        return ((*first, *inputs[0][len(self.factors) :]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        for axis, factor in enumerate(self.factors, 1):
            x = np.repeat(x, factor, axis=axis)
        return (x,)
