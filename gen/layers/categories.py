"""Numbers in bins, and numbers of categories as vectors: Discretization, CategoryEncoding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Op, Shape
from .base import EachValue, cast, rows


@dataclass(frozen=True, eq=False)
class Discretize(EachValue):
    """For each value the number of bounds that it reaches, 0 below the first.

    Args:
        bounds: ascending.
    """

    bounds: Array

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return ((x[..., None] >= cast(self.bounds, x)).sum(axis=-1).astype(x.dtype),)


@dataclass(frozen=True, eq=False)
class Categories(Op):
    """Core (n,) of category numbers from 0 on -> (depth,): the count of each category. Other numbers are ignored.

    Args:
        counts: whether counts are given; otherwise 1 stands for one or more.
    """

    depth: int
    counts: bool

    @property
    def indices(self) -> int:
        return self.depth

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.depth,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = np.trunc(rows(inputs[0]))
        counts_of = (x[:, :, None] == np.arange(self.depth)).sum(axis=1)
        return ((counts_of if self.counts else counts_of > 0).astype(x.dtype),)
