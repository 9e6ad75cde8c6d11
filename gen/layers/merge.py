"""Add, Subtract, Multiply, Average, Maximum, Minimum: element by element over several inputs, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..core.graph import Array
from .base import Broadcast

STEPS: dict[str, Callable[..., Array]] = {
    "average": np.add,
    **{name: getattr(np, name) for name in ("add", "subtract", "multiply", "maximum", "minimum")},
}


@dataclass(frozen=True, eq=False)
class Merge(Broadcast):
    """Inputs of equal rank combined left to right; axes of length 1 broadcast. An average divides once at the end."""

    mode: str

    @property
    def affine(self) -> bool:
        return self.mode in ("average", "maximum", "minimum")

    def alike(self, inputs: int) -> Sequence[int]:
        return range(inputs)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return all(wholes) and self.mode not in ("average", "divide")

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        total: Array = reduce(STEPS[self.mode], inputs)
        return (total / len(inputs) if self.mode == "average" else total,)
