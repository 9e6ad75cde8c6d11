"""Masking: a step whose features all equal mask_value is masked and zeroed; ``keras/src/layers/core/masking.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Masking(Op):
    """Core (features,) -> (features,) and () for the mask: 1 keeps the step."""

    mask_value: float
    fill: float = 0.0
    """The value of all features of a masked step."""

    @property
    def marker(self) -> float:
        return self.mask_value

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs[0], ()

    def integral(self, wholes: Sequence[bool]) -> bool:
        return wholes[0] and float(self.fill).is_integer()

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        keep = np.any(x != x.dtype.type(self.mask_value), axis=-1)
        return np.where(keep[..., None], x, x.dtype.type(self.fill)), keep.astype(x.dtype)
