"""What a program costs, whatever it is spelled in."""

from __future__ import annotations

from ..core.graph import Graph, count, known
from ..passes.memory import Program
from ..passes.schedule import Schedule
from ..passes.stream_facts import work


def macs(program: Program) -> int:
    """Multiply-accumulates of one step (loops once, and the work done once); of a causal stream, on average.

    Of the whole where no input has steps: its inner loops run as often as the layers say.
    """
    graph = program.schedule.graph
    if program.schedule.stream is not None:
        return stream_macs(program.schedule)
    if not any(port.tensor in program.schedule.axes.of for port in graph.inputs):
        return whole(graph)
    total = 0
    for stage in program.schedule.stages:
        for node in stage.nodes:
            cores = [graph.core(node, t) for t in node.inputs]
            lead = graph.shape(node.outputs[0])[: node.lead]
            mapped = lead[1:] if stage.axis else lead
            steps = cores[0][0] or 1 if node.op.carry is not None and node.lead else 1
            total += node.op.macs(*cores) * count(mapped) * steps
    return total


def stream_macs(schedule: Schedule) -> int:
    """Multiply-accumulates of a causal stream's step, on average."""
    assert schedule.stream is not None
    return round(work(schedule.stream))


def whole(graph: Graph) -> int:
    """Multiply-accumulates of a whole sequence; 0 where its length is open."""
    total = 0
    for node in graph.nodes:
        if not known(shape := graph.shape(node.outputs[0])):
            return 0
        cores = [graph.core(node, t) for t in node.inputs]
        steps = cores[0][0] or 1 if node.op.carry is not None else 1
        total += node.op.macs(*cores) * count(shape[: node.lead]) * steps
    return total
