"""The plan of a program's working memory, as people and reports read it: what lies where, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.graph import Port, count
from .memory import Program
from .packing import Item


@dataclass(frozen=True)
class Allocation:
    """Something in the arena.

    Args:
        layer: that makes it, or works with it; an input's own name.
        what: ``output``, ``input``, or ``scratch``.
        dtype: NumPy's name of its type.
        offset, bytes: where it lies, and how long it is.
        rows: how many it has, where they come and go one by one; 1 where it is one whole.
        kept: how many of them have a place at a time.
        first, last: the first and the last moment at which some of it is needed, of all moments.
        until: the last layer that reads it; empty of scratch.
    """

    layer: str
    what: str
    dtype: str
    offset: int
    bytes: int
    rows: int
    kept: int
    first: int
    last: int
    until: str


@dataclass(frozen=True)
class Memory:
    """A plan.

    Args:
        arena: bytes of the arena.
        states: bytes that last from step to step.
        inputs, outputs: bytes of a sample's, which the caller holds: of ports that do not lie in the arena.
        moments: of all work: a node's, or one for each of its rows.
        groups: layers that take turns, a row each.
        held: what lies in the arena, in the order in which it comes.
    """

    arena: int
    states: int
    inputs: int
    outputs: int
    moments: int
    groups: tuple[tuple[str, ...], ...]
    held: tuple[Allocation, ...]


def layout(program: Program) -> Memory:
    """The plan of a program that goes by rows."""
    graph, schedule = program.schedule.graph, program.schedule
    nodes = {node.name: node for stage in schedule.stages for node in stage.nodes}
    maker = {tensor: node.layer for node in nodes.values() for tensor in node.outputs}
    inputs = {port.tensor: port.name for port in graph.inputs}
    last: dict[int, str] = {}
    for node in nodes.values():
        last |= {schedule.access[tensor].tensor: node.layer for tensor in node.inputs}

    def one(item: Item) -> Allocation:
        places = 1 if len(item.at) == 1 else item.size // item.length
        if isinstance(item.what, str):
            layer, what, until = nodes[item.what].layer, "scratch", ""
            rows = places = 1
        else:
            layer = inputs.get(item.what) or maker[item.what]
            what, until, rows = ("input" if item.what in inputs else "output"), last.get(item.what, ""), len(item.at)
        return Allocation(layer, what, item.dtype, item.offset, item.size, rows, places, item.first, item.last, until)

    def bytes_outside(ports: Sequence[Port]) -> int:
        total = 0
        for tensor in (port.tensor for port in ports):
            if program.places[schedule.access[tensor].tensor].kind != "arena":
                shape, form = graph.shape(tensor), graph.tensor(tensor).format
                total += count([n or 1 for n in shape[1 if tensor in schedule.axes.of else 0 :]]) * form.size
        return total

    states = sum(s.size * s.format.size for n in nodes.values() if n.op.carry for s in n.op.carry.members)
    return Memory(
        program.bytes,
        states,
        bytes_outside(graph.inputs),
        bytes_outside(graph.outputs),
        max((item.last for item in program.items), default=0) + 1,
        tuple(tuple(dict.fromkeys(n.layer for n in g.nodes)) for groups in program.groups.values() for g in groups),
        tuple(sorted(map(one, program.items), key=lambda one: (one.first, one.offset))),
    )
