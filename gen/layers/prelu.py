"""PReLU: x where x >= 0, alpha x below, alpha learned (He et al. 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array
from .base import SameCore, cast
from .cases import case


@dataclass(frozen=True, eq=False)
class Prelu(SameCore):
    """alpha has the core's rank, 1 on shared axes."""

    kind: ClassVar[str] = "prelu"
    in_place: ClassVar[bool] = True

    alpha: Array

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return (np.where(x >= 0, x, cast(self.alpha, x) * x),)


CASES = tuple(
    case("PReLU", shape, feed=feed, shared_axes=shared)
    for shape, shared in (
        ((5,), None),
        ((6, 3), None),
        ((6, 3), [1]),
        ((6, 3), [2]),
        ((6, 3), [1, 2]),
        ((2, 4, 3), [1, 2]),
    )
    for feed in ("floats", "edges")
)
