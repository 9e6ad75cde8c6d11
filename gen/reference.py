"""The definition: a graph walked in NumPy, float64 or float32, whole sequences at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .graph import Array, Graph, Node
from .layers.recurrent import Recurrent, States


class Reference:
    """Runs a graph on samples, keeping the states of stateful layers from call to call.

    Args:
        graph: the model.
        dtype: the float type of every intermediate value.
    """

    def __init__(self, graph: Graph, dtype: npt.DTypeLike = np.float64) -> None:
        self.graph = graph
        self.dtype = np.dtype(dtype)
        self._states: dict[str, States] = {}

    def reset(self) -> None:
        """Forget all states."""
        self._states.clear()

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """One Keras call: (samples, ...) for each input -> (samples, ...) for each output."""
        values: dict[int, Array] = {
            port.tensor: np.asarray(x).astype(self.dtype) for port, x in zip(self.graph.inputs, inputs, strict=True)
        }
        for node in self.graph.nodes:
            lead = values[node.inputs[0]].shape[: node.lead + 1]
            cores = [values[t].reshape(-1, *values[t].shape[node.lead + 1 :]) for t in node.inputs]
            for ident, result in zip(node.outputs, self._apply(node, cores), strict=True):
                values[ident] = result.reshape(*lead, *result.shape[1:])
        for ident, value in values.items():
            self._seen(ident, value)
        return [values[port.tensor] for port in self.graph.outputs]

    def _seen(self, ident: int, value: Array) -> None:
        """Told of every tensor after a run: for those who watch."""

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        if not (isinstance(node.op, Recurrent) and node.op.stateful):
            return node.op.apply(*cores)
        x, mask, initial = node.op.split(cores)
        start = initial or self._states.get(node.name) or node.op.zero(x)
        outputs, last, states = node.op.scan(x, mask, start)
        self._states[node.name] = states
        return (outputs, last, *states)
