"""Passes: Graph in, Program out, the graph checked after each."""

from __future__ import annotations

from ..core.errors import UnsupportedError
from ..core.graph import Graph
from .lower import lower
from .memory import Program, plan_memory
from .places import NONE, ArenaPorts
from .schedule import make_schedule
from .stream import buffer_places, stream_schedule
from .stream_facts import StreamError
from .streaming import streaming

DEFAULT_CAPACITY = 256
"""Steps kept where a model of open length must remember a whole sequence."""


def compile_graph(
    graph: Graph,
    capacity: int | None = None,
    stream: bool = False,
    hop: int | None = None,
    carry: bool = False,
    by_rows: bool = False,
    arena_ports: ArenaPorts = NONE,
    by_frames: bool = True,
) -> Program:
    """Lower, schedule and place a graph.

    Args:
        graph: as imported.
        capacity: longest sequence to provide for; by default the file's own length, and at least ``DEFAULT_CAPACITY``
            where it leaves one open.
        stream: whether it is to go step by step, with what its windows see kept from each to the next.
        hop: of a stream: its outputs are then the model's on its last steps, anew after so many; see ``streaming``.
        carry: of these: states of cells go on from window to window.
        by_rows: as of :func:`gatesmith.passes.memory.plan_memory`; the C backend goes by rows.
        arena_ports, by_frames: as of :func:`gatesmith.passes.memory.plan_memory`.

    Raises:
        UnsupportedError: some layer needs a whole sequence whose length is open, or cannot stream.
    """
    lowered = lower(graph)
    if stream or hop is not None:
        return _stream(lowered, capacity, hop, carry)
    schedule = make_schedule(lowered)
    lengths = [axis.length or DEFAULT_CAPACITY for axis in schedule.axes.axes if not axis.bound]
    try:
        steps = capacity or max(lengths, default=DEFAULT_CAPACITY)
        return plan_memory(schedule, steps, by_rows, arena_ports, by_frames)
    except UnsupportedError:
        if all(graph.shape(port.tensor)[:1] != (None,) for port in graph.inputs):
            raise
        try:  # what needs a sequence whose length is open may still go along it step by step
            return _stream(lowered, capacity)
        except StreamError:
            pass
        raise


def _stream(lowered: Graph, capacity: int | None, hop: int | None = None, carry: bool = False) -> Program:
    return buffer_places(plan_memory(stream_schedule(streaming(lowered, hop, carry)), capacity or DEFAULT_CAPACITY))
