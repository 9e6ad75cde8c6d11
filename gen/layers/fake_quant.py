"""Rounding to a grid that the file gives: TensorFlow's ``fake_quant_with_min_max_args`` and ``_vars``.

The range is nudged so that 0 lies on the grid; with float32 arithmetic throughout

    y = floor((min(max(x, low), high) - low) inverse - zero + 0.5) step

Source: TensorFlow 2.21 ``core/kernels/fake_quant_ops_functor.h`` (``Nudge``, ``FakeQuantWithMinMaxArgsFunctor``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import EachValue


@dataclass(frozen=True, eq=False)
class FakeQuant(EachValue):
    """Any core; all parameters are exact in float32.

    Args:
        low, high: the ends of the grid, with 0 between them or at one of them.
        step: distance of two neighbouring values of the grid. inverse: steps in 1.
        zero: steps from the low end to 0. levels: steps from the low end to the high one.
    """

    low: float
    high: float
    step: float
    inverse: float
    zero: int
    levels: int

    @property
    def span(self) -> tuple[float, float]:
        return self.low, self.high

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        kind = inputs[0].dtype.type
        clamped = np.maximum(np.minimum(inputs[0], kind(self.high)), kind(self.low))
        steps = np.floor((clamped - kind(self.low)) * kind(self.inverse) - kind(self.zero) + kind(0.5))
        return (steps * kind(self.step),)


def fake_quant(low: float, high: float, bits: int = 8, narrow: bool = False) -> FakeQuant:
    """The grid of a range.

    Args:
        bits: 2 to 16. narrow: whether the lowest integer is left out.

    Raises:
        ValueError: there is no such grid: 0 is not within the range, the range has no width, bits are not 2 to 16, or
            float32 cannot hold the grid.
    """
    if not (low <= 0 <= high and low < high and 2 <= bits <= 16):
        raise ValueError(f"no grid from {low:g} to {high:g} of {bits} bits")
    least, most = np.float32(1 if narrow else 0), np.float32((1 << bits) - 1)
    start, end = np.float32(low), np.float32(high)
    step = (end - start) / (most - least)
    inverse = (most - least) / (end - start)
    nudged = np.clip(least - start / step, least, most)
    place = np.float32(np.floor(float(nudged) + 0.5))
    bottom, top = (least - place) * step, (most - place) * step
    zero = np.floor(-bottom * inverse + np.float32(0.5))
    if not all(np.isfinite([step, inverse, bottom, top])):
        raise ValueError(f"no grid from {low:g} to {high:g} of {bits} bits in float32")
    return FakeQuant(float(bottom), float(top), float(step), float(inverse), int(zero), int(most - least))
