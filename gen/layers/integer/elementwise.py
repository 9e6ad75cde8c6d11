"""Value by value in integers: activations, fixed scaling, and merges of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import MASK, Array, Format, covering
from ...core.functions import LINEAR, OPERATIONS, Function
from ...core.graph import Op
from ...numerics.fixed import ACCUMULATOR, Int, Rescale, rescale, round_shift, round_shift_by, saturate
from ...numerics.unit import Unit, unit
from ..activation import Activation
from ..base import Broadcast, EachValue
from ..merge import Merge
from ..normalize import Normalize
from ..prelu import Prelu
from .base import Range, Task, quantizes
from .long import long_activation, long_scaled

SHIFTED = 1 << 29
"""Largest offset added to a shifted product."""


@dataclass(frozen=True, eq=False)
class IntegerTable(EachValue):
    """y = table[x + 128]: any function of int8 values, to the nearest integer."""

    function: Function
    table: Array

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (self.table.astype(np.int64)[inputs[0] + 128],)


@dataclass(frozen=True, eq=False)
class IntegerActivation(EachValue):
    """y = sat(leave(a(sat16(enter(x)))) + zero) on int16 values.

    Args:
        enter: from x to the unit's source. leave: from its result to y. Each is None if the formats are equal.
    """

    activation: Unit
    enter: Rescale | None
    leave: Rescale | None
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0] if self.enter is None else self.enter(inputs[0])
        y = self.activation(saturate(x, 16))
        y = y if self.leave is None else self.leave(y)
        return (self.result.saturated(y),)


COARSE = 1 / 256
"""Largest error of a table of 513 points for an operator's function, as a share of the range of results."""


STEEPEST = ("log", "sqrt", "rsqrt", "reciprocal", "power", "square")
"""Functions that may be too steep for 8-bit arguments."""
STEEP = 0.1
"""Largest change of a result for half a quantization step of an 8-bit argument, as a share of the range of results."""


def steep(op: Op, argument: Range, results: Range) -> bool:
    """Whether rounding the argument to 8 bits alone spoils the result, as for a logarithm near 0."""
    function, (low, high), (least, most) = getattr(op, "function", LINEAR), argument, results
    source = covering(low, high, "int8")
    if function.name not in STEEPEST:
        return False
    x = source.real(np.arange(-128, 128)).astype(np.float64)
    x = x[(x >= low - source.scale / 2) & (x <= high + source.scale / 2)]
    ends = [(x + side * source.scale / 2).clip(low, high) for side in (-1, 0, 1)]
    with np.errstate(all="ignore"):
        y = [np.nan_to_num(function(end), posinf=1e30, neginf=-1e30).clip(least, most) for end in ends]
    gap = max((float(np.abs(side - y[1]).max(initial=0.0)) for side in (y[0], y[2])), default=0.0)
    return gap > STEEP * (most - least)


def _coarse(form: Unit, task: Task) -> bool:
    """Whether the error of the integer form on the calibrated range is too large."""
    (low, high), (least, most) = task.ranges[0], task.outputs[0]
    with np.errstate(all="ignore"):
        results = form.function(np.linspace(min(low, 0.0), max(high, 0.0), 4097))
    if not np.isfinite(results).all():
        return True
    q = np.unique(np.linspace(low / form.source.scale, high / form.source.scale, 4099).clip(-32768, 32767).round())
    with np.errstate(all="ignore"):
        expected = np.nan_to_num(form.function(q * form.source.scale), posinf=1e30, neginf=-1e30).clip(least, most)
    actual = (form(q.astype(np.int64)) * form.result.scale).clip(least, most)
    return bool(np.abs(actual - expected).max() > COARSE * (most - least) + form.result.scale)


