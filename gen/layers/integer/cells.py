"""LSTM, GRU and SimpleRNN in integers: matrices in 8 or 16 bits, gates and memories in 16.

Each gate's argument is the saturated sum of two rescaled accumulators, one over the inputs and one over the last
output. Gates are int16 with powers of two as scales, so that shifts can follow. States that carry a memory from step
to step (an LSTM's c, a GRU's h) are int16 in every integer type: in int8 small changes would be rounded away.
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
from .matrix import Matrix, MatrixQuantizer, safe_input_format


@dataclass(frozen=True, eq=False)
class IntegerCell(Recurrent):
    """Base of the integer cells. ``kernel``, ``recurrent`` and ``bias`` of the float layer are None here.

    Args:
        own: matrix over the inputs, rows gate by gate.
        past: matrix over the last output.
        formats: formats of the states, in their order.
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
    """An LSTM's states from its gates' arguments in integers: c = sat(f c + i g); h = sat(narrow(o a(c))), with o a(c)
    shifted to 16 bits."""

    gate: Unit
    candidate: Unit
    output: Unit
    narrow: Rescale | None
    formats: tuple[Format, ...]

    @cached_property
    def bits(self) -> tuple[int, int, int]:
        """Shifts of f c and of i g, and the shift from c to the output's argument."""
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
        """h and c from 16-bit arguments, gates i f c o along the last axis, and from the previous c."""
        i, f, g, o = equal_parts(z, 4)
        keep, new, argument = self.bits
        c = saturate(round_shift(self.gate(f) * c, keep) + round_shift(self.gate(i) * self.candidate(g), new), 16)
        a = self.output(saturate(round_shift(c, argument), 16))
        y = round_shift(self.gate(o) * a, self.last)
        y = y if self.narrow is None else self.narrow(y)
        return saturate(y, self.formats[0].bits), c


