"""UnitNormalization: each vector divided by its length, y = x / max(|x|, epsilon), over one or more axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import SameCore, rows


@dataclass(frozen=True, eq=False)
class UnitNorm(SameCore):
    """The whole core is one vector.

    Args:
        epsilon: the least divisor.
    """

    epsilon: float

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0])
        length = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        return ((x / np.maximum(length, x.dtype.type(self.epsilon))).reshape(inputs[0].shape),)
