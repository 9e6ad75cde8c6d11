"""PReLU: x if x >= 0, else alpha x with a learned alpha (He et al. 2015)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import EachValue, cast


@dataclass(frozen=True, eq=False)
class Prelu(EachValue):
    """alpha has the core's rank, 1 on shared axes."""

    alpha: Array

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return (np.maximum(x, 0) + cast(self.alpha, x) * np.minimum(x, 0),)