@quantizes(Activation, long=True, asks=steep)
def activation(op: Activation, task: Task) -> tuple[Op, Sequence[Format]]:
    if task.inputs[0].dtype == "int32":
        if (long := long_activation(op.function, task)) is not None:
            return long
        task.input_format(0, "int16")
    source, result = task.inputs[0], task.output_format()
    if source.dtype == "int8":
        if steep(op, task.ranges[0], task.outputs[0]):
            raise task.refuse(f"{op.function} has no form of 8 bits: half a step of its argument changes it too much")
        with np.errstate(all="ignore"):
            y = op.function(source.real(np.arange(-128, 128)).astype(np.float64))
        table = result.quantize(np.nan_to_num(y, posinf=1e30, neginf=-1e30)).astype(result.dtype)
        return IntegerTable(op.function, table), [result]
    form = unit(op.function, *task.ranges[0], task.numeric.brief)
    if op.function.name in OPERATIONS and _coarse(form, task):
        if (long := long_activation(op.function, task)) is not None:
            return long
        raise task.refuse(
            f"{op.function} has no form of 16 bits: straight lines between 513 points are too far from it",
            "use float32 or float32w8 for this model",
        )
    enter = None if source == form.source else rescale(source.scale / form.source.scale, 32768, 32768)
    leave = None if result == form.result else rescale(form.result.scale / result.scale, 32768, 1 << result.bits)
    return IntegerActivation(form, enter, leave, result), [result]


@dataclass(frozen=True, eq=False)
class IntegerNormalize(EachValue):
    """y = sat(round_shift((x - source.zero) m, post) + add), each parameter broadcast to the core.

    Args:
        m: int16. post: 0 to 30. add: in integers of y, including its zero point.
    """

    m: Array
    post: Array
    add: Array
    source: Format
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        shifted = round_shift_by((inputs[0] - self.source.zero) * self.m.astype(np.int64), self.post)
        return ((shifted + self.add.astype(np.int64)).clip(self.result.low, self.result.high),)


def multipliers(gain: Array) -> tuple[Array, Array]:
    """m and post of each gain ``m 2^-post``: int16, and 0 to 30."""
    post = np.clip(np.floor(np.log2(32767 / np.maximum(np.abs(gain), 1e-30))), 0, 30).astype(np.int8)
    return np.round(gain * 2.0 ** post.astype(np.float64)).astype(np.int16), post


@dataclass(frozen=True, eq=False)
class IntegerPrelu(EachValue):
    """y = sat(round_shift((x - source.zero) m, post) + result.zero), with m by the sign of x - source.zero.

    Args:
        above: m for values of at least 0. below: m for negative values, int16, broadcast to the core.
    """

    above: int
    below: Array
    post: int
    source: Format
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0] - self.source.zero
        m = np.where(x >= 0, self.above, self.below.astype(np.int64))
        return (self.result.saturated(round_shift(x * m, self.post)),)


