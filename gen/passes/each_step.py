"""The outputs of ``step`` after each frame, computed for all frames at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..core.errors import UnsupportedError
from ..core.graph import Graph, Node
from ..layers.repeat import Repeat
from .lower import lower
from .stream_facts import Streaming, ends
from .streaming import streaming


def each_step(graph: Graph, stream: bool = False) -> Graph | None:
    """The graph whose outputs are a model's outputs after each frame, (frames, ...): nodes that read a cell's last
    output read all its outputs instead. Tensors and nodes keep their numbers and names.

    Args:
        graph: in floats or integers.
        stream: as with ``--stream``: convolutions move along the frames, and poolings cover the frames so far.

    Returns:
        None if no output depends on the frames so far: outputs are sequences already, the model needs its input as a
        whole, or it reads states other than the last output.
    """
    try:
        stream_graph = streaming(lower(graph))
    except UnsupportedError:
        return None
    ops = {node.name: node.op for node in stream_graph.source.nodes}
    steps = stream or all(ops.get(node.name) is node.op for node in stream_graph.graph.nodes)
    if stream_graph.frame_buffers or not steps or len({stream_graph.clocks[t] for t in stream_graph.ending}) != 1:
        return None
    return _of_all_frames(stream_graph)


def _of_all_frames(stream: Streaming) -> Graph | None:
    graph, originals, answers = stream.graph, {node.name: node for node in stream.source.nodes}, set[int]()
    tensors, readers = [*stream.source.tensors, *graph.tensors[len(stream.source.tensors) :]], graph.consumers()
    used = {port.tensor for port in graph.outputs}.union(tensor for tensor in readers if readers[tensor])
    frames = stream.source.shape(stream.ending[0])[0]
    nodes: list[Node] = []
    repeated: dict[int, int] = {}

    def once_a_frame(tensor: int, layer: str) -> int:
        """An output of each frame; a tensor that is the same in all frames is repeated."""
        if tensor in answers:
            return tensor
        if tensor not in repeated:
            repeated[tensor] = ident = len(tensors)
            still = tensors[tensor]
            name = f"{still.name}_each_{ident}"
            tensors.append(replace(still, id=ident, name=name, shape=(frames, *still.shape)))
            nodes.append(Node(name, layer, Repeat(frames), (tensor,), (ident,)))
        return repeated[tensor]

    for node in graph.nodes:
        sequence, final, stepped = node.outputs[0], _final_in_use(node, used), tuple[int, ...]()
        if answers.intersection(node.inputs):
            inputs, stepped = tuple(once_a_frame(tensor, node.layer) for tensor in node.inputs), node.outputs
            nodes.append(replace(node, inputs=inputs, lead=node.lead + 1))
        elif final is not None:  # it becomes the sequence: swap it with the cell's own
            swapped, stepped = {sequence: final, final: sequence}, (final,)
            nodes.append(replace(node, outputs=tuple(swapped.get(tensor, tensor) for tensor in node.outputs)))
            tensors[sequence] = replace(tensors[sequence], shape=tensors[final].shape)
        else:
            nodes.append(originals[node.name] if node.name in stream.windows else node)
        if stepped and used.intersection(node.outputs).difference(stepped):
            return None
        for tensor in stepped:
            tensors[tensor] = replace(tensors[tensor], shape=(frames, *tensors[tensor].shape))
        answers.update(stepped)
    if answers.isdisjoint(port.tensor for port in graph.outputs):
        return None
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes)).check()


def _final_in_use(node: Node, used: Collection[int]) -> int | None:
    """The last output of a cell, or the equal state, if a node reads it."""
    carry = node.op.carry
    if node.lead or carry is None or not ends(node):
        return None
    same = (tensor for tensor, state in zip(node.outputs[1:], carry.finals, strict=False) if state == carry.finals[0])
    return next((tensor for tensor in same if tensor in used), None)
