"""Fixed-point arithmetic: each rounding and saturation of integer models, defined once.

NumPy computes it in int64. Generated code computes the same in 32 bits, which the bounds stated here allow. Shifts of
negative values round towards minus infinity, as an arithmetic shift does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.formats import Array, Format

Int = npt.NDArray[np.int64]
ACCUMULATOR = 1 << 30
"""Largest absolute value allowed in an int32 accumulator: half its range, so that roundings never overflow."""
WIDE_ACCUMULATOR = 1 << 60
"""The same for an int64 accumulator."""


def round_shift(x: Array, n: int) -> Array:
    """``x / 2^n`` to the nearest integer, halves up; a negative ``n`` multiplies."""
    return x << -n if n <= 0 else (x + (1 << (n - 1))) >> n


def round_shift_by(x: Array, n: Array) -> Array:
    """:func:`round_shift` by an array of shifts, 0 and more, that broadcasts to ``x``."""
    return np.asarray((x + (np.int64(1) << n.astype(np.int64) >> 1)) >> n)


def saturate(x: Array, bits: int) -> Array:
    """The nearest integer in a signed type of ``bits`` bits."""
    most = (1 << (bits - 1)) - 1
    if x.dtype != np.int64:
        return np.clip(x, -most - 1, most)
    return np.minimum(np.maximum(x, -most - 1), most)  # clip takes three times as long on a step's few values


@dataclass(frozen=True, eq=False)
class Rescale:
    """Requantizes an accumulator by 16-bit multiplications: ``t = sat16(round_shift(x, pre))``, then
    ``round_shift(t m, post)``.

    ``t m`` is at most 2^30, and adding the rounding of a shift by up to 30 stays below 2^31.

    Args:
        pre, post: shifts, 0 to 30 (``pre`` up to 62 from an int64).
        m: multipliers below 2^15: one per row, or one for all rows.
        bounded: whether the bound of x shows that t needs no saturation.
    """

    pre: int
    m: Int
    post: int
    bounded: bool = False

    def __call__(self, x: Array) -> Array:
        return round_shift(saturate(round_shift(x, self.pre), 16) * self.m, self.post)

    @property
    def shifts(self) -> tuple[int, int]:
        """The shifts before and after the multiplication."""
        return self.pre, self.post

    @property
    def single(self) -> int:
        """The only multiplier, if there is one for all rows."""
        return int(self.m.reshape(-1)[0])

    @property
    def brief(self) -> Rescale:
        """The same with multipliers below 256, if a power of two divides all of them exactly; else unchanged."""
        down = 0
        while down < self.post - 1 and np.all(self.m % (2 << down) == 0):
            down += 1
        return (
            Rescale(self.pre, self.m >> down, self.post - down, self.bounded) if np.all(self.m >> down < 256) else self
        )

    def __repr__(self) -> str:
        return f"Rescale({self.pre}, {self.m.tolist()}, {self.post})"


def rescale(gain: Array | float, bound: Array | float, limit: Array | float) -> Rescale:
    """The rescaling by gains (one per row, or one).

    Args:
        gain: the factor, at least 0.
        bound: the largest absolute value of the input.
        limit: results whose absolute value is larger are saturated anyway.

    Raises:
        OverflowError: a gain is too large for 16-bit multipliers.
    """
    gains = np.atleast_1d(np.asarray(gain, np.float64))
    with np.errstate(divide="ignore"):
        needed = np.minimum(np.asarray(bound, np.float64), 2 * np.asarray(limit, np.float64) / gains + 1)
    pre = max(0, int(np.ceil(np.log2(max(float(np.max(needed)), 1.0) / 32767))))
    steps = gains * 2.0**pre
    largest = float(np.max(steps))
    if largest > 32767:
        raise OverflowError(f"a gain of {float(np.max(gains)):g}")
    post = 30 if largest == 0 else min(30, int(np.floor(np.log2(32767 / largest))))
    half = 1 << pre >> 1
    bounded = (int(np.max(bound)) + half) >> pre <= 32767
    return Rescale(pre, np.round(steps * 2.0**post).astype(np.int64), post, bounded)


TANH_BITS = 6
TANH_SOURCE = Format("int16", 2.0**-12)
SIGMOID_SOURCE = Format("int16", 2.0**-11)
UNIT = Format("int16", 2.0**-15)
"""The format of fractions: -1 to 1 - 2^-15."""
TANH_TABLE: Int = np.minimum(np.round(32768 * np.tanh(np.arange(514) / 64.0)), 32767).astype(np.int64)
"""tanh from 0 to 8 in steps of 1/64, and one more value, for -32768."""


def tanh16(q: Array) -> Array:
    """tanh of ``q 2^-12`` in units of 2^-15: linear between 513 points, odd. Error at most 1.53 units (4.7e-5)."""
    return _odd(TANH_TABLE, TANH_BITS, q)


def _linear(table: Int, bits: int, q: Array) -> Array:
    """A function of integers from 0 on, linear between its table values at 0, 2^bits, 2 2^bits, ..."""
    i, part = q >> bits, q & ((1 << bits) - 1)
    return np.asarray(table[i] + round_shift((table[i + 1] - table[i]) * part, bits))


def _odd(table: Int, bits: int, q: Array) -> Array:
    """An odd function, linear between its table values."""
    y = _linear(table, bits, np.abs(q))
    return np.where(q < 0, -y, y)


def sigmoid16(q: Array) -> Array:
    """1 / (1 + e^-x) of ``x = q 2^-11`` in units of 2^-15, as ``(1 + tanh(x/2)) / 2``. Error below 1.27 units."""
    return (tanh16(q) + 32768) >> 1


SHORT_TANH_BITS = 8
_POINTS = np.tanh(np.arange(130) / 16.0)
_RAISED = _POINTS + _POINTS * (1 - _POINTS**2) / 2048
SHORT_TANH_TABLE: Int = np.minimum(np.round(32768 * _RAISED), 32767).astype(np.int64)
"""tanh from 0 to 8 in steps of 1/16, and one more value. Each is raised by half the largest error of linear
interpolation between exact values: by a sixteenth of the squared step times the second derivative."""


def short_tanh16(q: Array) -> Array:
    """:func:`tanh16` by a table of a quarter of the size. Error at most 6.9 units (2.1e-4)."""
    return _odd(SHORT_TANH_TABLE, SHORT_TANH_BITS, q)


def short_sigmoid16(q: Array) -> Array:
    """:func:`sigmoid16` by :func:`short_tanh16`. Error below 4 units."""
    return (short_tanh16(q) + 32768) >> 1


TABLE_BITS = 7


def interpolate(table: Int, q: Array) -> Array:
    """A function of int16 values, linear between its 513 table values at -32768, -32640, ..., 32768."""
    return _linear(table, TABLE_BITS, q + 32768)


EXP_SOURCE = Format("int16", 2.0**-11)
EXP_TABLE: Int = np.round(32767 * np.exp(-np.arange(513) / 32.0)).astype(np.int64)
"""e^-x from 0 to 16 in steps of 1/32."""


def exp16(q: Array) -> Array:
    """e^-x of ``x = q 2^-11``, q from 0 to 32767, in units of 1/32767: linear between 513 points. Error at most 4.6
    units (1.4e-4)."""
    return _linear(EXP_TABLE, 6, q)


OCTAVE_TABLE: Int = np.round(32767 * 2.0 ** (-np.arange(33) / 32.0)).astype(np.int64)
"""2^-x from 0 to 1 in steps of 1/32."""
LOG2_E = 23637
"""log2(e) in units of 2^-14."""


def short_exp16(q: Array) -> Array:
    """:func:`exp16`, computed as 2^-(x log2 e) by a table of one octave. Error at most 3 units (9.1e-5)."""
    x = q * LOG2_E >> 10
    return round_shift_by(_linear(OCTAVE_TABLE, 10, x & 32767), x >> 15)


def share(e: Array, total: Array) -> Array:
    """``e / total``, 0 to 1, in units of 2^-15; ``e`` up to 32767, ``total`` below 2^31."""
    return np.asarray(np.minimum((e * 32768 + (total >> 1)) // total, 32767))


LOG_BITS = 8
LOG_TABLE: Int = np.round(32768 * np.log1p(np.arange(129) / 128.0)).astype(np.int64)
"""ln(1 + x) from 0 to 1 in steps of 1/128, in units of 2^-15."""
LOG_2 = 22713
"""ln 2 in units of 2^-15."""


def log16(total: Array) -> Array:
    """``ln(total / 2^15)`` in units of 2^-15, for ``total`` up to 2^32; 0 below 2^15. Linear between 129 points of each
    octave. Error at most 2.6 units (8e-5)."""
    clipped = np.maximum(total, 1 << 15)
    octave = bit_length(clipped) - 16
    return octave * LOG_2 + _linear(LOG_TABLE, LOG_BITS, (clipped >> octave) & 32767)


def bit_length(x: Array) -> Array:
    """Binary digits of integers from 0 to 2^62."""
    digits: Array = np.zeros_like(x)
    for bits in (32, 16, 8, 4, 2, 1):
        is_longer = x >= (np.int64(1) << bits)
        digits, x = np.where(is_longer, digits + bits, digits), np.where(is_longer, x >> bits, x)
    return digits + (x > 0)


def square_root(x: Array) -> Array:
    """The largest integer whose square is at most x, 0 to 2^62."""
    root = np.sqrt(x.astype(np.float64)).astype(np.int64)
    root = np.where(root * root > x, root - 1, root)
    return np.where((root + 1) * (root + 1) <= x, root + 1, root)


def round_divide(x: Array, divisor: Array) -> Array:
    """``x / divisor`` to the nearest integer, halves up; x is at least 0, the divisor at least 1."""
    return np.asarray((x + (divisor >> 1)) // divisor)


def reciprocal(root: Array, mantissa: int) -> tuple[Array, Array]:
    """``mantissa 2^16 / root`` as ``inverse 2^-shift``, ``inverse`` below 2^15, from the top 16 bits of ``root``.

    Args:
        root: 1 to 2^46. mantissa: 2^14 to 2^15 - 1.
    """
    shift = bit_length(root) - 16
    head = np.where(shift > 0, root >> np.maximum(shift, 0), root << np.maximum(-shift, 0))
    inverse = ((mantissa << 16) + (head >> 1)) // head
    beyond = inverse > 32767
    return np.where(beyond, (inverse + 1) >> 1, inverse), shift - beyond
