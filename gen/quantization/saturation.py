"""Saturation of the outputs of earlier steps, if ranges are those of the ends of sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.graph import Array, Graph
from ..layers.integer import Ranges
from ..oracle.reference import Reference, in_order

SATURATED = 0.02
"""Largest share of outputs beyond the range of those at the end. Wider ranges cost .6 dB of int8 at the end in the mean
of ``tools/integers.py``; over all steps, a GRU with 52 % beyond gains 23 dB."""
MOST_LOST = 10**-2.5
"""Largest share of the squares of outputs, or of the tensors behind them, that may be lost. With .4 of a mean of first
frames, int16 had 24 dB over all steps, and with wider ranges 76. Models of ``tools/integers.py`` whose ranges are not
widened by ``SATURATED`` lose at most .001."""


class Saturation(Reference):
    """The loss by saturation in 8 bits of the outputs at each step, and of the tensors behind them.

    Args:
        stepped: the graph with outputs at each step, with the tensors of ``graph``.
        ends: ranges of the ends.
    """

    def __init__(self, stepped: Graph, graph: Graph, ends: Ranges) -> None:
        super().__init__(stepped, np.float32)
        cells = {tensor for node in graph.nodes if node.op.carry is not None for tensor in node.outputs}
        self.outputs = {port.tensor for port in graph.outputs}
        with_steps = {one.id for one in graph.tensors if len(stepped.shape(one.id)) > len(one.shape)}
        spans = {t: [ends.narrow.get(t, ends.tensors[t])] for t in with_steps - cells | self.outputs}
        self.ends = {t: np.array(ends.narrow_features.get(t) or span).T for t, span in spans.items()}
        self.sums = {t: np.zeros(4) for t in spans}

    def _observe(self, ident: int, value: Array) -> None:
        if ident in self.ends:
            value = value.astype(np.float64)
            error = value - value.clip(*self.ends[ident])
            self.sums[ident] += [np.count_nonzero(error), value.size, np.vdot(error, error), np.vdot(value, value)]

    def too_much(self, inputs: Sequence[Array]) -> bool:
        """Whether more than ``SATURATED`` or ``MOST_LOST`` is lost, for all inputs so far."""
        for part in in_order(self.graph, inputs):
            self.run(part)
        saturated = any(self.sums[t][0] > SATURATED * self.sums[t][1] for t in self.outputs)
        return saturated or any(error > MOST_LOST * power for *_, error, power in self.sums.values())
