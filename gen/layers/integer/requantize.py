"""Integers of one format as integers of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...numerics.fixed import Rescale, rescale


@dataclass(frozen=True, eq=False)
class Requantize(Op):
    """y = sat(gain(x - source.zero) + result.zero), value by value."""

    kind: ClassVar[str] = "integer_requantize"
    in_place: ClassVar[bool] = True

    source: Format
    result: Format
    gain: Rescale

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        y = self.gain(inputs[0] - self.source.zero) + self.result.zero
        return (y.clip(self.result.low, self.result.high),)


def requantize(source: Format, result: Format) -> Requantize:
    """The op between two formats.

    Raises:
        OverflowError: the source is more than 32767 times as coarse as the result.
    """
    bound = max(source.high - source.zero, source.zero - source.low)
    return Requantize(source, result, rescale(source.scale / result.scale, bound, 1 << result.bits))
