"""LSTM, GRU and SimpleRNN in integers: matrices in 8 or 16 bits, gates and memories in 16.

Each gate's argument is the saturated sum of two rescaled accumulators, one over the inputs and one over the last
output; gates are int16 with powers of two as scales, so that what follows is shifts. What carries a memory from step
to step (an LSTM's c, a GRU's h) is int16 in every integer type: in int8 small changes would be rounded away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ...core.formats import Array, Format
from ...core.functions import Function
from ...core.op import Op, Scratch, States
from ...numerics.fixed import UNIT, Rescale, rescale, round_shift, saturate
from ...numerics.unit import Unit, finest, spacious, unit
from ..base import equal_parts
from ..conv_lstm import ConvLstm
from ..gru import Gru
from ..lstm import Lstm
from ..recurrent import Recurrent
from ..simple_rnn import SimpleRnn
from .base import Task, quantizes
from .matrix import Matrix, MatrixQuantizer, spared


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


class LstmGates:
    """What an LSTM makes of its gates' arguments in integers: c = sat(f c + i g); h = sat(narrow(o a(c))), o a(c)
    shifted to 16 bits."""

    gate: Unit
    candidate: Unit
    output: Unit
    narrow: Rescale | None
    formats: tuple[Format, ...]

    @cached_property
    def bits(self) -> tuple[int, int, int]:
        """Shifts: of f c, of i g, and from c to the output's argument."""
        c = _power(self.formats[1])
        r, g = _power(self.gate.result), _power(self.candidate.result)
        return r, r + g - c, c - _power(self.output.source)

    @cached_property
    def last(self) -> int:
        """Shift of o a(c)."""
        if self.narrow is not None:
            return 15
        return _power(self.gate.result) + _power(self.output.result) - _power(self.formats[0])

    def passed(self, z: Array, c: Array) -> States:
        """h and c from arguments of 16 bits, gates i f c o along the last axis, and the last c."""
        i, f, g, o = equal_parts(z, 4)
        keep, new, argument = self.bits
        c = saturate(round_shift(self.gate(f) * c, keep) + round_shift(self.gate(i) * self.candidate(g), new), 16)
        a = self.output(saturate(round_shift(c, argument), 16))
        y = round_shift(self.gate(o) * a, self.last)
        y = y if self.narrow is None else self.narrow(y)
        return saturate(y, self.formats[0].bits), c


@dataclass(frozen=True, eq=False)
class IntegerLstm(LstmGates, IntegerCell):
    """i, f, o = r(.), g = a(.), and what :class:`LstmGates` makes of them.

    Args:
        gate: r. candidate: a on a gate's argument. output: a on c.
        narrow: from the scale of o a(c) to that of h; None where a shift is enough.
    """

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state", "c": "cell state"}
    gates: ClassVar[str] = "ifco"

    gate: Unit
    candidate: Unit
    output: Unit
    narrow: Rescale | None

    def cell(self, x: Array, states: States) -> States:
        h, c = states
        return self.passed(saturate(self.own(x) + self.past(h), 16), c)


def lstm_gates(op: Lstm | ConvLstm, task: Task) -> Mapping[str, Any]:
    """The fields of :class:`LstmGates` for what calibration saw inside."""
    gate, candidate = unit_inside(op.recurrent_activation, task), unit_inside(op.activation, task)
    c = _coarser(spacious(*task.inner["c"]), _power(gate.result) + _power(candidate.result) - 1)
    output = unit(op.activation, *task.inner["c"], task.numeric.brief)
    whole = _power(gate.result) + _power(output.result)
    h = _covering(task.state("h"), task.dtype) if task.dtype == "int8" else _product(task.inner["h"], whole)
    keep, new = _power(gate.result), _power(gate.result) + _power(candidate.result) - _power(c)
    if not (keep >= 1 and 1 <= new <= 30 and abs(_power(c) - _power(output.source)) <= 15):
        raise task.refuse(f"its gates or its cell state, up to {max(map(abs, task.inner['c'])):g}, leave 16 bits")
    if not 0 <= whole - _power(h) <= 30:
        raise task.refuse(f"its states, up to {max(map(abs, task.inner['h'])):g}, leave 16 bits")
    return {
        "formats": (h, c),
        "gate": gate,
        "candidate": candidate,
        "output": output,
        "narrow": _narrow(whole - 15, h) if h.dtype == "int8" else None,
    }


