"""The schedule of a causal stream: one loop, whose turns are steps, and the work on the last step."""

from __future__ import annotations

from dataclasses import replace

from ..core.op import View
from .axes import Axes, Axis
from .lower import root
from .memory import Program
from .places import Place
from .schedule import Access, Schedule, Stage
from .stream_facts import Streaming


def stream_schedule(stream: Streaming) -> Schedule:
    """The schedule of a stream's graph: the nodes on the time axis in one loop, the others after it."""
    graph = stream.graph
    port = next(port for port in graph.inputs if port.tensor in stream.clocks)
    length = stream.source.shape(port.tensor)[0]
    axis = Axis(0, graph.tensor(port.tensor).name, length, bound=False)
    axes = Axes((axis,), dict.fromkeys(stream.clocks, axis))
    producer = graph.producer()
    access = {tensor.id: Access(root(producer, tensor.id), 1) for tensor in graph.tensors}
    nodes = [node for node in graph.nodes if node.op.view is not View.SAME]
    loop = tuple(node for node in nodes if any(t in stream.clocks for t in node.inputs))
    once = tuple(node for node in nodes if node not in loop)
    stages = [Stage(0, axis, loop)]
    if once:
        stages.append(Stage(1, None, once))
    stage_of = {node.name: stage.index for stage in stages for node in stage.nodes}
    return Schedule(graph, axes, tuple(stages), access, stage_of, stream)


def buffer_places(program: Program) -> Program:
    """The program with places for the wholes that consist of buffered frames; each is a state of its own."""
    stream = program.schedule.stream
    assert stream is not None
    places = dict(program.places)
    for number, buffer in enumerate(stream.frame_buffers):
        tensor = stream.graph.tensor(buffer.whole)
        places[buffer.whole] = Place("frames", number, tensor.name, 0, tensor.size, tensor.format.dtype)
    return replace(program, places=places)
