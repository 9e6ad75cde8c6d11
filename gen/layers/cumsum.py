"""Cumsum: the sum of all values so far along an axis; Keras 3 ``ops.cumsum``."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.graph import Array
from .base import SameCore


@dataclass(frozen=True, eq=False)
class Cumsum(SameCore):
    """Core (n, rest): each output is the sum of the input at its position and at all before it on the first axis."""

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0].cumsum(axis=1, dtype=inputs[0].dtype),)
