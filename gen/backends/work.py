"""The cost of a program, for all backends."""

from __future__ import annotations

from ..core.graph import Graph, Node, count, known
from ..passes.memory import Program
from ..passes.stream_facts import macs_per_step


def macs(program: Program) -> int:
    """Multiply-accumulates of one step: loops once, and the work outside loops; for a causal stream, the average.

    If no input has steps, they are those of the whole model, whose inner loops run as often as the layers need.
    """
    graph = program.schedule.graph
    if program.schedule.stream is not None:
        return round(macs_per_step(program.schedule.stream))
    if not any(port.tensor in program.schedule.axes.of for port in graph.inputs):
        return whole(graph)
    turns = ((node, stage.axis is not None) for stage in program.schedule.stages for node in stage.nodes)
    return sum(_of_node(graph, node, looped) for node, looped in turns)


def whole(graph: Graph) -> int:
    """Multiply-accumulates of a whole sequence; 0 if its length is open."""
    if not all(known(graph.shape(node.outputs[0])) for node in graph.nodes):
        return 0
    return sum(_of_node(graph, node, looped=False) for node in graph.nodes)


def _of_node(graph: Graph, node: Node, looped: bool) -> int:
    """Multiply-accumulates of a node; with ``looped``, those of one step."""
    cores = [graph.core(node, t) for t in node.inputs]
    mapped = graph.shape(node.outputs[0])[int(looped) : node.lead]
    steps = cores[0][0] or 1 if node.op.carry is not None and not (looped and node.lead == 0) else 1
    return node.op.macs(*cores) * count(mapped) * steps
