"""LSTM, GRU and SimpleRNN in integers: matrices in 8 or 16 bits, gates and memories in 16.

Each gate's argument is the saturated sum of two rescaled accumulators, one over the inputs and one over the last
output; gates are int16 with powers of two as scales, so that what follows is shifts. What carries a memory from step
to step (an LSTM's c, a GRU's h) is int16 in every integer type: in int8 small changes would be rounded away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...formats import Array, Format, binary
from ...functions import Function
from ...graph import Op
from ...numerics.fixed import UNIT, Rescale, rescale, round_shift, saturate
from ...numerics.unit import Unit, unit
from ..gru import Gru
from ..lstm import Lstm
from ..recurrent import Recurrent, States
from ..simple_rnn import SimpleRnn
from .base import Task, quantizes
from .matrix import Matrix, matrix


@dataclass(frozen=True, eq=False)
class IntegerCell(Recurrent):
    """What the integer cells share. ``kernel``, ``recurrent`` and ``bias`` hold the float layer's; they are not stored.

    Args:
        own: matrix over the inputs, rows gate by gate.
        past: matrix over the last output.
        formats: of the states, in their order.
    """

    own: Matrix
    past: Matrix
    formats: tuple[Format, ...]

    @property
    def state_formats(self) -> tuple[Format, ...]:
        return self.formats

    def arrays(self) -> dict[str, Array]:
        return {**self.own.arrays("kernel"), **self.past.arrays("recurrent")}


@dataclass(frozen=True, eq=False)
class IntegerLstm(IntegerCell):
    """i, f, o = r(.), g = a(.); c = sat(f c + i g); h = sat(narrow(o a(c))).

    Args:
        gate: r. candidate: a on a gate's argument. output: a on c.
        narrow: from the scale of o a(c) to that of h; None where they are the same.
    """

    kind: ClassVar[str] = "integer_lstm"
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    gates: ClassVar[str] = "ifco"

    gate: Unit
    candidate: Unit
    output: Unit
    narrow: Rescale | None

    @property
    def bits(self) -> tuple[int, int, int]:
        """Shifts: of f c, of i g, and from c to the output's argument."""
        c = _power(self.formats[1])
        r, g = _power(self.gate.result), _power(self.candidate.result)
        return r, r + g - c, c - _power(self.output.source)

    def cell(self, x: Array, states: States) -> States:
        h, c = states
        z = saturate(self.own(x) + self.past(h), 16)
        i, f, g, o = np.split(z, 4, axis=1)
        keep, new, argument = self.bits
        c = saturate(round_shift(self.gate(f) * c, keep) + round_shift(self.gate(i) * self.candidate(g), new), 16)
        a = self.output(saturate(round_shift(c, argument), 16))
        y = round_shift(self.gate(o) * a, 15)
        y = y if self.narrow is None else self.narrow(y)
        return saturate(y, self.formats[0].bits), c


@quantizes(Lstm)
def lstm(op: Lstm, task: Task) -> tuple[Op, Sequence[Format]]:
    gate, candidate = _unit(op.recurrent_activation, task), _unit(op.activation, task)
    c = binary(*task.inner["c"])
    output = unit(op.activation, *task.inner["c"])
    digits = _product(gate, output)
    h = _visible(task, digits, task.dtype)
    if (
        abs(_power(c) - _power(output.source)) > 15
        or not 0 <= _power(gate.result) + _power(candidate.result) - _power(c) <= 30
    ):
        raise task.refuse(f"its cell state reaches {max(map(abs, task.inner['c'])):g}, too far for 16 bits")
    u = op.units
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale, gate.source.scale], u)
    done = IntegerLstm(
        **_common(op, task),
        own=_matrix(task, op.kernel, op.bias, task.need(0, task.dtype), scale),
        past=_matrix(task, op.recurrent, None, h, scale),
        formats=(h, c),
        gate=gate,
        candidate=candidate,
        output=output,
        narrow=_narrow(digits, h),
    )
    return done, _formats(task, done, (h, h, h, c))


@dataclass(frozen=True, eq=False)
class IntegerGru(IntegerCell):
    """z, r = s(.); h' = sat(z h + (1 - z) g), with h in 16 bits.

    The matrices see ``narrow(h)``, kept in scratch where it differs from h; without reset_after, the candidate's
    matrix sees ``narrow(r h)``.

    Args:
        gate: s. candidate: the activation of g.
        narrow: h to what the matrices see; None where that is h itself.
        inner: reset_after: the scale of the candidate's recurrent sum before it is multiplied by r.
        reset: (units, units) of the candidate without reset_after; its rows are not in ``past`` then.
    """

    kind: ClassVar[str] = "integer_gru"
    states: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[str] = "zrh"

    gate: Unit
    candidate: Unit
    narrow: Rescale | None
    narrowed: Format
    reset_after: bool
    reset: Matrix | None

    @property
    def scratch(self) -> int:
        """Narrow h; and without reset_after, narrow r h."""
        return self.units * ((self.narrow is not None) + (not self.reset_after))

    @property
    def scratch_format(self) -> Format:
        return self.narrowed

    def arrays(self) -> dict[str, Array]:
        return {**super().arrays(), **(self.reset.arrays("candidate") if self.reset else {})}

    @property
    def bits(self) -> tuple[int, int]:
        """Shifts: of a product with a gate, and from the candidate to h."""
        return _power(self.gate.result), _power(self.candidate.result) - _power(self.formats[0])

    def seen(self, h: Array) -> Array:
        """h as the matrices see it."""
        return h if self.narrow is None else saturate(self.narrow(h), self.narrowed.bits)

    def cell(self, x: Array, states: States) -> States:
        (h,) = states
        u = self.units
        product, down = self.bits
        own, past = self.own(x), self.past(self.seen(h))
        z = self.gate(saturate(own[:, :u] + past[:, :u], 16))
        r = self.gate(saturate(own[:, u : 2 * u] + past[:, u : 2 * u], 16))
        if self.reset is None:
            inner = round_shift(r * saturate(past[:, 2 * u :], 16), product)
        else:
            inner = self.reset(self.seen(round_shift(r * h, product)))
        g = self.candidate(saturate(own[:, 2 * u :] + inner, 16))
        g = saturate(round_shift(g, down), 16)
        rest = np.minimum((1 << product) - z, 65535)
        return (saturate(round_shift(z * h, product) + round_shift(rest * g, product), 16),)