@dataclass(frozen=True, eq=False)
class IntegerLstm(LstmGates, IntegerCell):
    """i, f, o = r(.), g = a(.), then as in :class:`LstmGates`.

    Args:
        gate: r. candidate: a on a gate's argument. output: a on c.
        narrow: from the scale of o a(c) to that of h; None if a shift is enough.
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
    """The fields of :class:`LstmGates` for the calibrated ranges inside the op."""
    gate, candidate = unit_inside(op.recurrent_activation, task), unit_inside(op.activation, task)
    c = _coarser(spacious(*task.inner["c"]), _power(gate.result) + _power(candidate.result) - 1)
    output = unit(op.activation, *task.inner["c"], task.numeric.brief)
    digits = _power(gate.result) + _power(output.result)
    h = _covering(task.state("h"), task.dtype) if task.dtype == "int8" else _product(task.inner["h"], digits)
    keep, new = _power(gate.result), _power(gate.result) + _power(candidate.result) - _power(c)
    if not (keep >= 1 and 1 <= new <= 30 and abs(_power(c) - _power(output.source)) <= 15):
        raise task.refuse(f"its gates or its cell state, up to {max(map(abs, task.inner['c'])):g}, leave 16 bits")
    if not 0 <= digits - _power(h) <= 30:
        raise task.refuse(f"its states, up to {max(map(abs, task.inner['h'])):g}, leave 16 bits")
    return {
        "formats": (h, c),
        "gate": gate,
        "candidate": candidate,
        "output": output,
        "narrow": _narrow(digits - 15, h) if h.dtype == "int8" else None,
    }


@quantizes(Lstm)
def lstm(op: Lstm, task: Task) -> tuple[Op, Sequence[Format]]:
    gates = lstm_gates(op, task)
    gate, candidate, (h, c) = gates["gate"], gates["candidate"], gates["formats"]
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale, gate.source.scale], op.units)
    recurrent_matrix = gate_matrix(task, "recurrent", op.recurrent, None, h, scale, 4)
    source, bias = safe_input_format(task, op.kernel), compensated_bias(op.kernel, op.bias, recurrent_matrix)
    input_matrix = gate_matrix(task, "kernel", op.kernel, bias, source, scale, 4)
    form = IntegerLstm(**shared(op), own=input_matrix, past=recurrent_matrix, **gates)
    return form, output_formats(task, form, (h, h, h, c))


@dataclass(frozen=True, eq=False)
class IntegerGru(IntegerCell):
    """z, r = s(.); h' = sat(z h + (1 - z) g), with h in 16 bits.

    The matrices multiply ``narrow(h)``, which is in scratch if it differs from h; without reset_after, the candidate's
    matrix multiplies ``narrow(r h)``.

    Args:
        gate: s. candidate: the activation of g.
        narrow: from h to the matrices' input; None if that is h itself.
        narrowed: format of the matrices' input.
        reset: (units, units) of the candidate without reset_after, whose rows are not in ``past``; else None.
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
        """Narrow h, followed by narrow r h without reset_after."""
        parts = (self.narrow is not None) + (not self.reset_after)
        return (Scratch(self.units * parts, self.narrowed),) if parts else ()

    def arrays(self) -> dict[str, Array]:
        return {**super().arrays(), **(self.reset.arrays("candidate") if self.reset else {})}

    @property
    def bits(self) -> tuple[int, int]:
        """The shift of a product with a gate, and the shift from the candidate to h."""
        return _power(self.gate.result), _power(self.candidate.result) - _power(self.formats[0])

    def matrix_input(self, h: Array) -> Array:
        """h as an input of the matrices."""
        return h if self.narrow is None else saturate(self.narrow(h), self.narrowed.bits)

    def cell(self, x: Array, states: States) -> States:
        (h,) = states
        u = self.units
        product, shift = self.bits
        inputs, recurrent = self.own(x), self.past(self.matrix_input(h))
        z = self.gate(saturate(inputs[:, :u] + recurrent[:, :u], 16))
        r = self.gate(saturate(inputs[:, u : 2 * u] + recurrent[:, u : 2 * u], 16))
        if self.reset is None:
            inner = round_shift(r * saturate(recurrent[:, 2 * u :], 16), product)
        else:
            inner = self.reset(self.matrix_input(round_shift(r * h, product)))
        g = self.candidate(saturate(inputs[:, 2 * u :] + inner, 16))
        g = saturate(round_shift(g, shift), 16)
        complement = np.minimum((1 << product) - z, 65535)
        return (saturate(round_shift(z * h, product) + round_shift(complement * g, product), 16),)


