"""Select: a step's values if a mask keeps the step, else other values (Keras 3's merge layers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.formats import MASK, Format
from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Select(Op):
    """Cores: mask (), values, and the other values unless they all are ``other``."""

    in_place: ClassVar[bool] = True

    other: float | None

    @property
    def raw(self) -> Mapping[int, Format]:
        return {0: MASK}

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[1],)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return wholes[1] and (wholes[2] if self.other is None else float(self.other).is_integer())

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        mask, x = inputs[:2]
        other = inputs[2] if self.other is None else x.dtype.type(self.other)
        return (np.where(mask.reshape(-1, *(1,) * (x.ndim - 1)) > 0, x, other),)
