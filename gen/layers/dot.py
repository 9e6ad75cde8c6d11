"""Dot: products of two tensors summed over one axis of each; Keras 3, ``keras/src/layers/merging/dot.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Dot(Op):
    """Sum over core axis ``axes[0]`` of the first and ``axes[1]`` of the second; the other axes follow in order. Two
    vectors give (1,). ``normalize``: each input divided by its L2 norm along its axis first, a sum of squares below
    ``least`` counting as that."""

    axes: tuple[int, int]
    normalize: bool
    least: float = 1e-14

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        first, second = (list(shape) for shape in inputs)
        del first[self.axes[0]], second[self.axes[1]]
        return (tuple(first + second) or (1,),)

    def integral(self, wholes: Sequence[bool]) -> bool:
        return all(wholes) and not self.normalize

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        first, second = (self._unit(x, axis) for x, axis in zip(inputs, self.axes, strict=True))
        one = np.moveaxis(first, self.axes[0] + 1, -1)
        two = np.moveaxis(second, self.axes[1] + 1, 1)
        flat = one.reshape(len(one), -1, one.shape[-1]) @ two.reshape(len(two), two.shape[1], -1)
        shape = one.shape[1:-1] + two.shape[2:]
        return (flat.reshape(len(one), *(shape or (1,))),)

    def _unit(self, x: Array, axis: int) -> Array:
        if not self.normalize:
            return x
        square = np.sum(x * x, axis=axis + 1, keepdims=True)
        unit: Array = x / np.sqrt(np.maximum(square, x.dtype.type(self.least)))
        return unit

    def macs(self, *inputs: Shape) -> int:
        first, second = (int(np.prod([n or 1 for n in shape])) for shape in inputs)
        return first * second // (inputs[0][self.axes[0]] or 1)
