"""Ops that alone read what another makes, as part of it: nothing is stored, and nothing rounded, in between."""

from __future__ import annotations

from dataclasses import replace

from ..core.graph import Graph


def fuse(graph: Graph) -> Graph:
    """Join each op with the one that alone reads it, where one op computes both: a Dense, the BatchNormalization behind
    it, and the Activation behind that; zeros around a convolution and the convolution."""
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
