"""Passes from a Graph to a Program; the graph is checked after each."""

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
"""Steps to store if a model of open length must keep a whole sequence."""


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
        graph: the imported graph.
        capacity: longest sequence to store; by default the file's own length, and at least ``DEFAULT_CAPACITY`` if the
            file leaves a length open.
        stream: whether the model runs step by step, with frame buffers for its windows.
        hop: steps between the outputs of a stream, which are then the model's on its last steps; see ``streaming``.
        carry: whether states of cells go on from window to window.
        by_rows: as in :func:`gatesmith.passes.memory.plan_memory`; the C backend sets it.
        arena_ports, by_frames: as in :func:`gatesmith.passes.memory.plan_memory`.

    Raises:
        UnsupportedError: a layer needs a whole sequence of open length, or cannot stream.
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
        try:  # a model that needs a sequence of open length may still stream
            return _stream(lowered, capacity)
        except StreamError:
            pass
        raise


def _stream(lowered: Graph, capacity: int | None, hop: int | None = None, carry: bool = False) -> Program:
    return buffer_places(plan_memory(stream_schedule(streaming(lowered, hop, carry)), capacity or DEFAULT_CAPACITY))