@quantizes(Gru)
def gru(op: Gru, task: Task) -> tuple[Op, Sequence[Format]]:
    gate, candidate = unit_inside(op.recurrent_activation, task), unit_inside(op.activation, task)
    ends = zip(task.inner["h"], task.inner[f"result {op.activation}"], strict=True)
    low, high = (choose(pair) for choose, pair in zip((min, max), ends, strict=True))
    h = candidate.result if candidate.result == UNIT and max(-low, high) <= 1 else spacious(low, high)
    if not (1 <= _power(gate.result) <= 15 and abs(_power(candidate.result) - _power(h)) <= 15):
        raise task.refuse(f"its gates or its state, up to {max(-low, high):g}, leave 16 bits")
    narrowed = h if task.dtype == "int16" else _covering(task.state("h"), task.dtype)
    u = op.units
    scale = np.repeat([gate.source.scale, gate.source.scale, candidate.source.scale], u)
    bias = op.bias if op.bias is None or op.bias.ndim == 1 else op.bias[0]
    after = op.bias[1] if op.bias is not None and op.bias.ndim == 2 else None
    kernel = op.recurrent if op.reset_after else op.recurrent[:, : 2 * u]
    reset = None
    if not op.reset_after:
        reset = gate_matrix(task, "", op.recurrent[:, 2 * u :], None, narrowed, candidate.source.scale)
    recurrent = gate_matrix(task, "recurrent", kernel, after, narrowed, scale[: kernel.shape[1]], kernel.shape[1] // u)
    start = bias if op.reset_after and bias is None else compensated_bias(op.kernel, bias, recurrent)
    form = IntegerGru(
        **shared(op),
        own=gate_matrix(task, "kernel", op.kernel, start, safe_input_format(task, op.kernel), scale, 3),
        past=recurrent,
        formats=(h,),
        gate=gate,
        candidate=candidate,
        narrow=None if narrowed == h else rescale(h.scale / narrowed.scale, 32768, 128),
        narrowed=narrowed,
        reset_after=op.reset_after,
        reset=reset,
    )
    return form, output_formats(task, form, (h, h, h))


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
    recurrent_matrix = gate_matrix(task, "recurrent", op.recurrent, None, h, activation.source.scale)
    source, bias = safe_input_format(task, op.kernel), compensated_bias(op.kernel, op.bias, recurrent_matrix)
    form = IntegerSimpleRnn(
        **shared(op),
        own=gate_matrix(task, "kernel", op.kernel, bias, source, activation.source.scale),
        past=recurrent_matrix,
        formats=(h,),
        activation=activation,
        narrow=_narrow(digits, h),
    )
    return form, output_formats(task, form, (h, h, h))


def shared(op: Recurrent) -> Mapping[str, Any]:
    """The fields that an integer cell takes from its float cell, with None for the arrays."""
    names = [field.name for field in fields(Recurrent)]
    return {name: None if name in ("kernel", "recurrent", "bias") else getattr(op, name) for name in names}


def output_formats(task: Task, op: IntegerCell, outputs: Sequence[Format]) -> Sequence[Format]:
    """Formats of the outputs; sets the formats of initial states to those of the states."""
    for position, form in zip(op.carry.initial, op.formats, strict=False):
        task.inputs[position] = form
    return outputs


def unit_inside(function: Function, task: Task) -> Unit:
    """A cell's activation in integers, for its calibrated arguments."""
    return unit(function, *task.inner[f"source {function}"], task.numeric.brief)


def gate_matrix(
    task: Task, name: str, kernel: Array, bias: Array | None, source: Format, scale: Array | float, gates: int = 1
) -> Matrix:
    """A matrix with the calibrated moments of this name. Without a bias it stays without one: the bias of the other
    matrix compensates the mean of its rounding errors."""
    settle = name == "kernel" or bias is not None
    moments = task.moments.get(name)
    return MatrixQuantizer(task.numeric, kernel, bias, source, scale, 16, moments, settle).matrix(gates)


def compensated_bias(kernel: Array, bias: Array | None, recurrent_matrix: Matrix) -> Array | None:
    """The bias of the input matrix plus the mean error of the recurrent matrix, whose sums are added to it. Rows that
    the recurrent matrix lacks, a candidate's with its own matrix, are unchanged."""
    if recurrent_matrix.missing is None:
        return bias
    compensated = np.zeros(kernel.shape[1]) if bias is None else bias.astype(np.float64)
    compensated[: len(recurrent_matrix.missing)] += recurrent_matrix.missing
    return compensated


def _power(form: Format) -> int:
    """n of a scale 2^-n."""
    return -int(np.round(np.log2(form.scale)))


def _coarser(form: Format, power: int) -> Format:
    """The format, or one with the scale 2^-power if that is coarser."""
    return Format("int16", max(form.scale, 2.0**-power))


def _product(span: tuple[float, float], power: int) -> Format:
    """The format of h as a product with 2^-power as its unit: the upper 16 bits of it, finer or coarser if the range of
    h is smaller or larger than that."""
    calibrated = spacious(*span)
    natural = Format("int16", 2.0 ** (15 - power))
    return _coarser(calibrated, power) if not natural.scale / 2 <= calibrated.scale <= natural.scale else natural


def _covering(span: tuple[float, float], dtype: str) -> Format:
    largest = max(-span[0], span[1], 2.0**-20)
    return Format(dtype, float(np.float32(largest / 127)))


def _narrow(digits: int, h: Format) -> Rescale | None:
    return None if h == Format("int16", 2.0**-digits) else rescale(2.0**-digits / h.scale, 32768, 1 << (h.bits - 1))
