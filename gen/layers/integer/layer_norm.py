"""LayerNormalization in integers: exact deviations from the mean, divided by the root of their sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...core.formats import Array, Format, binary
from ...core.graph import Op, count
from ...numerics.fixed import bit_length, reciprocal, round_shift_by, saturate, square_root
from ..base import SameCore, rows
from ..layer_norm import LayerNorm
from .base import Task, quantizes
from .elementwise import SHIFTED, multipliers

LARGEST = 1 << 14
"""Most values of a core: sums of their deviations, times their number, must fit 32 bits."""
FINE = 16
"""Binary digits of a squared deviation after the point, so that the epsilon is not lost."""


@dataclass(frozen=True, eq=False)
class IntegerLayerNorm(SameCore):
    """With n values per core, ``v = n (x - zero) - sum`` is n times the deviation from the mean. ``v`` (with ``rms``:
    n (x - zero)) is shifted to 16 bits by its largest value, then multiplied by a 15-bit inverse of the root:

        u = sat16(v sqrt(n) 2^power / sqrt(sum of v^2 + epsilon n^3 / scale^2))
        y = sat(round_shift(u m, post) + add)

    Args:
        epsilon: added to the squares, in units of ``2^(2 coarse - FINE)``.
        coarse: half the right shift of the squares that keeps the epsilon within 62 bits.
        mantissa, exponent: ``sqrt(n) 2^(power + FINE / 2) = mantissa 2^exponent``.
        centered: whether the mean is subtracted; otherwise 0 stands for it everywhere.
        m: int16. post: 0 to 30. add: in integers of y, including its zero point. One per value, or one for all.
    """

    fine: ClassVar[int] = FINE

    rms: bool
    epsilon: int
    coarse: int
    mantissa: int
    exponent: int
    m: Array
    post: Array
    add: Array
    source: Format
    result: Format
    centered: bool = True

    @property
    def offsets(self) -> tuple[Array, bool]:
        """``add`` before the shift of ``u m``, including half a unit for rounding, and True. If it is too large there:
        ``add`` and False."""
        post = self.post.astype(np.int64)
        raised = (self.add.astype(np.int64) << post) + (1 << post >> 1)
        fits = bool(np.abs(self.add.astype(np.int64) << post).max() < 1 << 29)
        return (raised, True) if fits else (self.add, False)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = rows(inputs[0]) - self.source.zero
        n = x.shape[1]
        v = x * n - (x.sum(axis=1, keepdims=True) if self.centered else 0)
        e = _excess(v)
        t = round_shift_by(v, e)
        square = (t * t).sum(axis=1, keepdims=True)
        root = np.maximum(square_root((square << FINE >> 2 * self.coarse) + (self.epsilon >> 2 * e)), 1)
        inverse, shift = reciprocal(root, self.mantissa)
        places = 16 - self.exponent + shift + self.coarse
        if self.rms:
            excess = _excess(x * n)
            places = places - excess + e
            t = round_shift_by(x * n, excess)
        shifted = saturate(round_shift_by(t * inverse, np.clip(places, 0, 30)), 16)
        u = np.where(places > 30, 0, shifted)
        y = round_shift_by(u * self.m.astype(np.int64), self.post) + self.add.astype(np.int64)
        return (y.clip(self.result.low, self.result.high).reshape(inputs[0].shape),)


def _excess(v: Array) -> Array:
    """Bits beyond 15 of the largest value of each row."""
    return np.asarray(np.maximum(bit_length(np.abs(v).max(axis=1, keepdims=True)) - 15, 0))


@quantizes(LayerNorm, wide=True)
def layer_norm(op: LayerNorm, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    n = count(task.cores[0])
    if n > LARGEST:
        raise task.refuse(f"it normalises {n} values at once, and integers allow {LARGEST}")
    epsilon = op.epsilon * float(n) ** 3 / source.scale**2 * 2.0**FINE
    coarse = max(0, int(np.ceil((np.log2(max(epsilon, 1.0)) - 61) / 2)))
    normal = binary(*task.inner["normal"])
    constant = np.sqrt(n) / normal.scale * 2.0 ** (FINE // 2)
    exponent = int(np.floor(np.log2(constant))) - 14
    mantissa = min(round(constant / 2.0**exponent), 32767)
    gamma = np.ones(1) if op.gamma is None else op.gamma.astype(np.float64).reshape(-1)
    beta = np.zeros(1) if op.beta is None else op.beta.astype(np.float64).reshape(-1)
    gain, add = gamma * normal.scale / result.scale, beta / result.scale + result.zero
    if np.abs(gain).max() > 32767 or np.abs(add).max() > SHIFTED:
        raise task.refuse("its gamma or beta are too large for 16-bit multipliers")
    gain, add = np.broadcast_arrays(gain, add)
    m, post = multipliers(gain)
    add = np.round(add).astype(np.int32)
    fixed = round(epsilon / 4.0**coarse)
    form = IntegerLayerNorm(op.rms, fixed, coarse, mantissa, exponent, m, post, add, source, result, op.centered)
    return form, [result]
