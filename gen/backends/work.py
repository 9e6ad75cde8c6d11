"""What a program costs, whatever it is spelled in."""

from __future__ import annotations

from ..graph import count
from ..layers.recurrent import Recurrent
from ..passes.memory import Program


def macs(program: Program) -> int:
    """Multiply-accumulates of one step (loops once, and the work done once)."""
    graph = program.schedule.graph
    total = 0
    for stage in program.schedule.stages:
        for node in stage.nodes:
            cores = [graph.core(node, t) for t in node.inputs]
            lead = graph.shape(node.outputs[0])[: node.lead]
            mapped = lead[1:] if stage.axis else lead
            steps = cores[0][0] or 1 if isinstance(node.op, Recurrent) and node.lead else 1
            total += node.op.macs(*cores) * count(mapped) * steps
    return total
