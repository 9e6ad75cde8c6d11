"""Values that mark masked steps: if they do nothing else, ranges need not cover them."""

from __future__ import annotations

from ..core.graph import Graph, Node


def markers(graph: Graph) -> dict[int, float]:
    """Tensor -> its marker, for tensors whose only readers are ops that look for a marker, directly or after moves. The
    value means only that a step is masked there."""
    consumers, outputs = graph.consumers(), {port.tensor for port in graph.outputs}
    marks: dict[int, float] = {}
    for tensor in reversed([port.tensor for port in graph.inputs] + [t for n in graph.nodes for t in n.outputs]):
        readers = consumers[tensor]
        values = {_marker(node, tensor, marks) for node in readers}
        if len(values) == 1 and tensor not in outputs:
            (value,) = values
            if value is not None:
                marks[tensor] = value
    return marks


def _marker(node: Node, tensor: int, marks: dict[int, float]) -> float | None:
    """The marker that a reader looks for in a tensor; None if it does anything else with it."""
    if tensor != node.inputs[0]:
        return None
    if node.op.marker is not None:
        return node.op.marker
    return marks.get(node.outputs[0]) if node.op.moves else None