@quantizes(Gru)
def gru(op: Gru, task: Task) -> tuple[Op, Sequence[Format]]:
    gate, candidate = _unit(op.recurrent_activation, task), _unit(op.activation, task)
    low, high = _join(task.inner["h"], task.inner[f"result {op.activation}"])
    h = candidate.result if candidate.result == UNIT and max(-low, high) <= 1 else binary(low, high)
    seen = h if task.dtype == "int16" else _covering(task.state("h"), task.dtype)
    u = op.units
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale], u)
    bias = op.bias if op.bias is None or op.bias.ndim == 1 else op.bias[0]
    after = op.bias[1] if op.bias is not None and op.bias.ndim == 2 else None
    past = op.recurrent if op.reset_after else op.recurrent[:, : 2 * u]
    rest = None if op.reset_after else _matrix(task, op.recurrent[:, 2 * u :], None, seen, candidate.source.scale)
    done = IntegerGru(
        **_common(op, task),
        own=_matrix(task, op.kernel, bias, task.need(0, task.dtype), scale),
        past=_matrix(task, past, after, seen, scale[: past.shape[1]]),
        formats=(h,),
        gate=gate,
        candidate=candidate,
        narrow=None if seen == h else rescale(h.scale / seen.scale, 32768, 128),
        narrowed=seen,
        reset_after=op.reset_after,
        reset=rest,
    )
    return done, _formats(task, done, (h, h, h))


@dataclass(frozen=True, eq=False)
class IntegerSimpleRnn(IntegerCell):
    """h = sat(narrow(a(.)))."""

    kind: ClassVar[str] = "integer_simple_rnn"
    states: ClassVar[tuple[str, ...]] = ("h",)
    gates: ClassVar[str] = "h"

    activation: Unit
    narrow: Rescale | None

    def cell(self, x: Array, states: States) -> States:
        y = self.activation(saturate(self.own(x) + self.past(states[0]), 16))
        y = y if self.narrow is None else self.narrow(y)
        return (saturate(y, self.formats[0].bits),)


@quantizes(SimpleRnn)
def simple_rnn(op: SimpleRnn, task: Task) -> tuple[Op, Sequence[Format]]:
    activation = _unit(op.activation, task)
    digits = _power(activation.result)
    h = _visible(task, digits, task.dtype)
    done = IntegerSimpleRnn(
        **_common(op, task),
        own=_matrix(task, op.kernel, op.bias, task.need(0, task.dtype), activation.source.scale),
        past=_matrix(task, op.recurrent, None, h, activation.source.scale),
        formats=(h,),
        activation=activation,
        narrow=_narrow(digits, h),
    )
    return done, _formats(task, done, (h, h, h))


def _common(op: Recurrent, task: Task) -> Mapping[str, Any]:
    if op.masked:
        task.inputs[1] = Format("int8")
    return {
        "units": op.units,
        "inputs": op.inputs,
        "kernel": None,
        "recurrent": None,
        "bias": None,
        "stateful": op.stateful,
        "masked": op.masked,
        "initial": op.initial,
        "masked_output": op.masked_output,
    }


def _formats(task: Task, op: IntegerCell, outputs: Sequence[Format]) -> Sequence[Format]:
    """Formats of the outputs; initial states are asked for in the states' own."""
    if op.initial:
        first = 2 if op.masked else 1
        task.inputs[first:] = list(op.formats)
    return outputs


def _unit(function: Function, task: Task) -> Unit:
    return unit(function, *task.inner[f"source {function}"])


def _matrix(task: Task, kernel: Array, bias: Array | None, source: Format, scale: Array | float) -> Matrix:
    try:
        return matrix(task.numeric, kernel, bias, source, scale, 16)
    except OverflowError as error:
        raise task.refuse(f"its weights or inputs are too large for {task.numeric.name}: {error}") from error


def _power(form: Format) -> int:
    """n of a scale 2^-n."""
    return -int(np.round(np.log2(form.scale)))


def _product(gate: Unit, value: Unit) -> int:
    """Binary digits of a product of two int16 values that is kept in int16."""
    return _power(gate.result) + _power(value.result) - 15


def _visible(task: Task, digits: int, dtype: str) -> Format:
    """The format of h: in 16 bits that of the product it is; in 8 bits as fine as its range allows."""
    return Format("int16", 2.0**-digits) if dtype == "int16" else _covering(task.state("h"), dtype)


def _covering(span: tuple[float, float], dtype: str) -> Format:
    largest = max(-span[0], span[1], 2.0**-20)
    return Format(dtype, float(np.float32(largest / 127)))


def _narrow(digits: int, h: Format) -> Rescale | None:
    return None if h == Format("int16", 2.0**-digits) else rescale(2.0**-digits / h.scale, 32768, 128)


def _join(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return min(one[0], other[0]), max(one[1], other[1])
