"""Rows rounded to 127 steps of their largest value, as Keras 3's int8 layers round their inputs at run time.

scale = 127 / (max |x| + epsilon),  y = round(x scale) / scale,  halves to the even integer
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import SameCore, rows


@dataclass(frozen=True, eq=False)
class RoundRows(SameCore):
    """The whole core is one row."""

    epsilon: float

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0])
        scale = x.dtype.type(127) / (np.abs(x).max(axis=1, keepdims=True) + x.dtype.type(self.epsilon))
        return ((np.clip(np.round(x * scale), -127, 127) / scale).reshape(inputs[0].shape),)