@quantizes(Lstm)
def lstm(op: Lstm, task: Task) -> tuple[Op, Sequence[Format]]:
    gates = lstm_gates(op, task)
    gate, candidate, (h, c) = gates["gate"], gates["candidate"], gates["formats"]
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale, gate.source.scale], op.units)
    recurrent_matrix = gate_matrix(task, "recurrent", op.recurrent, None, h, scale, 4)
    source, bias = spared(task, op.kernel), settled(op.kernel, op.bias, recurrent_matrix)
    input_matrix = gate_matrix(task, "kernel", op.kernel, bias, source, scale, 4)
    done = IntegerLstm(**shared(op), own=input_matrix, past=recurrent_matrix, **gates)
    return done, output_formats(task, done, (h, h, h, c))


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

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state"}
    gates: ClassVar[str] = "zrh"

    gate: Unit
    candidate: Unit
    narrow: Rescale | None
    narrowed: Format
    reset_after: bool
    reset: Matrix | None

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """Narrow h; and without reset_after, narrow r h, in one."""
        parts = (self.narrow is not None) + (not self.reset_after)
        return (Scratch(self.units * parts, self.narrowed),) if parts else ()

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
        inputs, recurrent = self.own(x), self.past(self.seen(h))
        z = self.gate(saturate(inputs[:, :u] + recurrent[:, :u], 16))
        r = self.gate(saturate(inputs[:, u : 2 * u] + recurrent[:, u : 2 * u], 16))
        if self.reset is None:
            inner = round_shift(r * saturate(recurrent[:, 2 * u :], 16), product)
        else:
            inner = self.reset(self.seen(round_shift(r * h, product)))
        g = self.candidate(saturate(inputs[:, 2 * u :] + inner, 16))
        g = saturate(round_shift(g, down), 16)
        rest = np.minimum((1 << product) - z, 65535)
        return (saturate(round_shift(z * h, product) + round_shift(rest * g, product), 16),)


