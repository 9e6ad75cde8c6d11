"""Memory for every value: inputs, outputs, a layer's state, or the arena, whose places are reused.

A value that is written and read within one loop needs one frame; a value that another stage reads is stored whole. Two
values share a place if they are never live at the same time. A backend that works by rows has one arena of bytes for
all types, in which rows are allocated one by one (:mod:`.rows`, :mod:`.packing`). Others have one arena of values per
type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.errors import UnsupportedError
from ..core.formats import Array, Format
from ..core.graph import LIMIT, Graph, Node, Op, Shape, count, known
from .axes import Axis
from .grouping import Grouping, Lifetime, Segments, row_lifetimes, scratch
from .moments import Timeline
from .packing import ALIGN, Item, pack
from .places import NONE, ArenaPorts, Place
from .rows import Group, Rows, ring
from .schedule import Schedule, Stage


@dataclass(frozen=True)
class Program:
    """A graph with its schedule and its memory: the input of a backend."""

    schedule: Schedule
    places: Mapping[int, Place]
    arenas: Mapping[str, int]
    """Values in the arena of each type that has one; by rows, all types share the same bytes."""
    capacity: int
    """Longest sequence of the unbound axes in ``buffered``."""
    buffered: frozenset[int]
    """Unbound axes (by id) with sequences that are stored whole in the arena."""
    scratch: Mapping[str, tuple[Place, ...]]
    """Places of the scratch of ops, by node, in the op's order; sums of a fold follow."""
    groups: Mapping[int, tuple[Group, ...]]
    """Groups of nodes that take turns, by stage."""
    items: tuple[Item, ...] = ()
    """The contents of the arena with their lifetimes."""
    bytes: int = 0
    """Bytes of the arena, or of all arenas if each type has one."""
    united: bool = False
    """Whether all types share one arena."""

    @property
    def turned(self) -> Mapping[str, Op]:
        """Ops in turns that differ from their node's op: the same by rows of a single frame."""
        turns = [turn for groups in self.groups.values() for group in groups for turn in group.turns]
        return {turn.node.name: turn.op for turn in turns if turn.op is not turn.node.op}


def _open(graph: Graph, tensor: int, shape: Shape) -> UnsupportedError:
    return UnsupportedError(
        f'"{graph.tensor(tensor).name}" has shape {shape}, whose length is not fixed',
        why="a layer needs the whole sequence at once",
        fix="fix the length by --length STEPS, or give input data: its length is used",
    )


def _refuse_open_sequences(schedule: Schedule) -> None:
    """Refuse an open sequence that is an input of work outside loops."""
    for node in (node for stage in schedule.stages if stage.axis is None for node in stage.nodes):
        for tensor in node.inputs if node.op.carry is None else ():
            if not known(shape := schedule.graph.core(node, tensor)):
                raise _open(schedule.graph, tensor, shape)


def plan_memory(
    schedule: Schedule,
    capacity: int,
    by_rows: bool = False,
    arena_ports: ArenaPorts = NONE,
    by_frames: bool = True,
) -> Program:
    """Give every stored tensor a place.

    Args:
        schedule: the schedule of a lowered graph.
        capacity: steps to store of a whole sequence of open length.
        by_rows: whether the backend's functions compute rows in order, and single rows if ops say so. Then there is one
            arena of bytes, in which an output may overwrite its input.
        arena_ports: by rows only: inputs that may be overwritten, outputs that stay until the next call.
        by_frames: by rows only: whether windows along one axis may be computed frame by frame, for less memory. Kernels
            that compute many frames at once are then not called.

    Raises:
        UnsupportedError: work on a whole sequence of open length, or more memory than can be indexed.
    """
    _refuse_open_sequences(schedule)
    if not by_rows:
        return _Planner(schedule, capacity).simple()
    best, *others = candidates(schedule, capacity, arena_ports, by_frames)
    for program in others:
        if program.bytes < best.bytes * (1 - WORTH):
            best = program
    return best


def candidates(
    schedule: Schedule, capacity: int, arena_ports: ArenaPorts = NONE, by_frames: bool = True
) -> Iterator[Program]:
    """Programs that group ever more nodes and need ever fewer bytes."""
    planner, keys = _Planner(schedule, capacity, arena_ports, by_frames), set()
    for divided in planner.ways():
        key = tuple((index, tuple(len(s.nodes) for s in segments)) for index, segments in divided.items())
        if key not in keys:
            keys.add(key)
            packings = [planner.packed(divided, stacked) for stacked in (False, True)]
            yield min(packings, key=lambda program: program.bytes)


