"""Copies for values that need a place of their own: outputs that no node writes, sequences that are seen through a
view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..core.graph import Graph, Node, Port, Tensor
from ..core.op import View
from ..layers.copy import Copy
from .axes import find_axes, is_view


def lower(graph: Graph) -> Graph:
    """The graph with all copies that a backend needs; its meaning is unchanged."""
    return _Copies(graph).run().check()


def root(producer: Mapping[int, Node], tensor: int) -> int:
    """The tensor whose storage this one shares: the same memory with another shape."""
    while tensor in producer and producer[tensor].op.view is View.SAME:
        tensor = producer[tensor].inputs[0]
    return tensor


class _Copies:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.streaming = find_axes(graph).of
        self.producer = graph.producer()
        self.tensors = list(graph.tensors)
        self.nodes: list[Node] = []
        self.copies: dict[int, int] = {}

    def run(self) -> Graph:
        for node in self.graph.nodes:
            loops = node.lead >= 1 or node.op.carry is not None or is_view(node)
            inputs = tuple(self._copy(t) if self._viewed(t) and not loops else t for t in node.inputs)
            self.nodes.append(replace(node, inputs=inputs))
        ports: list[Port] = []
        homes: set[int] = set()
        for port in self.graph.outputs:
            base = root(self.producer, port.tensor)
            if self._lives_elsewhere(base) or base in homes:
                ports.append(Port(port.name, self._copy(port.tensor, fresh=True)))
            else:
                homes.add(base)
                ports.append(port)
        return replace(self.graph, tensors=tuple(self.tensors), nodes=tuple(self.nodes), outputs=tuple(ports))

    def _viewed(self, tensor: int) -> bool:
        """Whether a sequence exists only as a view of another tensor."""
        node = self.producer.get(tensor)
        if node is None or tensor not in self.streaming:
            return False
        return is_view(node) or (node.op.view is View.SAME and self._viewed(node.inputs[0]))

    def _lives_elsewhere(self, tensor: int) -> bool:
        """Whether the value is in a model input or in a layer's state, or is only a view."""
        node = self.producer.get(tensor)
        if node is None or self._viewed(tensor):
            return True
        return node.op.carry is not None and node.lead == 0 and tensor != node.outputs[0]

    def _copy(self, tensor: int, fresh: bool = False) -> int:
        """The copy of a tensor; with ``fresh``, a new one."""
        if tensor in self.copies and not fresh:
            return self.copies[tensor]
        source = self.graph.tensor(tensor)
        copied = len(self.tensors)
        self.tensors.append(Tensor(copied, f"{source.name}_copy", source.shape, source.format))
        layer = self.producer[tensor].layer if tensor in self.producer else source.name
        lead = 1 if tensor in self.streaming else 0
        self.nodes.append(Node(f"{layer}_copy_{copied}", layer, Copy(), (tensor,), (copied,), lead))
        self.copies.setdefault(tensor, copied)
        return copied
