"""RepeatVector: one frame, seen again at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from ..core.op import View, Walk


@dataclass(frozen=True, eq=False)
class Repeat(Op):
    """Core -> (steps, *core). Without ``steps`` a second input gives the length by its first core axis."""

    view: ClassVar[View] = View.REPEATED
    moves: ClassVar[bool] = True

    steps: int | None

    @property
    def walk(self) -> Walk:
        return Walk(inputs=() if self.steps is not None else (1,))

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.steps if self.steps is not None else inputs[1][0], *inputs[0]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        steps = self.steps if self.steps is not None else inputs[1].shape[1]
        return (np.repeat(inputs[0][:, None], steps, axis=1),)
