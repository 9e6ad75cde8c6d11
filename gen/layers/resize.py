"""Resize: each output along an axis is a weighted sum of a few inputs: interpolation, and means over unequal cells."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.graph import Array, Op, Shape, count, known
from .base import cast


@dataclass(frozen=True, eq=False)
class Resize(Op):
    """Core (n, rest) -> (outputs, rest): the sum over k of ``weights[j, k] x[places[j, k]]``.

    Args:
        places: (outputs, taps), int32.
        weights: (outputs, taps), 0 for unused taps.
    """

    places: Array
    weights: Array

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((len(self.places), *inputs[0][1:]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        spread = cast(self.weights, x).reshape(*self.weights.shape, *(1,) * (x.ndim - 2))
        return ((x[:, self.places] * spread).sum(axis=2),)

    def macs(self, *inputs: Shape) -> int:
        rest = inputs[0][1:]
        return self.places.size * count(rest) if known(rest) else 0
