"""Conversion of integers from one format to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...core.formats import Array, Format
from ...numerics.fixed import Rescale, rescale
from ..base import EachValue


@dataclass(frozen=True, eq=False)
class Requantize(EachValue):
    """y = sat(gain(x - source.zero) + result.zero), value by value."""

    kind: ClassVar[str] = "integer_requantize"

    source: Format
    result: Format
    gain: Rescale

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.result.saturated(self.gain(inputs[0] - self.source.zero)),)


def requantize(source: Format, result: Format) -> Requantize:
    """The op between two formats.

    Raises:
        OverflowError: the source is more than 32767 times as coarse as the result.
    """
    return Requantize(source, result, rescale(source.scale / result.scale, source.reach, 1 << result.bits))
