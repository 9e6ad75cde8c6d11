"""Groups of nodes that take turns: as few nodes as bring the peak memory below a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from ..core.formats import Array
from ..core.graph import Graph, Node
from .packing import Item, peak
from .rows import Group, NodeMoments, Rows, last_row, ring

LONGEST = 40
"""Most nodes of a group."""
AFTER_ALL = 1 << 40
"""A moment after all others."""

Segments = tuple["Segment", ...]


@dataclass(frozen=True)
class Segment:
    """Neighbouring nodes of a stage: one, or a group; and their peak bytes, which include other tensors that are live
    meanwhile."""

    nodes: tuple[Node, ...]
    group: Group | None
    bytes: int


@dataclass(frozen=True)
class Lifetime:
    """The first and last use of a stored tensor in a stage: positions among its nodes.

    Args:
        written: position of the writer; -1 if the tensor exists before the first node.
        read: position of the last reader; the number of nodes if a later stage reads the tensor.
    """

    written: int
    read: int


class Grouping:
    """The possible divisions of a stage outside loops into segments.

    Args:
        lifetimes: of the arena's tensors that its nodes use, or that are live before it and after it.
    """

    def __init__(self, rows: Rows, nodes: Sequence[Node], lifetimes: Mapping[int, Lifetime]) -> None:
        self.rows = rows
        self.graph: Graph = rows.graph
        self.nodes = tuple(nodes)
        self.lifetimes = lifetimes
        self.segments: dict[tuple[int, int], Segment | None] = {}
        self.able = [rows.walk(node) is not None for node in nodes]

    def ways(self) -> Iterator[Segments]:
        """Divisions with ever lower peak bytes, from the one without groups to the one with the lowest peak."""
        most = max(self._segment(k, k + 1).bytes for k in range(len(self.nodes)))  # type: ignore[union-attr]
        if not any(self.able):
            yield self._divide(most)
            return
        least = int(self._least())
        for bound in sorted({most, *(least + (most - least) * k // 4 for k in range(4))}, reverse=True):
            yield self._divide(bound)

    def _least(self) -> float:
        """The lowest peak bytes of all divisions."""
        return self._best(lambda cost, _: cost, lambda cost, segment: max(cost, segment.bytes))[0]

    def _divide(self, bound: int) -> Segments:
        """The division within a bound that groups the fewest nodes."""

        def grouped(cost: float, count: int) -> float:
            return cost + (count if count > 1 else 0)

        return self._best(grouped, lambda cost, one: grouped(cost, len(one.nodes)) if one.bytes <= bound else inf)[1]

    def _best(
        self, least: Callable[[float, int], float], cost: Callable[[float, Segment], float]
    ) -> tuple[float, Segments]:
        """The division with the least cost.

        Args:
            least: the least cost of a division that ends with a segment of some nodes, from the cost before it.
            cost: the same for a known segment.
        """
        best: list[tuple[float, Segments]] = [(0, ())]
        for end in range(1, len(self.nodes) + 1):
            option: tuple[float, Segments] = (inf, ())
            for start in range(end - 1, -1, -1):
                if end - start > LONGEST or (end - start > 1 and not self.able[start]):
                    break
                before, segments = best[start]
                if least(before, end - start) >= option[0]:
                    continue  # no segment that starts here can be better
                segment = self._segment(start, end)
                if segment is not None and (total := cost(before, segment)) < option[0]:
                    option = total, (*segments, segment)
            best.append(option)
        return best[-1]

    def _segment(self, start: int, end: int) -> Segment | None:
        if (start, end) not in self.segments:
            self.segments[start, end] = self._measured(start, end)
        return self.segments[start, end]

    def _measured(self, start: int, end: int) -> Segment | None:
        nodes = self.nodes[start:end]
        if len(nodes) == 1:
            return Segment(nodes, None, self._bytes([self.rows.alone(nodes[0], 0)], start, end))
        if not all(self.able[start:end]):
            return None
        early = self.rows.group(nodes)
        if early is None:
            return None
        segments = [
            Segment(nodes, group, self._bytes(self.rows.work(group, 0), start, end))
            for group in dict.fromkeys((early, delayed(self.rows, early)))
        ]
        return min(segments, key=lambda segment: segment.bytes)

    def _bytes(self, work: Sequence[NodeMoments], start: int, end: int) -> int:
        touched = {self.rows.access[t].tensor for w in work for t in (*w.node.inputs, *w.node.outputs)}
        items, across = [], 0
        for tensor, lifetime in self.lifetimes.items():
            before, later = lifetime.written < start, lifetime.read >= end
            if tensor in touched:
                items.append(self._item(tensor, work, before, later))
            elif before and later:
                across += self.rows.bytes(tensor)
        items += [item for w in work for item in scratch(self.rows, w)]
        return across + peak(items)

    def _item(self, tensor: int, work: Sequence[NodeMoments], before: bool, later: bool) -> Item:
        born, dead = row_lifetimes(self.rows, tensor, work)
        if before:
            born = np.full_like(born, -1)
        if later:
            dead = np.full_like(dead, AFTER_ALL)
        dead = np.maximum(born, dead)
        length = self.rows.row_bytes(tensor)
        if len(work) > 1 and not before and not later:
            rows = ring(born, dead)
            if 1 < rows < len(born):
                length, born, dead = length * rows, born[:1], dead.max(keepdims=True)
        return Item(tensor, "", length * len(born), length, np.zeros_like(born), born, dead)


def row_lifetimes(rows: Rows, tensor: int, work: Sequence[NodeMoments]) -> tuple[Array, Array]:
    """The first and last moment at which these nodes need each row of a stored tensor; -1 for rows that they do not
    need."""
    length = rows.rows(tensor)
    born, dead = np.full(length, -1), np.full(length, -1)
    for each in work:
        if tensor in each.node.outputs:
            born, complete = each.written(length)
            dead = np.maximum(dead, complete)
        if any(rows.access[t].tensor == tensor for t in each.node.inputs):
            dead = np.maximum(dead, each.read(length))
    return born, dead


def scratch(rows: Rows, work: NodeMoments) -> Iterator[Item]:
    """Scratch of a node besides its tensors: needed while it works on a row or, for the sums of a fold, from its first
    to its last turn."""
    at, once = work.at, np.zeros_like(work.at)
    for request in work.op.scratch:
        size = request.size * request.format.size
        yield Item(work.node.name, request.format.dtype, size, size, once, at, at)
    if work.walk is not None and work.walk.folds and work.walk.sums is not None:
        size = rows.graph.tensor(work.node.outputs[0]).size * work.walk.sums.size
        ends = np.array([at[0]]), np.array([at[-1]])
        yield Item(work.node.name, work.walk.sums.dtype, size, size, np.zeros(1, np.int64), *ends)


def delayed(rows: Rows, group: Group) -> Group:
    """The same group with each node as late as its readers allow."""
    delays = {turn.node.name: turn.delay for turn in group.turns}
    turns = {turn.node.name: turn for turn in group.turns}
    for turn in reversed(group.turns):
        if turn.walk.folds:
            continue
        out, latest = turn.node.outputs[0], []
        for reader in group.turns:
            if any(rows.access[t].tensor == out for t in reader.node.inputs):
                needed = last_row(reader.walk, reader.turns, turn.turns)
                when = delays[reader.node.name] + reader.every * np.arange(reader.turns)
                latest.append(int((when - needed * turn.every).min()))
        if latest:
            delays[turn.node.name] = min(latest)
    return Group(tuple(replace(turns[name], delay=delay) for name, delay in delays.items()))
