"""The definition: a graph evaluated in NumPy, in float64, float32 or integers, whole sequences at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..core.errors import DataError
from ..core.graph import Array, Graph, Node
from ..core.op import States
from .work import last_uses, work

MAX_RUN_BYTES = 4 << 30
"""Most bytes of the tensors that a run holds at the same time."""
PART_VALUES = 1 << 22
"""Values of all tensors of the samples in one part of :func:`parts`: bounds the memory."""


class Reference:
    """Runs a graph on samples, keeping the states of stateful layers from call to call.

    Args:
        graph: the model.
        dtype: the type of every intermediate value.
        carried: the states of an earlier run, by node; updated by each run.
    """

    def __init__(
        self, graph: Graph, dtype: npt.DTypeLike = np.float64, carried: dict[str, States] | None = None
    ) -> None:
        self.graph = graph
        self.dtype = np.dtype(dtype)
        self._states: dict[str, States] = {} if carried is None else carried

    def reset(self) -> None:
        """Forget all states."""
        self._states.clear()

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """One Keras call: (samples, ...) for each input -> (samples, ...) for each output.

        Raises:
            DataError: the samples together would take more memory than a run may.
        """
        self._hold(inputs)
        last = last_uses(self.graph)
        values: dict[int, Array] = {
            port.tensor: np.asarray(x).astype(self.dtype) for port, x in zip(self.graph.inputs, inputs, strict=True)
        }
        for ident, value in values.items():
            self._observe(ident, value)
        for index, node in enumerate(self.graph.nodes):
            lead = values[node.inputs[0]].shape[: node.lead + 1]
            cores = [values[t].reshape(-1, *values[t].shape[node.lead + 1 :]) for t in node.inputs]
            for ident, result in zip(node.outputs, self._apply(node, cores), strict=True):
                values[ident] = result.reshape(*lead, *result.shape[1:])
                self._observe(ident, values[ident])
            for ident in last.get(index, ()):
                del values[ident]
        return [values[port.tensor] for port in self.graph.outputs]

    def _observe(self, ident: int, value: Array) -> None:
        """Called with every tensor when it is computed; for subclasses that watch."""

    def _hold(self, inputs: Sequence[Array]) -> None:
        count = len(inputs[0]) if inputs and np.ndim(inputs[0]) else 0
        need = count * work(self.graph, [np.shape(x)[1:] for x in inputs]).live * self.dtype.itemsize
        if need > MAX_RUN_BYTES:
            raise DataError(
                f"to compute {count:,} samples at once takes {need >> 20:,} MiB",
                why=f"at most {MAX_RUN_BYTES >> 20:,} MiB are taken",
                fix="give fewer or shorter samples",
            )

    def _apply(self, node: Node, cores: Sequence[Array]) -> Sequence[Array]:
        outputs, self._states[node.name] = node.op.run(cores, self._states.get(node.name, ()))
        return outputs


def parts(graph: Graph, inputs: Sequence[Array]) -> Iterator[list[Array]]:
    """The samples of (samples, ...) arrays in parts, so that all tensors of a part together have a bounded size."""
    size = max(1, PART_VALUES // work(graph, [np.shape(x)[1:] for x in inputs]).values)
    for start in range(0, len(inputs[0]), size):
        yield [x[start : start + size] for x in inputs]


def in_order(graph: Graph, inputs: Sequence[Array]) -> Iterator[list[Array]]:
    """The samples as one :class:`Reference` takes them: in parts, or one by one if states go on from each to the next,
    as on the device and in Keras's ``predict``."""
    if not graph.stateful:
        return parts(graph, inputs)
    return ([x[index : index + 1] for x in inputs] for index in range(len(inputs[0])))


def answers(
    graph: Graph, inputs: Sequence[Array], dtype: npt.DTypeLike = np.float64, apart: bool = False
) -> list[Array]:
    """The outputs, (samples, ...), of samples in order, the first from zero states; each from zero states if ``apart``.

    Raises:
        DataError: a sample would take more memory than a run may.
    """
    reference, results = Reference(graph, dtype), []
    for part in parts(graph, inputs) if apart else in_order(graph, inputs):
        results.append(reference.run(part))
        if apart:
            reference.reset()
    return [np.concatenate(arrays) for arrays in zip(*results, strict=True)]


def evaluate(
    graph: Graph, inputs: Sequence[Array], floats: npt.DTypeLike = np.float32, apart: bool = False
) -> list[Array]:
    """The outputs of a graph for real inputs, in real numbers; a graph without integers is computed in ``floats``.
    ``apart`` as for :func:`answers`."""
    integer = any(tensor.format.integer for tensor in graph.tensors)
    numbers = [graph.tensor(port.tensor).format.quantize(x) for port, x in zip(graph.inputs, inputs, strict=True)]
    outputs = answers(graph, numbers, np.int64 if integer else floats, apart)
    return [graph.tensor(port.tensor).format.real(y) for port, y in zip(graph.outputs, outputs, strict=True)]
