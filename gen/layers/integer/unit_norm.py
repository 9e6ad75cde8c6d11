"""UnitNormalization in integers: values divided by the root of their sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op, count
from ...numerics.fixed import UNIT, reciprocal, round_shift_by, square_root
from ..base import SameCore, rows
from ..unit_norm import UnitNorm
from .base import Task, quantizes

LARGEST = 1 << 14
"""Most values of a core: the sum of their squares, ``2^FINE`` times as large, must fit 60 bits."""
FINE = 16
"""Binary digits of a square after the point."""


@dataclass(frozen=True, eq=False)
class IntegerUnitNorm(SameCore):
    """The root of the sum of squares, with 8 binary digits after the point, and a 15-bit inverse of its first 16 bits:

        root    = max(floor(sqrt(2^FINE sum of (x - zero)^2)), least)
        head    = root / 2^shift, from 2^15 to 2^16 - 1
        inverse = 2^16 mantissa / head, half as large if it does not fit 15 bits
        y       = sat(round_shift((x - zero) inverse, 16 - exponent + shift) + zero)

    Each product stays below 2^30. The root's relative error is below ``2^-8 / sqrt(sum)``.

    Args:
        least: the least root, at least 1.
        mantissa, exponent: ``2^(FINE / 2) / scale of y = mantissa 2^exponent``, mantissa from 2^14 to 2^15 - 1.
    """

    fine: ClassVar[int] = FINE

    least: int
    mantissa: int
    exponent: int
    source: Format
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0]) - self.source.zero
        square = (x * x).sum(axis=1, keepdims=True)
        root = np.maximum(square_root(square << FINE), self.least)
        inverse, shift = reciprocal(root, self.mantissa)
        places = 16 - self.exponent + shift
        inverse, places = np.where(places > 30, 0, inverse), np.clip(places, 0, 30)
        return (self.result.saturated(round_shift_by(x * inverse, places)).reshape(inputs[0].shape),)


@quantizes(UnitNorm, wide=True)
def unit_norm(op: UnitNorm, task: Task) -> tuple[Op, Sequence[Format]]:
    """The result's scale is at least 2^-15: a finer one would need products to be shifted up."""
    source, result = task.inputs[0], task.output_format()
    if count(task.cores[0]) > LARGEST:
        raise task.refuse(f"it normalises {count(task.cores[0])} values at once, and integers allow {LARGEST}")
    if result.scale < UNIT.scale:
        result = replace(result, scale=UNIT.scale)
    constant = 2.0 ** (FINE // 2) / result.scale
    exponent = int(np.floor(np.log2(constant))) - 14
    mantissa = min(round(constant / 2.0**exponent), 32767)
    least = min(max(round(op.epsilon / source.scale * 2 ** (FINE // 2)), 1), (1 << 31) - 1)
    return IntegerUnitNorm(least, mantissa, exponent, source, result), [result]
