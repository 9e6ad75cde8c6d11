"""Concatenate: inputs laid side by side along one axis; Keras 3, ``keras/src/layers/merging/concatenate.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from .cases import case, cases, each


@dataclass(frozen=True, eq=False)
class Concatenate(Op):
    """``axis`` counts core axes."""

    united: ClassVar[bool] = True

    axis: int

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        lengths = [shape[self.axis] for shape in inputs]
        total = None if any(n is None for n in lengths) else sum(n for n in lengths if n is not None)
        return ((*inputs[0][: self.axis], total, *inputs[0][self.axis + 1 :]),)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return all(wholes)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (np.concatenate(inputs, axis=self.axis + 1),)


CASES = (
    *cases("Concatenate", ((5,), (2,)), ((6, 3), (6, 2)), ((None, 3), (None, 2)), axis=-1),
    *cases("Concatenate", ((5,), (2,), (1,)), ((6, 3), (4, 3)), ((2, 4, 3), (1, 4, 3)), axis=1),
    *cases("Concatenate", ((6, 3), (6, 2)), ((2, 4, 3), (2, 1, 3)), axis=2),
    case("Concatenate", (6, 3), (4, 3), (1, 3), axis=-2),
    *cases("Concatenate", ((6, 3), (6, 3)), options=each(axis=(-1, 1)), feeds=["masked"]),
)
