"""Storage formats of tensors: float32, or integers that stand for ``(q - zero) scale``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Format:
    """A storage type and, for integers, their meaning: ``x = (q - zero) scale``.

    Args:
        dtype: NumPy's name: ``float32``, ``int8``, ``int16``, ``int32``.
        scale: the quantization step, in real units.
        zero: the integer that means 0. A model output's may lie outside the type: then no value is 0.
        raw: whether the integers mean themselves, and are never requantized.
    """

    dtype: str = "float32"
    scale: float = 1.0
    zero: int = 0
    raw: bool = False

    @property
    def integer(self) -> bool:
        return self.dtype != "float32"

    @property
    def whole(self) -> bool:
        """Whether the integers mean themselves."""
        return self.integer and self.scale == 1.0 and self.zero == 0

    @property
    def long(self) -> bool:
        """Whether the values are integers of more than 16 bits, other than indices."""
        return self.dtype == "int32" and not self.raw

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return np.dtype(self.dtype).itemsize

    @property
    def bits(self) -> int:
        return 8 * self.size

    @property
    def low(self) -> int:
        """The least integer."""
        return -(1 << (self.bits - 1))

    @property
    def high(self) -> int:
        """The largest integer."""
        return (1 << (self.bits - 1)) - 1

    @property
    def reach(self) -> int:
        """The largest distance of an integer from the zero point."""
        return max(self.high - self.zero, self.zero - self.low)

    @property
    def has_far_zero(self) -> bool:
        """Whether the distance from the zero point may not fit 16 bits."""
        return not -128 <= self.zero <= 127 or (self.dtype == "int16" and self.zero != 0)

    def saturated(self, steps: Array) -> Array:
        """Integers from multiples of the scale; values outside the type saturate."""
        return (steps + self.zero).clip(self.low, self.high)

    @property
    def features(self) -> int:
        """Number of features (places along the last axis), if each has its own scale and zero point; 0 if all share
        one."""
        return 0

    @property
    def each(self) -> tuple[Array, Array]:
        """Scale and zero point, float32 and int64, in shapes that broadcast to values."""
        return np.array([self.scale], np.float32), np.array([self.zero], np.int64)

    @property
    def ends(self) -> tuple[Array, Array]:
        """The real values beyond which integers saturate, in shapes that broadcast to values."""
        scale, zero = self.each
        return (self.low - zero - 0.5) * scale.astype(np.float64), (self.high - zero + 0.5) * scale.astype(np.float64)

    def quantize(self, x: Array) -> Array:
        """Nearest integers, saturated; floats as they are.

        Computed in float32, so that C's ``NAME_quantize_...`` gives the same integers.
        """
        if not self.integer:
            return np.asarray(x, np.float32)
        scale, zero = self.each
        steps = (np.asarray(x, np.float32) / scale).reshape(np.shape(x))
        nearest = np.floor(np.clip(steps, -(2.0**30), 2.0**30) + np.float32(0.5))
        return np.clip((nearest.astype(np.int64) + zero).reshape(np.shape(x)), self.low, self.high)

    def real(self, q: Array) -> Array:
        """The real values of integers, as float32."""
        if not self.integer:
            return np.asarray(q, np.float32)
        scale, zero = self.each
        difference = (np.asarray(q, np.int64) - zero).astype(np.float32)
        return (difference * scale).reshape(np.shape(q))


@dataclass(frozen=True)
class Featured(Format):
    """A format in which each feature, a place along the last axis, has its own scale and zero point:
    ``x = (q - zeros[k]) scales[k]``. An op that reads it computes with ``(q - zero) scale``; its weights correct the
    difference.

    Args:
        scales: float32 numbers, one a feature.
        zeros: integers below 2^24 in size, so that float32 still resolves the steps.
    """

    scales: tuple[float, ...] = ()
    zeros: tuple[int, ...] = ()

    @property
    def features(self) -> int:
        return len(self.scales)

    @property
    def each(self) -> tuple[Array, Array]:
        return np.array(self.scales, np.float32), np.array(self.zeros, np.int64)


@dataclass(frozen=True)
class Fewer(Format):
    """A symmetrical format that leaves the upper bits of its type unused, so that long sums of products do not
    overflow.

    Args:
        spared: the number of unused bits.
    """

    spared: int = 0

    @property
    def low(self) -> int:
        return -self.high

    @property
    def high(self) -> int:
        return 1 << (self.bits - 1 - self.spared)


FLOAT = Format()
MASK = Format("int8", raw=True)
"""0 and 1."""


def index_format(count: int) -> Format:
    """The format of indices from 0 to ``count - 1``."""
    return Format("int16" if count <= 1 << 15 else "int32", raw=True)


def whole_format(most: int) -> Format:
    """The format of integers from 0 to ``most`` that mean themselves but may be requantized: truth values, counts."""
    return Format("int8" if most <= 127 else "int16")


def covering(low: float, high: float, dtype: str, symmetric: bool = False) -> Format:
    """The finest format that covers ``low`` to ``high`` and in which 0 is exact.

    If all values are 0, or nearly so, the range is -1 to 1: neighbours' scales can be brought to such a scale.

    Args:
        symmetric: the zero point must be 0; it always is for int16.
    """
    low, high = (min(low, 0.0), max(high, 0.0)) if max(-low, high) >= 2.0**-100 else (-1.0, 1.0)
    bits = 8 * np.dtype(dtype).itemsize
    if dtype != "int8" or symmetric:
        largest = max(-low, high)
        return Format(dtype, float(np.float32(largest / ((1 << (bits - 1)) - 1))))
    scale = float(np.float32((high - low) / 255))
    return Format(dtype, scale, int(np.clip(np.round(-128 - low / scale), -128, 127)))


def binary(low: float, high: float, dtype: str = "int16", most: int = 15) -> Format:
    """The finest symmetric format with a power of two as its scale, at least ``2^-most``, that covers a range."""
    bits = 8 * np.dtype(dtype).itemsize
    largest = max(-low, high, 2.0**-60)
    whole = int(np.ceil(np.log2(largest / (1 - 2.0 ** -(bits - 1)))))
    return Format(dtype, 2.0 ** -min(bits - 1 - whole, most))
