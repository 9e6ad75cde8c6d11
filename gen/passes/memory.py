"""Where every value lives: inputs, outputs, a layer's state, or the arena, whose places are reused.

A value that is made and read inside one loop needs one frame; one that is read by another stage is kept whole. Two
values share a place when they are never needed at the same time (greedy, largest first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..errors import UnsupportedError
from ..graph import LIMIT, Node, count, known
from ..layers.recurrent import Recurrent
from .axes import Axis
from .schedule import Schedule, Stage


@dataclass(frozen=True)
class Place:
    """Where a tensor's first value lies."""

    kind: str
    """``input`` | ``output`` (``index`` counts ports) | ``state`` (``name``) | ``arena`` (``index`` is the offset)."""
    index: int = 0
    name: str = ""
    frame: int = 0
    """Values from one time step to the next; 0 where one frame, or a tensor without time, is all there is."""
    size: int = 0
    """Values of one frame, or of the whole where there is no time."""
    dtype: str = "float32"


@dataclass(frozen=True)
class Program:
    """A graph with its schedule and its memory: what a backend spells."""

    schedule: Schedule
    places: Mapping[int, Place]
    arenas: Mapping[str, int]
    """Values in the arena of each type that has one."""
    capacity: int
    """Longest sequence that unbound axes may have where ``buffered``."""
    buffered: frozenset[int]
    """Unbound axes (by id) whose sequences are kept whole somewhere in the arena."""
    scratch: Mapping[str, Place]
    """Where the scratch of ops that ask for some lies, by node."""

    @property
    def arena(self) -> int:
        """Values in all arenas."""
        return sum(self.arenas.values())


def plan_memory(schedule: Schedule, capacity: int) -> Program:
    """Give every stored tensor a place.

    Args:
        schedule: of a lowered graph.
        capacity: steps to provide for where a whole sequence of open length must be kept.

    Raises:
        UnsupportedError: work on a whole sequence whose length is open, or more memory than can be indexed.
    """
    return _Planner(schedule, capacity).run()


@dataclass
class _Span:
    tensor: int
    size: int
    first: int
    last: int
    dtype: str
    scratch: str = ""
    offset: int = 0


