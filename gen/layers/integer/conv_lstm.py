"""ConvLSTM in integers: the input's convolution in 16 bits, the convolution of h as a matrix at every position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from ...core.formats import Array, Format
from ...core.op import Op, Scratch, States
from ...numerics.fixed import Rescale, rescale, saturate
from ...numerics.unit import Unit
from ..conv_lstm import ConvLstm
from ..convolution import convolve
from .base import Task, quantizes
from .cells import LstmGates, lstm_gates
from .matrix import Matrix, MatrixQuantizer


@dataclass(frozen=True, eq=False)
class IntegerConvLstm(LstmGates, ConvLstm):
    """i, f, o = r(sat(enter(x) + past(window of h))), g = a(.), then as in :class:`LstmGates`. Padding of h is 0.
    ``recurrent`` is empty: ``past`` has the weights.

    Args:
        past: matrix over a window of h, (taps * filters, 4 filters), gates i f c o.
        enter: from x to the arguments of each gate.
        gate, candidate, output, narrow, formats: as in :class:`IntegerLstm`.
    """

    stored: ClassVar[Mapping[str, int]] = {}
    gates: ClassVar[str] = "ifco"

    past: Matrix
    enter: tuple[Rescale, ...]
    gate: Unit
    candidate: Unit
    output: Unit
    narrow: Rescale | None
    formats: tuple[Format, ...]

    @property
    def state_formats(self) -> tuple[Format, ...]:
        return self.formats

    @property
    def scratch(self) -> tuple[Scratch, ...]:
        """A window of h."""
        return (Scratch(len(self.past.weights), self.formats[0]),)

    def arrays(self) -> dict[str, Array]:
        return self.past.arrays("recurrent")

    def cell(self, x: Array, states: States) -> States:
        h, c = states
        recurrent = self.past.results(convolve(h.astype(np.float64), self.past.factors, self.windows))
        entered = [enter(part) for enter, part in zip(self.enter, np.split(x, 4, axis=-1), strict=True)]
        return self.passed(saturate(np.concatenate(entered, axis=-1) + recurrent, 16), c)

    def macs(self, *inputs: Sequence[int | None]) -> int:
        return prod(self.shape[:-1]) * int(self.past.weights.size)


@quantizes(ConvLstm, wide=True)
def conv_lstm(op: ConvLstm, task: Task) -> tuple[Op, Sequence[Format]]:
    source, gates = task.input_format(0, "int16"), lstm_gates(op, task)
    gate, candidate, (h, c) = gates["gate"], gates["candidate"], gates["formats"]
    scales = [gate.source.scale, gate.source.scale, candidate.source.scale, gate.source.scale]
    matrix = MatrixQuantizer(task.numeric, op.recurrent, None, h, np.repeat(scales, op.filters), 16).matrix(4)
    enter = tuple(rescale(source.scale / scale, 32768, 32768) for scale in scales)
    form = IntegerConvLstm(
        op.shape, np.zeros(0, np.float32), op.windows, op.activation, op.recurrent_activation, op.stateful,
        matrix, enter, **gates,
    )  # fmt: skip
    return form, [h, h, h, c]
