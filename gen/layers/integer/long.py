"""Powers of signals in 31 bits: a power 80 dB below the largest would be 0 in 8 or 16 bits. The functions below read 31
bits; other layers get the powers requantized to 16 or 8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import Array, Fewer, Format
from ...core.functions import Function
from ...core.graph import Op
from ...numerics.fixed import LOG_2, Int, Rescale, log16, rescale, square_root
from ..base import SameCore
from .base import Task

OCTAVES = 16
"""Left shift of small integers, so that their logarithms have all bits."""
ROOT_BITS = 28
"""Left shift of integers before the square root."""
TOP = 1 << 30


def long_format(scale: float) -> Format:
    """The format of integers up to 2^30, so that a sum of two fits.

    Raises:
        OverflowError: float32 has no such scale.
    """
    rounded = float(np.float32(scale))
    if not 0 < rounded < np.inf:
        raise OverflowError(f"a scale of {scale:g}")
    return Fewer("int32", rounded, spared=1)


@dataclass(frozen=True, eq=False)
class IntegerLong(SameCore):
    """y = sat(gain(part(x) + add) + zero) of integers up to 2^30.

    - ``clip``: part(x) is x between ``low`` and ``high``, and y has 31 bits too.
    - ``log``: part(x) is ln(x 2^-15) in units of 2^-15; y is ``silent`` for x below 1.
    - ``sqrt``: part(x) is the root of 2^28 x.

    Args:
        mode: one of these.
        gain: None for ``clip``.
        add: in units of part(x).
        silent: the result for the least calibrated value.
    """

    mode: str
    gain: Rescale | None
    add: int
    low: int
    high: int
    result: Format
    silent: int = 0

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x: Int = inputs[0].astype(np.int64).clip(self.low, self.high)
        if self.gain is None:
            return (self.result.saturated(x + self.add),)
        if self.mode == "log":
            small = x < 1 << OCTAVES
            part = log16(np.where(small, x << OCTAVES, x)) - np.where(small, OCTAVES * LOG_2, 0)
        else:
            part = square_root(x << ROOT_BITS)
        y = self.result.saturated(self.gain(part + self.add))
        return (np.where(x < 1, self.silent, y) if self.mode == "log" else y,)


def long_activation(function: Function, task: Task) -> tuple[Op, Sequence[Format]] | None:
    """The form of a function of 31-bit values; None if there is none."""
    source, params = task.inputs[0], dict(function.params)
    if function.name == "clip":
        low, high = (int(np.clip(np.round(params[end] / source.scale), 0, TOP)) for end in ("low", "high"))
        return IntegerLong("clip", None, 0, low, high, source), [source]
    result = task.output_format()
    if function.name == "log":
        add = round(float(np.log(source.scale * 2.0**15)) * 2.0**15)
        gain = rescale(2.0**-15 / result.scale, OCTAVES * LOG_2 + abs(add), 1 << result.bits)
        least = min(max(task.narrow[0][0][0] if task.narrow else 0.0, 1e-38), source.scale)
        silent = int(result.quantize(np.log(np.float32(least))))
        return IntegerLong("log", gain, add, 0, source.high, result, silent), [result]
    if function.name == "sqrt":
        step = float(np.sqrt(source.scale * 2.0**-ROOT_BITS))
        gain = rescale(step / result.scale, square_root(np.array(source.high << ROOT_BITS)), 1 << result.bits)
        return IntegerLong("sqrt", gain, 0, 0, source.high, result), [result]
    return None


def long_scaled(center: Array, scale: Array, offset: Array, task: Task) -> tuple[Op, Sequence[Format]] | None:
    """``(x - center) scale + offset`` in 31 bits by a change of the scale; None unless all three are single numbers."""
    if max(center.size, scale.size, offset.size) > 1 or not scale > 0:
        return None
    result = long_format(task.inputs[0].scale * float(scale.item()))
    add = round(float((offset - center * scale).item()) / result.scale)
    return (IntegerLong("clip", None, add, -TOP, TOP, result), [result]) if abs(add) < TOP else None