class _Planner:
    def __init__(self, schedule: Schedule, capacity: int) -> None:
        self.schedule = schedule
        self.graph = schedule.graph
        self.capacity = capacity
        self.axis = schedule.axes.of
        self.producer = self.graph.producer()
        self.outputs = {schedule.access[p.tensor].tensor: i for i, p in enumerate(self.graph.outputs)}
        self.time: dict[str, int] = {}
        self.window: dict[int, tuple[int, int]] = {}
        clock = 0
        for stage in schedule.stages:
            start = clock
            for node in stage.nodes:
                self.time[node.name] = clock
                clock += 1
            self.window[stage.index] = (start, clock - 1)

    def run(self) -> Program:
        places: dict[int, Place] = {}
        for index, port in enumerate(self.graph.inputs):
            places[port.tensor] = self._place(port.tensor, "input", index, frame=self._frame(port.tensor))
        spans: list[_Span] = []
        buffered: set[int] = set()
        for stage in self.schedule.stages:
            for node in stage.nodes:
                for position, tensor in enumerate(node.outputs):
                    if tensor in self.outputs:
                        frame = self._frame(tensor)
                        places[tensor] = self._place(tensor, "output", self.outputs[tensor], frame=frame)
                    elif self._in_state(node) and position > 0:
                        places[tensor] = self._place(tensor, "state", name=state_field(node, position))
                    else:
                        span, whole = self._span(tensor, stage)
                        spans.append(span)
                        axis = self.axis.get(tensor)
                        if whole and axis is not None and not axis.bound:
                            buffered.add(axis.id)
                        frame = self._frame(tensor) if whole else 0
                        places[tensor] = self._place(tensor, "arena", frame=frame)
                if node.op.scratch:
                    moment = self.time[node.name]
                    kind = node.op.scratch_format.dtype
                    spans.append(_Span(-1, node.op.scratch, moment, moment, kind, scratch=node.name))
        arenas = {kind: _pack([s for s in spans if s.dtype == kind]) for kind in sorted({s.dtype for s in spans})}
        for span in spans:
            if not span.scratch:
                places[span.tensor] = replace(places[span.tensor], index=span.offset)
        if sum(arenas.values()) > LIMIT:
            needed = sum(arenas.values())
            raise UnsupportedError(f"the model needs {needed} values of working memory, more than can be indexed")
        scratch = {
            span.scratch: Place("arena", span.offset, size=span.size, dtype=span.dtype)
            for span in spans
            if span.scratch
        }
        return Program(self.schedule, places, arenas, self.capacity, frozenset(buffered), scratch)

    def _place(self, tensor: int, kind: str, index: int = 0, name: str = "", frame: int = 0) -> Place:
        return Place(kind, index, name, frame, self._size(tensor), self.graph.tensor(tensor).format.dtype)

    def _in_state(self, node: Node) -> bool:
        return isinstance(node.op, Recurrent) and node.lead == 0

    def _frame(self, tensor: int) -> int:
        """Values from step to step; 0 for tensors without a streaming axis."""
        return self._size(tensor) if tensor in self.axis else 0

    def _size(self, tensor: int) -> int:
        shape = self.graph.shape(tensor)
        shape = shape[1:] if tensor in self.axis else shape
        if not known(shape):
            raise UnsupportedError(
                f'"{self.graph.tensor(tensor).name}" has shape {shape}, whose length is not fixed',
                why="a layer needs the whole sequence at once",
                fix="fix the length in the model's Input, or give input data: its length is used",
            )
        return count(shape)

    def _readers(self, tensor: int) -> Iterator[tuple[Node, int]]:
        for alias, access in self.schedule.access.items():
            if access.tensor == tensor:
                for reader in self.schedule.graph.nodes:
                    if alias in reader.inputs and reader.name in self.time:
                        yield reader, access.stride

    def _span(self, tensor: int, stage: Stage) -> tuple[_Span, bool]:
        """When the tensor is needed, and whether whole."""
        maker = self.time[self.producer[tensor].name]
        first = last = maker
        whole = False
        for reader, stride in self._readers(tensor):
            there = self.schedule.stage_of[reader.name]
            if there == stage.index and not (stage.axis and stride != 1):
                last = max(last, self.time[reader.name])
            else:
                whole = True
                looped = self.schedule.stages[there].axis is not None
                last = max(last, self.window[there][1] if looped else self.time[reader.name])
        if whole and stage.axis is not None:
            first = self.window[stage.index][0]
        axis = self.axis.get(tensor)
        steps = self._steps(axis) if whole and axis is not None else 1
        return _Span(tensor, self._size(tensor) * steps, first, last, self.graph.tensor(tensor).format.dtype), whole

    def _steps(self, axis: Axis) -> int:
        return axis.length if axis.bound and axis.length is not None else self.capacity


def state_field(node: Node, position: int) -> str:
    """The member of the state struct that holds output ``position`` of a cell: the last output, then the states."""
    assert isinstance(node.op, Recurrent)
    if position == 1:
        return "y" if node.op.keeps_output else node.op.states[0]
    return node.op.states[position - 2]


def _pack(spans: list[_Span]) -> int:
    """Offsets for all spans, so that spans needed at the same time do not overlap. Returns the values in all."""
    placed: list[_Span] = []
    for span in sorted(spans, key=lambda s: (-s.size, s.first, s.tensor)):
        busy = sorted((p.offset, p.offset + p.size) for p in placed if p.first <= span.last and span.first <= p.last)
        offset = 0
        for start, end in busy:
            if offset + span.size <= start:
                break
            offset = max(offset, end)
        span.offset = offset
        placed.append(span)
    return max((span.offset + span.size for span in spans), default=0)