@quantizes(Prelu)
def prelu(op: Prelu, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    gain = source.scale / result.scale
    largest = gain * max(1.0, float(np.abs(op.alpha).max(initial=0.0)))
    if largest > 32767:
        raise task.refuse("its alpha is too large for 16-bit multipliers")
    post = min(30, int(np.floor(np.log2(32767 / largest))))
    below = np.round(op.alpha.astype(np.float64) * gain * 2.0**post).astype(np.int16)
    return IntegerPrelu(round(gain * 2.0**post), below, post, source, result), [result]


@quantizes(Normalize, wide=True, long=True)
def normalize(op: Normalize, task: Task) -> tuple[Op, Sequence[Format]]:
    one = np.ones([1] * max(1, len(task.cores[0])))
    center, scale, offset = (
        np.float64(neutral) * one if p is None else p.astype(np.float64)
        for p, neutral in ((op.center, 0), (op.scale, 1), (op.offset, 0))
    )
    if task.inputs[0].dtype == "int32":
        if (long := long_scaled(center, scale, offset, task)) is not None:
            return long
        task.input_format(0, "int16")
    source, result = task.inputs[0], task.output_format()
    gain = scale * source.scale / result.scale * np.ones(np.broadcast_shapes(center.shape, scale.shape, offset.shape))
    add = (offset - center * scale) / result.scale * np.ones(gain.shape) + result.zero
    if np.abs(gain).max() > 32767 or np.abs(add).max() > SHIFTED:
        raise task.refuse("it scales or shifts its input too far for 16-bit multipliers")
    m, post = multipliers(gain)
    return IntegerNormalize(m, post, np.round(add).astype(np.int32), source, result), [result]


@dataclass(frozen=True, eq=False)
class IntegerSum(Broadcast):
    """y = sat(round_shift(sum of (x_i - zero_i) m_i, post) + zero), with broadcasting.

    Args:
        m: one multiplier per input, negative if it is subtracted; the sum stays below 2^30.
    """

    m: tuple[int, ...]
    post: int
    sources: tuple[Format, ...]
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        total: Int = sum(  # type: ignore[assignment]
            (x - source.zero) * m for x, source, m in zip(inputs, self.sources, self.m, strict=True)
        )
        return (self.result.saturated(round_shift(total, self.post)),)


@dataclass(frozen=True, eq=False)
class IntegerProduct(Broadcast):
    """The product of the inputs less their zero points, left to right. Each intermediate product is brought back to 16
    bits by ``sat16(round_shift(., shift))``; then y = sat(gain(.) + zero)."""

    shifts: tuple[int, ...]
    gain: Rescale
    sources: tuple[Format, ...]
    result: Format

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        total = inputs[0] - self.sources[0].zero
        for x, source, shift in zip(inputs[1:], self.sources[1:], (*self.shifts, None), strict=True):
            total = total * (x - source.zero)
            total = total if shift is None else saturate(round_shift(total, shift), 16)
        return (self.result.saturated(self.gain(total)),)


@quantizes(Merge)
def merge(op: Merge, task: Task) -> tuple[Op, Sequence[Format]]:
    if op.mode in ("maximum", "minimum"):
        if all(form == MASK for form in task.inputs):
            return op, [MASK]
        if len(set(task.inputs)) > 1:
            task.inputs[:] = [task.output_format()] * len(task.inputs)
        return op, [task.inputs[0]]
    result, sources = task.output_format(), tuple(task.inputs)
    if op.mode == "multiply":
        return _product(sources, result), [result]
    share = 1 / len(sources) if op.mode == "average" else 1
    gains = [source.scale / result.scale * share for source in sources]
    m, post = sum_multipliers(gains, sources)
    if post < 0:
        raise task.refuse("its inputs are too large beside its output for 32-bit sums")
    if op.mode == "subtract":
        m[1] = -m[1]
    return IntegerSum(tuple(m), post, sources, result), [result]


def sum_multipliers(gains: Sequence[float], sources: Sequence[Format]) -> tuple[list[int], int]:
    """Multipliers of the inputs of a sum, and the shift after it; a negative one if the sum does not fit 32 bits."""
    bound = sum(gain * source.reach for gain, source in zip(gains, sources, strict=True)) or 1.0
    post = min(29, int(np.floor(np.log2(min(32767 / (max(gains) or 1.0), ACCUMULATOR / bound)))))
    return [round(gain * 2.0**post) for gain in gains], post


def _product(sources: tuple[Format, ...], result: Format) -> IntegerProduct:
    reach = [s.reach for s in sources]
    scale, bound = sources[0].scale, reach[0]
    shifts: list[int] = []
    for index, (source, most) in enumerate(zip(sources[1:], reach[1:], strict=True)):
        bound, scale = bound * most, scale * source.scale
        if index < len(sources) - 2:
            shift = max(0, int(np.ceil(np.log2(bound / 32767))))
            shifts.append(shift)
            bound, scale = min((bound + (1 << shift >> 1)) >> shift, 32768), scale * 2.0**shift
    return IntegerProduct(tuple(shifts), rescale(scale / result.scale, bound, 1 << result.bits), sources, result)
