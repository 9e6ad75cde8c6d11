"""Dot in integers: sums of products; to normalize both sides, divided by the roots of their sums of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...numerics.fixed import ACCUMULATOR, UNIT, Rescale, bit_length, rescale, round_divide, saturate, square_root
from ..dot import Dot
from .base import Task, quantizes


@dataclass(frozen=True, eq=False)
class IntegerDot(Op):
    """y = sat(gain(sum of (x0 - zero0) (x1 - zero1)) + zero). With ``least``, that sum is divided by the roots of both
    sums of squares, in units of 2^-15.

    Args:
        wide: whether the sum needs int64.
        least: the lower bound of each input's sum of squares; None without normalization.
    """

    axes: tuple[int, int]
    gain: Rescale | None
    wide: bool
    least: tuple[int, int] | None
    sources: tuple[Format, Format]
    result: Format

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return Dot(self.axes, False).shapes(*inputs)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        first, second = (x - source.zero for x, source in zip(inputs, self.sources, strict=True))
        one = np.moveaxis(first, self.axes[0] + 1, -1)
        two = np.moveaxis(second, self.axes[1] + 1, 1)
        one, two = one.reshape(len(one), -1, one.shape[-1]), two.reshape(len(two), two.shape[1], -1)
        total = one @ two
        if self.least is not None:
            squares = ((one * one).sum(axis=2)[:, :, None], (two * two).sum(axis=1)[:, None, :])
            total = _cosine(total, *(np.maximum(s, least) for s, least in zip(squares, self.least, strict=True)))
        y = (total if self.gain is None else self.gain(total)) + self.result.zero
        (shape,) = self.shapes(*(x.shape[1:] for x in inputs))
        return (y.clip(self.result.low, self.result.high).reshape(len(total), *shape),)

    def macs(self, *inputs: Shape) -> int:
        return Dot(self.axes, False).macs(*inputs)


def _cosine(total: Array, one: Array, two: Array) -> Array:
    """``total / sqrt(one two)`` in units of 2^-15: each square is brought to 61 or 62 bits before its root is taken."""
    shifts = [(62 - bit_length(square)) // 2 for square in (one, two)]
    roots = [square_root(square << 2 * n) for square, n in zip((one, two), shifts, strict=True)]
    size = (np.abs(total) << (shifts[0] + shifts[1])) >> 15
    share = saturate(round_divide(size, (roots[0] * roots[1]) >> 30), 16)
    return np.where(total < 0, -share, share)


@quantizes(Dot)
def dot(op: Dot, task: Task) -> tuple[Op, Sequence[Format]]:
    sources, result = (task.inputs[0], task.inputs[1]), task.output_format()
    reach = [s.reach for s in sources]
    n = task.cores[0][op.axes[0]]
    assert n is not None
    bound = n * reach[0] * reach[1]
    if op.normalize:
        least = tuple(int(min(np.ceil(op.least / s.scale**2), 2.0**59)) for s in sources)
        gain = None if result == UNIT else rescale(UNIT.scale / result.scale, 32768, 1 << result.bits)
        return IntegerDot(op.axes, gain, bound > ACCUMULATOR, (least[0], least[1]), sources, result), [result]
    gain = rescale(sources[0].scale * sources[1].scale / result.scale, bound, 1 << result.bits)
    return IntegerDot(op.axes, gain, bound > ACCUMULATOR, None, sources, result), [result]