WORTH = 0.03
"""The share of the bytes that grouping more nodes must save."""


class _Planner:
    def __init__(
        self, schedule: Schedule, capacity: int, arena_ports: ArenaPorts = NONE, by_frames: bool = True
    ) -> None:
        self.schedule = schedule
        self.graph = schedule.graph
        self.capacity = capacity
        self.axis = schedule.axes.of
        self.producer = self.graph.producer()
        self.outputs = {schedule.access[p.tensor].tensor: i for i, p in enumerate(self.graph.outputs)}
        once = {t for stage in schedule.stages if stage.axis is None for node in stage.nodes for t in node.outputs}
        self.rows = Rows(self.graph, schedule.access, set(self.axis) - once, by_frames)
        self.stage_of = schedule.stage_of
        self.readers = self._readers()
        self.stacked = False
        inputs = [port.tensor for port in self.graph.inputs if arena_ports.inputs and port.tensor not in self.axis]
        self.arena_inputs = {tensor for tensor in inputs if tensor in self.readers and known(self.graph.shape(tensor))}
        self.arena_outputs = set(filter(self._is_written_once, self.outputs)) if arena_ports.outputs else set()

    def simple(self) -> Program:
        """A program with one arena per type."""
        return self._program(Timeline(self.schedule, self.rows, {}, by_rows=False), {}, united=False)

    def ways(self) -> Iterator[Mapping[int, Segments]]:
        """Divisions of the stages outside loops, from no groups to the lowest peak memory."""
        stages = [stage for stage in self.schedule.stages if stage.axis is None]
        options = [list(Grouping(self.rows, stage.nodes, self._lifetimes(stage)).ways()) for stage in stages]
        for turn in range(max(map(len, options), default=1)):
            yield {s.index: programs[min(turn, len(programs) - 1)] for s, programs in zip(stages, options, strict=True)}

    def packed(self, divided: Mapping[int, Segments], stacked: bool) -> Program:
        """A program with one arena of bytes and the stages divided as given.

        Args:
            stacked: whether a tensor that is overwritten row by row has at least as many rows stored as the tensor that
                overwrites it, so that their rows coincide: that may need more or fewer bytes.
        """
        self.stacked = stacked
        groups = {index: tuple(s.group for s in segments if s.group) for index, segments in divided.items()}
        return self._program(Timeline(self.schedule, self.rows, divided, by_rows=True), groups, united=True)

    def _program(self, moments: Timeline, groups: Mapping[int, tuple[Group, ...]], united: bool) -> Program:
        places, items, buffered = self._items(moments)
        width = {kind: Format(kind).size for kind in sorted({item.dtype for item in items})}
        if united:
            widest = max(width.values(), default=1)
            total = -(-pack(items, max(ALIGN, widest)) // widest) * widest
            arenas = {kind: total // size for kind, size in width.items()}
        else:
            for item in items:
                item.over = frozenset()
            sizes = {kind: pack([item for item in items if item.dtype == kind], width[kind]) for kind in width}
            total, arenas = sum(sizes.values()), {kind: size // width[kind] for kind, size in sizes.items()}
        if total > LIMIT:
            raise UnsupportedError(f"the model needs {total} bytes of working memory, more than can be indexed")
        scratch: dict[str, tuple[Place, ...]] = {}
        for item in items:
            index, size = (n // width[item.dtype] for n in (item.offset, item.size))
            if isinstance(item.what, int):
                places[item.what] = replace(places[item.what], index=index)
            else:
                place = Place("arena", index, size=size, dtype=item.dtype)
                scratch[item.what] = (*scratch.get(item.what, ()), place)
        axes = frozenset(buffered)
        return Program(self.schedule, places, arenas, self.capacity, axes, scratch, groups, tuple(items), total, united)

    def _items(self, moments: Timeline) -> tuple[dict[int, Place], list[Item], set[int]]:
        """Places of all tensors, without offsets in the arena; the arena's items; the axes with sequences stored
        whole."""
        places: dict[int, Place] = {}
        items: list[Item] = []
        for index, port in enumerate(self.graph.inputs):
            if port.tensor in self.arena_inputs:
                items.append(self._arena_input(port.tensor, moments))
                places[port.tensor] = self._place(port.tensor, "arena")
            else:
                places[port.tensor] = self._place(port.tensor, "input", index, frame=self._frame(port.tensor))
        buffered: set[int] = set()
        for stage in self.schedule.stages:
            for node in stage.nodes:
                for position, tensor in enumerate(node.outputs):
                    if tensor in self.arena_outputs:
                        items.append(self._arena_output(tensor, node, moments))
                        places[tensor] = self._place(tensor, "arena")
                    elif tensor in self.outputs:
                        frame = self._frame(tensor)
                        places[tensor] = self._place(tensor, "output", self.outputs[tensor], frame=frame)
                    elif _in_state(node, position):
                        places[tensor] = self._place(tensor, "state", name=state_field(node, position))
                    else:
                        item, whole = self._item(tensor, stage, node, moments)
                        items.append(item)
                        axis = self.axis.get(tensor)
                        if whole and axis is not None and not axis.bound:
                            buffered.add(axis.id)
                        place = self._place(tensor, "arena", frame=self._frame(tensor) if whole else 0)
                        ring = item.size // item.length if len(item.at) * item.length > item.size else 0
                        places[tensor] = replace(place, ring=ring)
                items += scratch(self.rows, moments.of[node.name])
        return places, items, buffered

    def _place(self, tensor: int, kind: str, index: int = 0, name: str = "", frame: int = 0) -> Place:
        return Place(kind, index, name, frame, self._size(tensor), self.graph.tensor(tensor).format.dtype)

    def _frame(self, tensor: int) -> int:
        """Values from one step to the next; 0 for tensors without a streaming axis."""
        return self._size(tensor) if tensor in self.axis else 0

    def _size(self, tensor: int) -> int:
        shape = self.graph.shape(tensor)
        shape = shape[1:] if tensor in self.axis else shape
        if not known(shape):
            raise _open(self.graph, tensor, shape)
        return count(shape)

    def _readers(self) -> dict[int, list[tuple[Node, int]]]:
        """The readers of each stored tensor, with the stride of each."""
        readers: dict[int, list[tuple[Node, int]]] = {}
        for node in self.graph.nodes:
            if node.name in self.stage_of:
                for alias in dict.fromkeys(node.inputs):
                    access = self.schedule.access[alias]
                    readers.setdefault(access.tensor, []).append((node, access.stride))
        return readers

    def _lifetimes(self, stage: Stage) -> dict[int, Lifetime]:
        """Lifetimes of the tensors that are in the arena while a stage runs."""
        position = {node.name: k for k, node in enumerate(stage.nodes)}
        lifetimes = {}
        for tensor in self.arena_inputs:
            last = max(self._when(node, stage, position) for node, _ in self.readers[tensor])
            lifetimes[tensor] = Lifetime(-1, last)
        for tensor, maker in self.producer.items():
            outside = maker.name not in self.stage_of or _in_state(maker, maker.outputs.index(tensor))
            if outside or (tensor in self.outputs and tensor not in self.arena_outputs):
                continue
            written = self._when(maker, stage, position)
            last = max((self._when(node, stage, position) for node, _ in self.readers.get(tensor, ())), default=-1)
            last = max(written, len(stage.nodes) if tensor in self.arena_outputs else last)
            if written < len(stage.nodes) and last >= 0:
                lifetimes[tensor] = Lifetime(written, last)
        return lifetimes

    def _when(self, node: Node, stage: Stage, position: Mapping[str, int]) -> int:
        index = self.stage_of[node.name]
        return position[node.name] if index == stage.index else -1 if index < stage.index else len(stage.nodes)

    def _item(self, tensor: int, stage: Stage, node: Node, moments: Timeline) -> tuple[Item, bool]:
        """The arena item of a tensor, and whether the tensor is stored whole."""
        form = self.graph.tensor(tensor).format
        if stage.axis is None and tensor not in self.rows.streaming and known(self.graph.shape(tensor)):
            return self._rowed(tensor, node, moments), tensor in self.axis
        first, last, whole = int(moments.of[node.name].at[0]), int(moments.of[node.name].at[-1]), False
        for reader, stride in self.readers.get(tensor, ()):
            index = self.stage_of[reader.name]
            if index == stage.index and not (stage.axis and stride != 1):
                last = max(last, int(moments.of[reader.name].at[-1]))
            else:
                whole = True
                last = max(last, moments.end(reader))
        if whole and stage.axis is not None:
            first = moments.window[stage.index][0]
        axis = self.axis.get(tensor)
        size = self._size(tensor) * (self._steps(axis) if whole and axis is not None else 1) * form.size
        over = frozenset[int | str]() if whole else self._over(node, tensor)
        ends = np.array([first]), np.array([last])
        return Item(tensor, form.dtype, size, size, np.zeros(1, np.int64), *ends, over), whole

    def _rowed(self, tensor: int, node: Node, moments: Timeline) -> Item:
        """The arena item of a tensor that is written outside loops, with a lifetime for each row."""
        born, dead, rows = self._rows_at_a_time(tensor, node, moments)
        return self._row_item(tensor, born, dead, rows, self._over(node, tensor))

    def _arena_input(self, tensor: int, moments: Timeline) -> Item:
        """The arena item of an input: it exists before the first moment."""
        readers = [node for node, _ in self.readers[tensor]]
        _, dead = row_lifetimes(self.rows, tensor, [moments.of[node.name] for node in readers])
        dead = self._until_loops(dead, readers, moments)
        return self._row_item(tensor, np.full_like(dead, -1), dead, len(dead))

    def _arena_output(self, tensor: int, node: Node, moments: Timeline) -> Item:
        """The arena item of an output: it stays until the next call."""
        born, _ = row_lifetimes(self.rows, tensor, [moments.of[node.name]])
        return self._row_item(tensor, born, np.full_like(born, moments.after_last), len(born), self._over(node, tensor))

    def _row_item(
        self, tensor: int, born: Array, dead: Array, rows: int, over: frozenset[int | str] = frozenset()
    ) -> Item:
        """The arena item of a tensor, with ``rows`` of its rows stored at a time."""
        length = self.rows.row_bytes(tensor)
        at = np.arange(len(born)) % rows * length
        dtype = self.graph.tensor(tensor).format.dtype
        return Item(tensor, dtype, rows * length, length, at, born, dead, over)

    def _is_written_once(self, tensor: int) -> bool:
        """Whether an output is written once, after all loops, by a node that does not keep it as a state."""
        maker = self.producer.get(tensor)
        if maker is None or maker.name not in self.stage_of or _in_state(maker, maker.outputs.index(tensor)):
            return False
        once = self.schedule.stages[self.stage_of[maker.name]].axis is None
        return once and tensor not in self.axis and known(self.graph.shape(tensor))

    def _until_loops(self, dead: Array, readers: Sequence[Node], moments: Timeline) -> Array:
        """The last moments at which rows are needed, including reads by loops."""
        ends = [moments.end(reader) for reader in readers if self.stage_of[reader.name] in moments.loops]
        return np.maximum(dead, max(ends, default=-1))

    def _rows_at_a_time(self, tensor: int, node: Node, moments: Timeline) -> tuple[Array, Array, int]:
        """The first and last moment at which each row is needed, and the number of rows stored at a time."""
        readers = [reader for reader, _ in self.readers.get(tensor, ())]
        work = [moments.of[n.name] for n in (node, *readers) if self.stage_of[n.name] not in moments.loops]
        born, dead = row_lifetimes(self.rows, tensor, work)
        dead = self._until_loops(dead, readers, moments)
        group = moments.group.get(node.name)
        if not group or not readers or any(moments.group.get(reader.name) is not group for reader in readers):
            return born, dead, len(born)
        rows = ring(born, dead)
        for reader in readers if self.stacked else ():
            out = reader.outputs[0]
            if tensor in self._over(reader, out) and out not in self.outputs:
                out_born, _, more = self._rows_at_a_time(out, reader, moments)
                if bool((out_born == dead).all()):
                    rows = max(rows, more)
        return born, dead, rows

    def _over(self, node: Node, tensor: int) -> frozenset[int | str]:
        """The tensors whose values a node's output may overwrite one by one."""
        if not node.op.in_place or node.outputs != (tensor,):
            return frozenset()
        output, replaced = self.graph.tensor(tensor), set()
        for alias in node.inputs:
            read, access = self.graph.tensor(alias), self.schedule.access[alias]
            alike = read.shape == output.shape == self.graph.shape(access.tensor)
            if alike and read.format.size == output.format.size and access.stride == 1:
                replaced.add(access.tensor)
        return frozenset(replaced)

    def _steps(self, axis: Axis) -> int:
        return axis.length if axis.bound and axis.length is not None else self.capacity


def _in_state(node: Node, position: int) -> bool:
    """Whether an output is the last value of a state."""
    return node.op.carry is not None and node.lead == 0 and position > 0


def state_field(node: Node, position: int) -> str:
    """The name of the state whose last value is output ``position`` of an op that carries states."""
    assert node.op.carry is not None
    return node.op.carry.finals[position - 1].name
