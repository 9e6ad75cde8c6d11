"""Values that mark masked steps: where they do nothing else, no range has to hold them."""

from __future__ import annotations

from ..core.graph import Graph, Node


def markers(graph: Graph) -> dict[int, float]:
    """Tensors that nothing reads but ops that look for a marker, at once or once it was moved, and that marker: there,
    the value says only that a step is masked."""
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
    """What a reader of a tensor looks for in it; None if it does anything else with it."""
    if tensor != node.inputs[0]:
        return None
    if node.op.marker is not None:
        return node.op.marker
    return marks.get(node.outputs[0]) if node.op.moves else None
