"""Ops that are computed row by row, and groups of them that take turns, so that only a few rows of most tensors between
them are stored.

A group runs in ticks. Its node i computes row j at tick ``delay_i + j every_i``: at the rate at which its rows are
read, and as soon as its inputs are ready. Within a tick, nodes take their turns in order. Nothing is computed twice.
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
"""One row of each input gives one row of the output."""


@dataclass(frozen=True)
class RowTurn:
    """The turns of a group's node: ``turns`` of them, the first at tick ``delay``, then every ``every`` ticks.

    Args:
        op: the node's, or the same by rows of a single frame, so that a window's frames need not be adjacent.
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
    """Neighbouring nodes of a stage that take turns."""

    turns: tuple[RowTurn, ...]

    @property
    def ticks(self) -> int:
        return max(turn.last for turn in self.turns) + 1

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(turn.node for turn in self.turns)


@dataclass(frozen=True)
class NodeMoments:
    """A node and the moments at which it works: one for each row that it writes (or reads, if it folds), else only one.

    Args:
        op: the op as it is computed.
        walk: its movement along rows; None if it sees all rows at once.
    """

    node: Node
    op: Op
    at: Array
    walk: RowWalk | None

    def read(self, rows: int) -> Array:
        """The last moment at which each of an input's ``rows`` is needed; -1 for unneeded rows."""
        if self.walk is None or rows == 1:
            return np.full(rows, self.at[-1])
        if self.walk.folds:
            return np.concatenate([self.at, np.full(rows - len(self.at), -1)])
        by = np.clip((np.arange(rows) + self.walk.left) // self.walk.stride, 0, len(self.at) - 1)
        return self.at[by]

    def written(self, rows: int) -> tuple[Array, Array]:
        """The moments from which each of an output's ``rows`` holds a value, and at which it is complete."""
        if self.walk is None or rows == 1:
            return np.full(rows, self.at[0]), np.full(rows, self.at[-1])
        return self.at, self.at


class Rows:
    """The work of a program outside loops that can be done row by row.

    Args:
        streaming: tensors with a time axis that the caller or loops fill: their rows are steps and are excluded.
        by_frames: whether windows along one axis may be computed frame by frame.
    """

    def __init__(self, graph: Graph, access: Mapping[int, Access], streaming: Set[int], by_frames: bool = True) -> None:
        self.graph = graph
        self.access = access
        self.streaming = streaming
        self.by_frames = by_frames

    def rows(self, tensor: int) -> int:
        """Rows of a stored tensor; 1 if it has none, or is always used as a whole."""
        shape = self.graph.shape(tensor)
        if tensor in self.streaming or len(shape) < 2 or not known(shape):
            return 1
        return shape[0] or 1

    def walk(self, node: Node) -> RowWalk | None:
        """The movement of a node along the first axis of its inputs; None if it sees all rows at once."""
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
        """The number of turns of a node that works by rows."""
        return walk.kernel if walk.folds else self.rows(node.outputs[0])

    def group(self, nodes: Sequence[Node]) -> Group | None:
        """The group of these nodes; None if they cannot take turns."""
        every: dict[int, int] = {}
        ready: dict[int, int] = {}
        makers: dict[int, Node] = {}
        turns: list[RowTurn] = []
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
            turns.append(RowTurn(node, op, walk, count_, period, delay))
        return _slowest(turns)

    def work(self, group: Group, start: int) -> list[NodeMoments]:
        """The moments of a group that begins at ``start``."""
        count = len(group.turns)
        return [
            NodeMoments(
                turn.node, turn.op, start + (turn.delay + turn.every * np.arange(turn.turns)) * count + place, turn.walk
            )
            for place, turn in enumerate(group.turns)
        ]

    def alone(self, node: Node, start: int) -> NodeMoments:
        """The moments of a node outside groups."""
        walk = self.walk(node)
        if walk is None or walk.folds:
            return NodeMoments(node, node.op, np.array([start]), None)
        return NodeMoments(node, node.op, start + np.arange(self.turns(node, walk)), walk)

    def bytes(self, tensor: int) -> int:
        """Bytes of a stored tensor; of one step, if their number is open."""
        return count([n or 1 for n in self.graph.shape(tensor)]) * self.graph.tensor(tensor).format.size

    def row_bytes(self, tensor: int) -> int:
        """Bytes of a row of a stored tensor."""
        return self.bytes(tensor) // self.rows(tensor)


def _slowest(turns: Sequence[RowTurn]) -> Group:
    """The group with its ticks divided by their common divisor."""
    step = gcd(*(number for turn in turns for number in (turn.every, turn.delay)))
    return Group(tuple(replace(turn, every=turn.every // step, delay=turn.delay // step) for turn in turns))


def ring(born: Array, dead: Array) -> int:
    """The least n such that row j + n may take the place of row j: the rows of a ring buffer."""
    rows = len(born)
    return next(n for n in range(1, rows + 1) if bool((born[n:] > dead[: rows - n]).all()))


def last_row(walk: RowWalk, turns: int, rows: int) -> Array:
    """The last row of an input that each turn needs."""
    if walk.folds:
        return np.arange(turns)
    last = np.arange(turns) * walk.stride + (walk.kernel - 1) * walk.dilation - walk.left
    return last.clip(0, rows - 1)
