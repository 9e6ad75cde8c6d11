"""Comparisons, logic and choices in integers; numbers in bins, and numbers of categories as vectors.

Booleans are 1 and 0, an int8 of scale 1. Bin numbers and counts have the scale 1 too, and the bits that they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...core.formats import Array, Format, whole_format
from ...core.graph import Op, Shape
from ..base import Broadcast
from ..categories import Categories, Discretize
from ..elementwise import STEPS, Elementwise
from .base import Task, quantizes

PRODUCT = 1 << 30
"""Largest product of a difference and its multiplier."""
FAR = 1 << 17
"""A number beyond every 16-bit integer, for any zero point."""
CHOICES = ("where", "maximum", "minimum")


@dataclass(frozen=True, eq=False)
class IntegerElementwise(Broadcast):
    """``mode`` of u_0, u_1 and, for ``where``, u_2: each is ``u = (x - zero) m`` of the next input, or a constant.

    - Comparisons: the multipliers bring both to a common scale, ``scale_0 / m_0 = scale_1 / m_1``, so the real values
      are compared, not their roundings. A constant is the nearest integer of the other operand's format with its zero
      point: the integer of a value equal to it.
    - Logic: an integer is true unless it is the zero point.
    - ``where``, ``maximum``, ``minimum``: the integers have the result's format.

    Args:
        mode: a key of ``STEPS``, but no arithmetic.
        constants: one per operand, int32; None stands for the next input.
        zeros, m: for each input, the number that is subtracted and then the factor. Products are at most 2^30.
    """

    mode: str
    constants: tuple[Array | None, ...]
    zeros: tuple[int, ...]
    m: tuple[int, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return super().shapes(*inputs, *(constant.shape for constant in self.constants if constant is not None))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        scaled = iter([(x - zero) * m for x, zero, m in zip(inputs, self.zeros, self.m, strict=True)])
        operands = [next(scaled) if part is None else part.astype(np.int64) for part in self.constants]
        return (STEPS[self.mode](*operands).astype(np.int64),)


@quantizes(Elementwise)
def elementwise(op: Elementwise, task: Task) -> tuple[Op, Sequence[Format]]:
    if op.mode in CHOICES:
        return _choice(op, task)
    if not op.truth:
        raise task.refuse(f"there is no integer form of {op.mode} of these operands")
    zeros, m = [form.zero for form in task.inputs], [1] * len(task.inputs)
    if op.mode.startswith("logical"):
        constants = [None if part is None else (part != 0).astype(np.int32) for part in op.constants]
    elif len(task.inputs) == 2:
        constants, m = [None, None], _common(*task.inputs)
    else:
        constants, zeros = [_steps(part, task.inputs[0]) for part in op.constants], [0]
    if len(set(zip(task.inputs, m, strict=True))) == 1 and op.mode[:7] != "logical":
        zeros = [0] * len(zeros)  # both sides have one format
    return IntegerElementwise(op.mode, tuple(constants), tuple(zeros), tuple(m)), [whole_format(1)]


def _common(one: Format, two: Format) -> list[int]:
    """Multipliers that bring the integers of two formats to one scale: the fraction nearest to the scales' ratio whose
    products fit 31 bits. Fractions of 16-bit integers compare with it as with the ratio itself, because none with such
    a small denominator is between the two.

    Raises:
        OverflowError: one scale is too many times the other.
    """
    if one.scale == two.scale:
        return [1, 1]
    most = [PRODUCT // form.reach for form in (one, two)]
    ratio = Fraction(one.scale) / Fraction(two.scale)
    small, large = (most[1], most[0]) if ratio >= 1 else (most[0], most[1])
    fraction = (ratio if ratio >= 1 else 1 / ratio).limit_denominator(small)
    while fraction.numerator > large:
        small = min(fraction.denominator - 1, small // 2)
        if small < 1:
            raise OverflowError(f"scales {one.scale:g} and {two.scale:g}")
        fraction = fraction.limit_denominator(small)
    m = [fraction.numerator, fraction.denominator]
    return m if ratio >= 1 else m[::-1]


def _steps(values: Array | None, form: Format) -> Array | None:
    """The nearest integers of a format, not saturated to its type: values beyond its range stay beyond."""
    if values is None:
        return None
    steps = np.floor(np.asarray(values, np.float64) / form.scale + 0.5).clip(-FAR, FAR)
    return (steps.clip(-FAR, FAR).astype(np.int64) + form.zero).astype(np.int32)


def _choice(op: Elementwise, task: Task) -> tuple[Op, Sequence[Format]]:
    """All operands of a choice have one format: that of the inputs, if they share one that covers the constants."""
    first = 1 if op.mode == "where" and op.first is None else 0
    chosen, low, high = task.inputs[first:], *task.outputs[0]
    parts = [part for part in op.constants[op.mode == "where" :] if part is not None]
    ends = [float(end) for part in parts for end in (part.min(), part.max())]
    alike = len(set(chosen)) == 1 and not chosen[0].raw
    low, high = (float(chosen[0].real(np.array(end))) for end in (chosen[0].low, chosen[0].high)) if alike else (0, 0)
    result = chosen[0] if alike and all(low <= end <= high for end in ends) else task.output_format()
    task.inputs[first:] = [result] * len(chosen)
    constants = [None if part is None else result.quantize(part).astype(np.int32) for part in op.constants]
    if op.mode == "where" and op.first is not None:
        constants[0] = (op.first != 0).astype(np.int32)
    zeros = [*(form.zero for form in task.inputs[:first]), *([0] * len(chosen))]
    return IntegerElementwise(op.mode, tuple(constants), tuple(zeros), (1,) * len(zeros)), [result]


@dataclass(frozen=True, eq=False)
class IntegerDiscretize(Discretize):
    """The same in integers: ``bounds`` are quantized like values of the input, as int32."""

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return ((inputs[0][..., None] >= self.bounds.astype(np.int64)).sum(axis=-1),)


@quantizes(Discretize)
def discretize(op: Discretize, task: Task) -> tuple[Op, Sequence[Format]]:
    bounds = _steps(op.bounds, task.inputs[0])
    assert bounds is not None
    return IntegerDiscretize(bounds), [whole_format(len(bounds))]


@dataclass(frozen=True, eq=False)
class IntegerCategories(Categories):
    """The same with integer indices."""


@quantizes(Categories)
def categories(op: Categories, task: Task) -> tuple[Op, Sequence[Format]]:
    count = int(task.cores[0][0] or 1)
    return IntegerCategories(op.depth, op.counts), [whole_format(count if op.counts else 1)]
