"""Which ops are computed a row at a time, and groups of them that take turns, so that of most tensors between them only
the few rows that are still to be read are kept.

A group runs in ticks. Its node i makes row j at tick ``delay_i + j every_i``: as often as its rows are read, and as
soon as its inputs are there. Within a tick nodes have their turns in order. Nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import gcd

import numpy as np

from ..core.formats import Array
from ..core.graph import Graph, Node, count, known
from ..core.op import Op, RowWalk
from .schedule import Access

PLAIN = RowWalk()
"""A row of each input makes a row of the output."""


@dataclass(frozen=True)
class Turn:
    """When a node of a group works: ``turns`` times, first at tick ``delay`` and then every ``every`` ticks.

    Args:
        op: the node's, or the same on rows of a single frame, so that a window's frames need not lie side by side.
    """

    node: Node
    op: Op
    walk: RowWalk
    turns: int
    every: int
    delay: int

    @property
    def last(self) -> int:
        """The tick of its last turn."""
        return self.delay + (self.turns - 1) * self.every


@dataclass(frozen=True)
class Group:
    """Nodes of a stage, next to each other, that take turns."""

    turns: tuple[Turn, ...]

    @property
    def ticks(self) -> int:
        return max(turn.last for turn in self.turns) + 1

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(turn.node for turn in self.turns)


@dataclass(frozen=True)
class Work:
    """A node and the moments at which it works: one for each row that it makes (or takes, if it folds), else one.

    Args:
        op: as it is computed.
        walk: how it goes along rows; None where it sees everything at once.
    """

    node: Node
    op: Op
    at: Array
    walk: RowWalk | None

    def read(self, rows: int) -> Array:
        """The last moment at which each of so many rows of an input is needed; -1 of those that are not."""
        if self.walk is None or rows == 1:
            return np.full(rows, self.at[-1])
        if self.walk.folds:
            return np.concatenate([self.at, np.full(rows - len(self.at), -1)])
        by = np.clip((np.arange(rows) + self.walk.left) // self.walk.stride, 0, len(self.at) - 1)
        moments: Array = self.at[by]
        return moments

    def written(self, rows: int) -> tuple[Array, Array]:
        """From when on each of so many rows of an output holds a value, and when it is whole."""
        if self.walk is None or rows == 1:
            return np.full(rows, self.at[0]), np.full(rows, self.at[-1])
        return self.at, self.at


class Rows:
    """What of a program's stages outside loops can be done row by row.

    Args:
        streaming: tensors with a time axis that the caller or loops fill: their rows are steps, and another matter.
        by_frames: whether windows along one axis may go frame by frame.
    """

    def __init__(self, graph: Graph, access: Mapping[int, Access], streaming: Set[int], by_frames: bool = True) -> None:
        self.graph = graph
        self.access = access
        self.streaming = streaming
        self.by_frames = by_frames

    def rows(self, tensor: int) -> int:
        """Rows of a stored tensor: 1 where it has none, or is one whole to whoever touches it."""
        shape = self.graph.shape(tensor)
        if tensor in self.streaming or len(shape) < 2 or not known(shape):
            return 1
        return shape[0] or 1

    def walk(self, node: Node) -> RowWalk | None:
        """How a node goes along the first axis of what it reads; None where it sees all at once."""
        tensors = [*node.inputs, *node.outputs]
        if node.op.carry is not None or len(node.outputs) != 1 or any(t in self.streaming for t in tensors):
            return None
        for tensor in node.inputs:
            access = self.access[tensor]
            if access.stride != 1 or access.tensor in self.streaming or self.graph.shape(tensor)[:1] == ():
                return None
            if self.rows(access.tensor) != self.graph.shape(tensor)[0]:
                return None
        if node.lead:
            return PLAIN if self.rows(node.outputs[0]) > 1 else None
        return node.op.row_walk(*(self.graph.core(node, t) for t in node.inputs))

    def turns(self, node: Node, walk: RowWalk) -> int:
        """How often a node that goes by rows works."""
        return walk.kernel if walk.folds else self.rows(node.outputs[0])

    def group(self, nodes: Sequence[Node]) -> Group | None:
        """The nodes taking turns; None where they cannot."""
        every: dict[int, int] = {}
        ready: dict[int, int] = {}
        makers: dict[int, Node] = {}
        turns: list[Turn] = []
        for node in nodes:
            walk, op = self.walk(node), node.op
            if walk is not None and walk.call == "frames" and op.by_rows is not None and self.by_frames:
                walk, op = replace(walk, call="pointers"), op.by_rows
            if walk is None or (node.lead == 0 and walk.call not in ("pointers", "fold")):
                return None
            count_ = self.turns(node, walk)
            read = [self.access[t].tensor for t in node.inputs]
            inside = [t for t in read if t in makers]
            rates = {every[t] for t in inside} | {every[t] for t in read if t in every}
            if len(rates) > 1:
                return None
            rate = rates.pop() if rates else 1
            every |= dict.fromkeys(read, rate)
            period = rate * (1 if walk.folds else walk.stride)
            delay = 0
            for tensor in inside:
                needed = last_row(walk, count_, self.rows(tensor))
                late = needed * rate + ready[tensor] - period * np.arange(count_)
                delay = max(delay, int(late.max()))
            (out,) = node.outputs
            if not walk.folds:
                every[out], ready[out], makers[out] = period, delay, node
            elif any(self.access[t].tensor == out for other in nodes for t in other.inputs):
                return None
            turns.append(Turn(node, op, walk, count_, period, delay))
        return _slowest(turns)

    def work(self, group: Group, start: int) -> list[Work]:
        """The moments of a group that begins at one."""
        count = len(group.turns)
        return [
            Work(
                turn.node, turn.op, start + (turn.delay + turn.every * np.arange(turn.turns)) * count + place, turn.walk
            )
            for place, turn in enumerate(group.turns)
        ]

    def alone(self, node: Node, start: int) -> Work:
        """The moments of a node that has its stage to itself."""
        walk = self.walk(node)
        if walk is None or walk.folds:
            return Work(node, node.op, np.array([start]), None)
        return Work(node, node.op, start + np.arange(self.turns(node, walk)), walk)

    def bytes(self, tensor: int) -> int:
        """Bytes of a stored tensor; of one step, where nobody says how many there are."""
        return count([n or 1 for n in self.graph.shape(tensor)]) * self.graph.tensor(tensor).format.size

    def row_bytes(self, tensor: int) -> int:
        """Bytes of a row of a stored tensor."""
        return self.bytes(tensor) // self.rows(tensor)


def _slowest(turns: Sequence[Turn]) -> Group:
    """The group in as few ticks as its turns need."""
    step = gcd(*(number for turn in turns for number in (turn.every, turn.delay)))
    return Group(tuple(replace(turn, every=turn.every // step, delay=turn.delay // step) for turn in turns))


def ring(born: Array, dead: Array) -> int:
    """How many rows of a tensor are to be kept, if row j lies where row j + n will."""
    rows = len(born)
    return next(n for n in range(1, rows + 1) if bool((born[n:] > dead[: rows - n]).all()))


def last_row(walk: RowWalk, turns: int, rows: int) -> Array:
    """The last row of an input that each turn needs."""
    if walk.folds:
        return np.arange(turns)
    last = np.arange(turns) * walk.stride + (walk.kernel - 1) * walk.dilation - walk.left
    rows_needed: Array = last.clip(0, rows - 1)
    return rows_needed
