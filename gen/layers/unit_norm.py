"""UnitNormalization: each vector divided by its length, y = x / max(|x|, epsilon), over one or more axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import SameCore, rows
from .cases import case, cases, each


@dataclass(frozen=True, eq=False)
class UnitNorm(SameCore):
    """The whole core is one vector.

    Args:
        epsilon: the least length that is divided by.
    """

    epsilon: float

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0])
        length = np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        return ((x / np.maximum(length, x.dtype.type(self.epsilon))).reshape(inputs[0].shape),)


CASES = (
    *cases("UnitNormalization", (1,), (5,), axis=-1),
    case("UnitNormalization", (40,), axis=1),
    *cases("UnitNormalization", (6, 3), options=each(axis=(-1, 1, [1, 2], [-1]))),
    *cases("UnitNormalization", (2, 4, 3), options=each(axis=([-2, -1], [1, 3], 2))),
    case("UnitNormalization", (None, 3), axis=2),
    *cases("UnitNormalization", (6, 3), feeds=("masked", "edges")),
    case("UnitNormalization", (None, 3), axis=1, refused="not fixed"),
)
