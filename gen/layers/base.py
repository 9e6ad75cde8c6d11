"""Base classes and functions shared by several layers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape


class SameCore(Op):
    """An op whose output has the core of its only input."""

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs


class EachValue(SameCore):
    """An op that computes each value from one value of its only input."""

    in_place: ClassVar[bool] = True


class Broadcast(Op):
    """An op that combines its inputs value by value, with broadcasting; inputs with fewer axes lack the first ones."""

    in_place: ClassVar[bool] = True

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        rank = max(map(len, inputs))
        padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in inputs]
        return (tuple(next((n for n in axis if n != 1), 1) for axis in zip(*padded, strict=True)),)


def rows(x: Array) -> Array:
    """(samples, *core) flattened to (samples, elements)."""
    return x.reshape(len(x), -1)


def cast(weights: Array, like: Array) -> Array:
    """Weights in the float type of the computation."""
    return weights.astype(like.dtype, copy=False)


def equal_parts(x: Array, count: int) -> list[Array]:
    """The last axis in equal parts, as ``np.split`` does in seven times the time: cells call it at each step."""
    size = x.shape[-1] // count
    return [x[..., at : at + size] for at in range(0, size * count, size)]


def fed(kernel: Array, bias: Array | None, gain: Array, offset: Array | None) -> tuple[Array, Array | None]:
    """Kernel (inputs, rows) and bias, in float64, of a matrix whose input is ``x`` instead of ``gain x + offset``.

    Args:
        gain, offset: (inputs,), or (inputs, rows) if the rows have different inputs.
    """
    wide = kernel.astype(np.float64)
    if offset is not None:
        start = 0.0 if bias is None else bias.astype(np.float64)
        bias = start + (offset @ wide if offset.ndim == 1 else (offset * wide).sum(axis=0))
    return wide * (gain if gain.ndim > 1 else gain[:, None]), bias
