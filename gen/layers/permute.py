"""Permute: axes in another order; ``dims`` counts from 1 and leaves the batch axis out, as in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Permute(Op):
    """Core axis ``order[k]`` becomes axis k."""

    moves: ClassVar[bool] = True

    order: tuple[int, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (tuple(inputs[0][axis] for axis in self.order),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (np.transpose(inputs[0], (0, *(axis + 1 for axis in self.order))),)
