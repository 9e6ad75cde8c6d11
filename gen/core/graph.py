"""Graphs, which all rooms share: tensors, nodes, and the checks that run after every pass. No Keras, no C.

Shapes leave out the batch axis. A node works on *cores*: its op sees only the axes from ``lead`` on and is applied
independently at every position of the ``lead`` axes before them. ``Dense`` on a (time, features) tensor is a core of
(features,) with lead 1. An op with lead 0 on a sequence (an LSTM, a Flatten) sees the time axis itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .formats import FLOAT, Array, Format
from .op import Op, Shape

__all__ = ["LIMIT", "Array", "Graph", "GraphError", "Node", "Op", "Port", "Shape", "Tensor", "count", "known"]

LIMIT = 2**31 - 1
"""Largest element count of any tensor: generated code indexes with 32-bit integers."""


class GraphError(AssertionError):
    """A pass or a reader built a graph that cannot be: a bug of Gatesmith, never of a file."""


@dataclass(frozen=True)
class Tensor:
    """A value per sample. ``shape[0]`` is the time axis if there is one; None is a length known only at run time."""

    id: int
    name: str
    shape: Shape
    format: Format = FLOAT

    @property
    def size(self) -> int:
        """Elements, all axes fixed."""
        return count(self.shape)


@dataclass(frozen=True, eq=False)
class Node:
    """One use of an op."""

    name: str
    """An identifier, unique in the graph."""
    layer: str
    """The Keras layer that it comes from, by its name in the file."""
    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    lead: int = 0


@dataclass(frozen=True, eq=False)
class Port:
    """A model input or output."""

    name: str
    tensor: int


@dataclass(frozen=True, eq=False)
class Graph:
    """A model: its nodes are ordered so that every tensor is computed before it is used."""

    name: str
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    notes: tuple[str, ...] = ()
    """Remarks for people on how the graph was made; reports show them."""
    logits: bool = False
    """Whether outputs are logits, of which one above 0 is a yes."""

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(port.name for port in self.inputs)

    @property
    def stateful(self) -> bool:
        """Whether states persist from one sequence, or call, to the next."""
        return any(node.op.carry is not None and node.op.carry.stateful for node in self.nodes)

    def tensor(self, ident: int) -> Tensor:
        return self.tensors[ident]

    def shape(self, ident: int) -> Shape:
        return self.tensors[ident].shape

    def producer(self) -> dict[int, Node]:
        return {t: node for node in self.nodes for t in node.outputs}

    def consumers(self) -> dict[int, list[Node]]:
        readers: dict[int, list[Node]] = {t.id: [] for t in self.tensors}
        for node in self.nodes:
            for t in dict.fromkeys(node.inputs):
                readers[t].append(node)
        return readers

    def core(self, node: Node, ident: int) -> Shape:
        """The part of a tensor's shape that the node's op sees."""
        return self.shape(ident)[node.lead :]

    def parameters(self) -> int:
        """Number of weights, shared ones counted once."""
        ops = {node.op.key(): node.op for node in self.nodes}
        return sum(int(a.size) for op in ops.values() for a in op.arrays().values())

    def check(self) -> Graph:
        """Return self if every rule holds.

        Raises:
            GraphError: an id, an order or a shape is wrong.
        """
        written = {port.tensor for port in self.inputs}
        names: set[str] = set()
        for index, tensor in enumerate(self.tensors):
            if tensor.id != index:
                raise GraphError(f"tensor {tensor.name} has id {tensor.id} at {index}")
        for node in self.nodes:
            if node.name in names:
                raise GraphError(f"two nodes are called {node.name}")
            names.add(node.name)
            if missing := [t for t in node.inputs if t not in written]:
                raise GraphError(f"{node.name} uses {missing} before they are made")
            expected = node.op.shapes(*(self.core(node, t) for t in node.inputs))
            actual = tuple(self.core(node, t) for t in node.outputs)
            if tuple(expected) != actual:
                raise GraphError(f"{node.name}: op says {expected}, tensors say {actual}")
            if rewritten := [t for t in node.outputs if t in written]:
                raise GraphError(f"{node.name} makes {rewritten} again")
            written.update(node.outputs)
        if unwritten := [port.name for port in self.outputs if port.tensor not in written]:
            raise GraphError(f"outputs {unwritten} are never made")
        return self

    def pruned(self) -> Graph:
        """The graph without nodes that no output needs."""
        needed = {port.tensor for port in self.outputs}
        nodes: list[Node] = []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                nodes.append(node)
                needed.update(node.inputs)
        return replace(self, nodes=tuple(reversed(nodes)))


def count(shape: Sequence[int | None]) -> int:
    """Elements of a shape.

    Raises:
        GraphError: an axis is not fixed.
    """
    total = 1
    for axis in shape:
        if axis is None:
            raise GraphError(f"shape {shape} is not fixed")
        total *= axis
    return total


def shape_text(shape: Sequence[int | None], unknown: str = "any") -> str:
    """A shape in NumPy's notation, with a word for each open axis."""
    inner = ", ".join(unknown if size is None else str(size) for size in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def known(shape: Sequence[int | None]) -> bool:
    return all(axis is not None for axis in shape)