@quantizes(Gru)
def gru(op: Gru, task: Task) -> tuple[Op, Sequence[Format]]:
    gate, candidate = unit_inside(op.recurrent_activation, task), unit_inside(op.activation, task)
    ends = zip(task.inner["h"], task.inner[f"result {op.activation}"], strict=True)
    low, high = (choose(pair) for choose, pair in zip((min, max), ends, strict=True))
    h = candidate.result if candidate.result == UNIT and max(-low, high) <= 1 else spacious(low, high)
    if not (1 <= _power(gate.result) <= 15 and abs(_power(candidate.result) - _power(h)) <= 15):
        raise task.refuse(f"its gates or its state, up to {max(-low, high):g}, leave 16 bits")
    seen = h if task.dtype == "int16" else _covering(task.state("h"), task.dtype)
    u = op.units
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale], u)
    bias = op.bias if op.bias is None or op.bias.ndim == 1 else op.bias[0]
    after = op.bias[1] if op.bias is not None and op.bias.ndim == 2 else None
    kernel = op.recurrent if op.reset_after else op.recurrent[:, : 2 * u]
    rest = None
    if not op.reset_after:
        rest = gate_matrix(task, "", op.recurrent[:, 2 * u :], None, seen, candidate.source.scale)
    past = gate_matrix(task, "recurrent", kernel, after, seen, scale[: kernel.shape[1]], kernel.shape[1] // u)
    start = bias if op.reset_after and bias is None else settled(op.kernel, bias, past)
    done = IntegerGru(
        **shared(op),
        own=gate_matrix(task, "kernel", op.kernel, start, spared(task, op.kernel), scale, 3),
        past=past,
        formats=(h,),
        gate=gate,
        candidate=candidate,
        narrow=None if seen == h else rescale(h.scale / seen.scale, 32768, 128),
        narrowed=seen,
        reset_after=op.reset_after,
        reset=rest,
    )
    return done, output_formats(task, done, (h, h, h))


@dataclass(frozen=True, eq=False)
class IntegerSimpleRnn(IntegerCell):
    """h = sat(narrow(a(.)))."""

    memories: ClassVar[Mapping[str, str]] = {"h": "hidden state"}
    gates: ClassVar[str] = "h"

    activation: Unit
    narrow: Rescale | None

    def cell(self, x: Array, states: States) -> States:
        y = self.activation(saturate(self.own(x) + self.past(states[0]), 16))
        y = y if self.narrow is None else self.narrow(y)
        return (saturate(y, self.formats[0].bits),)


@quantizes(SimpleRnn)
def simple_rnn(op: SimpleRnn, task: Task) -> tuple[Op, Sequence[Format]]:
    activation = unit_inside(op.activation, task)
    digits = _power(activation.result)
    low, high = task.inner["h"]
    h = _covering(task.state("h"), "int8") if task.dtype == "int8" else _coarser(finest(low, high), digits)
    past = gate_matrix(task, "recurrent", op.recurrent, None, h, activation.source.scale)
    source = spared(task, op.kernel)
    done = IntegerSimpleRnn(
        **shared(op),
        own=gate_matrix(task, "kernel", op.kernel, settled(op.kernel, op.bias, past), source, activation.source.scale),
        past=past,
        formats=(h,),
        activation=activation,
        narrow=_narrow(digits, h),
    )
    return done, output_formats(task, done, (h, h, h))


def shared(op: Recurrent) -> Mapping[str, Any]:
    """The fields that an integer cell has from its float cell, whose arrays are not its own."""
    names = [field.name for field in fields(Recurrent)]
    return {name: None if name in ("kernel", "recurrent", "bias") else getattr(op, name) for name in names}


def output_formats(task: Task, op: IntegerCell, outputs: Sequence[Format]) -> Sequence[Format]:
    """Formats of the outputs; initial states are asked for in the states' own."""
    for position, form in zip(op.carry.initial, op.formats, strict=False):
        task.inputs[position] = form
    return outputs


def unit_inside(function: Function, task: Task) -> Unit:
    """A cell's activation in integers, for the arguments that calibration saw."""
    return unit(function, *task.inner[f"source {function}"], task.numeric.brief)


def gate_matrix(
    task: Task, name: str, kernel: Array, bias: Array | None, source: Format, scale: Array | float, gates: int = 1
) -> Matrix:
    """A matrix by its name among the moments that calibration has seen. One without a bias stays so: what its rounding
    takes off the mean is the other matrix's to make up for."""
    settle = name == "kernel" or bias is not None
    seen = task.moments.get(name)
    return MatrixQuantizer(task.numeric, kernel, bias, source, scale, 16, seen, settle).matrix(gates)


def settled(kernel: Array, bias: Array | None, past: Matrix) -> Array | None:
    """The bias of sums to which those of another matrix are added, with what is missing of these; the inner sum of a
    candidate that is multiplied by a gate first is left as it is."""
    if past.missing is None:
        return bias
    settled = np.zeros(kernel.shape[1]) if bias is None else bias.astype(np.float64)
    settled[: len(past.missing)] += past.missing
    return settled


def _power(form: Format) -> int:
    """n of a scale 2^-n."""
    return -int(np.round(np.log2(form.scale)))


def _coarser(form: Format, power: int) -> Format:
    """The format, or 2^-power where that is coarser."""
    return Format("int16", max(form.scale, 2.0**-power))


def _product(span: tuple[float, float], power: int) -> Format:
    """The format of h as a product with 2^-power as its unit: what 16 bits hold of it, finer or coarser where h is
    known to be smaller or larger than that."""
    known = spacious(*span)
    natural = Format("int16", 2.0 ** (15 - power))
    return _coarser(known, power) if not natural.scale / 2 <= known.scale <= natural.scale else natural


def _covering(span: tuple[float, float], dtype: str) -> Format:
    largest = max(-span[0], span[1], 2.0**-20)
    return Format(dtype, float(np.float32(largest / 127)))


def _narrow(digits: int, h: Format) -> Rescale | None:
    return None if h == Format("int16", 2.0**-digits) else rescale(2.0**-digits / h.scale, 32768, 1 << (h.bits - 1))
