"""Passes: Graph in, Program out, the graph checked after each."""

from __future__ import annotations

from ..graph import Graph
from .lower import lower
from .memory import Program, plan_memory
from .schedule import make_schedule

DEFAULT_CAPACITY = 256
"""Steps kept where a model of open length must remember a whole sequence."""


def compile_graph(graph: Graph, capacity: int | None = None) -> Program:
    """Lower, schedule and place a graph.

    Args:
        graph: as imported.
        capacity: longest sequence to provide for; by default the file's own length.

    Raises:
        UnsupportedError: some layer needs a whole sequence whose length is open.
    """
    schedule = make_schedule(lower(graph))
    lengths = [axis.length for axis in schedule.axes.axes if axis.length is not None and not axis.bound]
    return plan_memory(schedule, capacity or max(lengths, default=DEFAULT_CAPACITY))
