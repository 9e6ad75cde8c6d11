"""Time axes: the computations that can run step by step, and the lengths of sequences.

Two tensors share a time axis if a node walks them together. A time axis *streams* if the work on it is done in a loop
over steps. It is *bound* if the model fixes its length, because a node sees the sequence as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.graph import Graph, Node
from ..core.op import View


@dataclass(frozen=True)
class Axis:
    """A time axis that streams."""

    id: int
    name: str
    """The first input or node that has it."""
    length: int | None
    """The number of steps in the file; None if the file leaves it open."""
    bound: bool
    """True if there are always ``length`` steps, False if the caller gives their number."""


@dataclass(frozen=True)
class Axes:
    """The streaming axes, and the axis of each tensor that has one."""

    axes: tuple[Axis, ...]
    of: Mapping[int, Axis]


def is_view(node: Node) -> bool:
    """Whether a node reverses or repeats a sequence as a whole: a loop reads it without a copy."""
    return node.op.view in (View.REVERSED, View.REPEATED) and node.lead == 0


def find_axes(graph: Graph) -> Axes:
    """Group the first axes of all tensors, and find the groups that stream."""
    group = _Groups(len(graph.tensors))
    for node in graph.nodes:
        for ident in _walked(node)[1:]:
            group.join(_walked(node)[0], ident)
    members: dict[int, list[int]] = {}
    for tensor in graph.tensors:
        members.setdefault(group.find(tensor.id), []).append(tensor.id)
    streaming = {root for root, tensors in members.items() if _streams(graph, set(tensors))}
    axes: list[Axis] = []
    of: dict[int, Axis] = {}
    for root in sorted(streaming):
        tensors = members[root]
        lengths = {graph.shape(t)[0] for t in tensors if graph.shape(t)} - {None}
        first = min(tensors)
        axis = Axis(len(axes), graph.tensor(first).name, next(iter(lengths), None), _bound(graph, set(tensors)))
        axes.append(axis)
        of |= dict.fromkeys(tensors, axis)
    return Axes(tuple(axes), of)


def _walked(node: Node) -> tuple[int, ...]:
    """Tensors whose first axis the node walks together."""
    if node.lead >= 1:
        return node.inputs + node.outputs
    walk = node.op.walk
    # Earlier steps are available if they are carried; else an op with a kernel needs the whole sequence.
    if walk is None or not (walk.stepwise or (node.op.carry is not None and walk.stride == 1)):
        return ()
    return (*(node.inputs[k] for k in walk.inputs), *(node.outputs[k] for k in walk.outputs))


def _streams(graph: Graph, tensors: set[int]) -> bool:
    """Whether a group streams: if an op that carries states walks it, or if nothing on it needs the sequence as a
    whole. An unread input of open length streams too."""
    nodes = [node for node in graph.nodes if tensors.intersection(_walked(node))]
    unread = any(graph.shape(p.tensor)[:1] == (None,) and p.tensor in tensors for p in graph.inputs)
    if any(node.op.carry is not None and node.lead == 0 for node in nodes):
        return True
    ranks = [len(graph.shape(t)) for t in tensors]
    return bool(nodes or unread) and max(ranks, default=0) >= 2 and not _bound(graph, tensors)


def _bound(graph: Graph, tensors: set[int]) -> bool:
    """Whether a node sees, or creates, the sequence as a whole."""
    return any(
        (node.op.walk is not None and not node.op.walk.inputs and node.outputs[0] in tensors)
        or (tensors.intersection(node.inputs + node.outputs) and not tensors.intersection(_walked(node)))
        for node in graph.nodes
    )


class _Groups:
    """Disjoint sets."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self.find(one), self.find(other)))
        self.parent[other] = one
