"""Numbers in bins, and numbers of categories as vectors: Discretization, CategoryEncoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..core.formats import Format, index_format
from ..core.graph import Array, Op, Shape
from .base import SameCore, cast, rows
from .cases import case, cases, each


@dataclass(frozen=True, eq=False)
class Discretize(SameCore):
    """Each value alone: the number of bounds that it reaches, 0 below the first.

    Args:
        bounds: ascending.
    """

    in_place: ClassVar[bool] = True

    bounds: Array

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return ((x[..., None] >= cast(self.bounds, x)).sum(axis=-1).astype(x.dtype),)


@dataclass(frozen=True, eq=False)
class Categories(Op):
    """Core (n,) of numbers from 0 on -> (depth,): how many of them are each category's. Others are left out.

    Args:
        counts: without it, 1 stands for one and more.
    """

    depth: int
    counts: bool

    @property
    def raw(self) -> Mapping[int, Format]:
        return {0: index_format(self.indices)}

    @property
    def indices(self) -> int:
        return self.depth

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.depth,),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = np.trunc(rows(inputs[0]))
        counts_of = (x[:, :, None] == np.arange(self.depth)).sum(axis=1)
        return ((counts_of if self.counts else counts_of > 0).astype(x.dtype),)


BOUNDS = [-1.0, 0.0, 0.5]
BINS: dict[str, Any] = {"bin_boundaries": BOUNDS}
TOKENS: dict[str, Any] = {"num_tokens": 9, "feeds": ["tokens"]}
CASES = (
    *cases("Discretization", (40,), options=each(output_mode=("int", "multi_hot")), feeds=["edges"], **BINS),
    *cases("Discretization", (6,), options=each(output_mode=("count",)), **BINS),
    case("Discretization", (6, 3), **BINS),
    case("Discretization", (6, 3), **BINS, output_mode="one_hot", only="keras"),
    case("Discretization", (1,), **BINS, output_mode="one_hot"),
    *cases("CategoryEncoding", (5,), options=each(output_mode=("multi_hot", "count")), **TOKENS),
    *cases("CategoryEncoding", (1,), options=each(output_mode=("one_hot",)), **TOKENS),
    *cases("CategoryEncoding", (4, 5), options=each(output_mode=("multi_hot",)), **TOKENS, only="keras"),
)
