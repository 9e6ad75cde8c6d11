"""Fusion of ops with the only op that reads their output: nothing between them is stored or rounded."""

from __future__ import annotations

from dataclasses import replace

from ..core.graph import Graph


def fuse(graph: Graph) -> Graph:
    """Join each op with its only reader if one op can compute both: a Dense, the BatchNormalization after it, and the
    Activation after that; zero padding and the convolution after it."""
    consumers = graph.consumers()
    outputs = {port.tensor for port in graph.outputs}
    nodes = {node.name: node for node in graph.nodes}
    for first in graph.nodes:
        while (node := nodes.get(first.name)) is not None:
            readers = consumers[node.outputs[0]]
            if len(readers) != 1 or node.outputs[0] in outputs:
                break
            (reader,) = readers
            joined = node.op.then(reader.op)
            if joined is None:
                break
            if joined.kind == reader.op.kind:
                nodes[reader.name] = replace(reader, op=joined, inputs=node.inputs)
                del nodes[node.name]
            else:
                nodes[node.name] = replace(node, op=joined, outputs=reader.outputs)
                del nodes[reader.name]
    return replace(graph, nodes=tuple(nodes.values())).check()
