"""What ranges of the ends of sequences take off answers before them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.graph import Array, Graph
from ..layers.integer import Ranges
from ..oracle.reference import Reference, parts

SATURATED = 0.02
"""Share of the answers that may lie beyond the range of those at the end. Wider ranges cost .6 dB of int8 at the end in
the mean of ``tools/integers.py``; over all steps a GRU with 52 % beyond gains 23 dB."""
LOST = 10**-2.5
"""Share of the squares that may be lost of answers, or of what they are made of. Where it was .4 of a mean of first
frames, int16 had 24 dB over all steps, and with wider ranges 76. Of models of ``tools/integers.py``, those whose ranges
are not wider by ``SATURATED`` lose at most .001."""


class Saturation(Reference):
    """What 8 bits lose of answers after each step, and of what these are made of.

    Args:
        every: the graph of these answers, with the tensors of ``graph``.
        ends: ranges of the ends.
    """

    def __init__(self, every: Graph, graph: Graph, ends: Ranges) -> None:
        super().__init__(every, np.float32)
        cells = {tensor for node in graph.nodes if node.op.carry is not None for tensor in node.outputs}
        self.outputs = {port.tensor for port in graph.outputs}
        stepped = {one.id for one in graph.tensors if len(every.shape(one.id)) > len(one.shape)}
        spans = {t: [ends.narrow.get(t, ends.tensors[t])] for t in stepped - cells | self.outputs}
        self.ends = {t: np.array(ends.narrow_features.get(t) or span).T for t, span in spans.items()}
        self.sums = {t: np.zeros(4) for t in spans}

    def _seen(self, ident: int, value: Array) -> None:
        if ident in self.ends:
            value = value.astype(np.float64)
            lost = value - value.clip(*self.ends[ident])
            self.sums[ident] += [np.count_nonzero(lost), value.size, np.vdot(lost, lost), np.vdot(value, value)]

    def too_much(self, inputs: Sequence[Array]) -> bool:
        """Whether more than ``SATURATED`` or ``LOST`` is lost, of all inputs so far."""
        for part in parts(self.graph, inputs):
            self.run(part)
        saturated = any(self.sums[t][0] > SATURATED * self.sums[t][1] for t in self.outputs)
        return saturated or any(lost > LOST * power for *_, lost, power in self.sums.values())
