"""What ``step`` answers after each frame, computed for all frames at once."""

from __future__ import annotations

from dataclasses import replace

from ..core.errors import UnsupportedError
from ..core.graph import Graph
from .lower import lower
from .stream_facts import Streaming, ends
from .streaming import streaming


def each_step(graph: Graph, stream: bool = False) -> Graph | None:
    """The graph whose outputs are a model's answers after each frame, (frames, ...): what is computed of a cell's last
    output is computed of all. Tensors and nodes keep their numbers and names.

    Args:
        graph: in floats or integers.
        stream: as by ``--stream``: convolutions go along the frames, and poolings are of the frames so far.

    Returns:
        None if no output is of the frames so far: outputs are sequences already, the model needs its input as a whole,
        or it reads another one beside what a step brings.
    """
    try:
        found = streaming(lower(graph))
    except UnsupportedError:
        return None
    ops = {node.name: node.op for node in found.source.nodes}
    steps = stream or all(ops.get(node.name) is node.op for node in found.graph.nodes)
    if found.frame_buffers or not steps or len({found.clocks[t] for t in found.ending}) != 1:
        return None
    return _of_all_frames(found)


def _of_all_frames(found: Streaming) -> Graph | None:
    graph, whole, answers = found.graph, {node.name: node for node in found.source.nodes}, set[int]()
    tensors, readers = [*found.source.tensors, *graph.tensors[len(found.source.tensors) :]], graph.consumers()
    used = {port.tensor for port in graph.outputs}.union(tensor for tensor in readers if readers[tensor])
    nodes, made = [], tuple[int, ...]()
    for node in graph.nodes:
        one, made, (every, *finals) = whole[node.name] if node.name in found.windows else node, (), node.outputs
        if met := answers.intersection(node.inputs):
            one, made = replace(node, lead=node.lead + 1), node.outputs
        elif not node.lead and ends(node) and used.intersection(finals):  # these go along the frames: places change
            one, made = replace(node, outputs=(finals[0], every, *finals[1:])), (finals[0],)
            tensors[every] = replace(tensors[every], shape=tensors[finals[0]].shape)
        if (met and not answers.issuperset(node.inputs)) or (made and used.intersection(node.outputs).difference(made)):
            return None
        for tensor in made:
            shape = found.source.shape(found.ending[0])[0], *tensors[tensor].shape
            tensors[tensor] = replace(tensors[tensor], shape=shape)
        answers.update(made)
        nodes.append(one)
    if answers.isdisjoint(port.tensor for port in graph.outputs):
        return None
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes)).check()
