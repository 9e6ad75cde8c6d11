"""Concatenate: inputs joined along one axis; Keras 3, ``keras/src/layers/merging/concatenate.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape


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
