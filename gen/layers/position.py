"""Position: the index of the largest or the least value; Keras 3 ``ops.argmax``, ``ops.argmin``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Position(Op):
    """Core (n,) -> (): the first position of the largest value, or of the least."""

    largest: bool

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((),)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return True

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return ((x.argmax(axis=1) if self.largest else np.argmin(x, axis=1)).astype(x.dtype),)
