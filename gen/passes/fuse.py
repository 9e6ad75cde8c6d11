"""Activations of a Dense layer's output as part of it: nothing is stored, and nothing rounded, in between."""

from __future__ import annotations

from dataclasses import replace

from ..functions import LINEAR
from ..graph import Graph
from ..layers.activation import Activation
from ..layers.dense import Dense


def fuse(graph: Graph) -> Graph:
    """Join ``Dense`` and the ``Activation`` that alone reads it."""
    consumers = graph.consumers()
    outputs = {port.tensor for port in graph.outputs}
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        readers = consumers[node.outputs[0]]
        if not isinstance(node.op, Dense) or node.op.activation != LINEAR or len(readers) != 1:
            continue
        (reader,) = readers
        if isinstance(reader.op, Activation) and node.outputs[0] not in outputs:
            op = replace(node.op, activation=reader.op.function)
            nodes[node.name] = replace(node, op=op, outputs=reader.outputs)
            del nodes[reader.name]
    return replace(graph, nodes=tuple(nodes.values())).check()
