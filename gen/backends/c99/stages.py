"""The stages of a program as C functions: pointers into arguments, the state struct, and the arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...core.distinct import distinct
from ...core.op import State
from ...passes.memory import Program
from ...passes.places import Place
from ...passes.schedule import Stage
from ..calls import Planner, StageCalls, TensorAccess
from .literals import ctype


@dataclass(frozen=True)
class PointerArgument:
    """A pointer argument of a stage's function: one frame of a sequence in a loop, else a whole tensor."""

    name: str
    tensor: int
    stride: int
    """Steps of the sequence per turn of the loop: 1, -1 from the end, 0."""
    frame: int
    """Values of a step."""
    writes: bool
    ctype: str


@dataclass(frozen=True)
class ArenaPointer:
    """A pointer into the arena that a stage's function defines."""

    name: str
    place: str
    note: str
    ctype: str


@dataclass(frozen=True)
class Argument:
    """A pointer expression, and its distance from one position of mapped axes to the next."""

    text: str
    step: int = 0

    def at(self, index: str) -> str:
        """The pointer at a position."""
        return f"{self.text} + {index} * {self.step}" if self.step and index else self.text


@dataclass(frozen=True)
class StageView(StageCalls[Argument]):
    """One C function: its calls, its pointer arguments, and the pointers that it defines."""

    outers: tuple[PointerArgument, ...]
    locals: tuple[ArenaPointer, ...]

    @property
    def stateless(self) -> bool:
        """Whether the function does not use the state struct."""
        texts = [a.text for call in self.calls for a in (*call.inputs, *call.outputs)]
        used = self.locals or any(call.cell or call.scratch for call in self.calls)
        return not used and not any("state->" in text for text in texts)


@dataclass(frozen=True)
class ValueNames:
    """The names of the program's values.

    Args:
        tensors: identifiers of stored tensors.
        nodes: identifiers of nodes, for their state members.
        buffers: members of the state with a stream's frame buffers.
    """

    program: Program
    tensors: Mapping[int, str]
    nodes: Mapping[str, str]
    buffers: Sequence[str] = ()

    def state(self, node: str, name: str) -> str:
        """The expression of a state of a node."""
        return f"state->{self.nodes[node]}_{name}"

    def arena(self, place: Place) -> str:
        """The expression of a place in the arena."""
        base = f"state->{arena_name(self.program, place.dtype)}"
        return f"{base} + {place.index}" if place.index else base

    def whole(self, tensor: int) -> str:
        """The expression of a stored tensor's first value in a function that has the whole model's arguments."""
        place = self.program.places[tensor]
        if place.kind == "frames":
            name, stream = self.buffers[place.index], self.program.schedule.stream
            assert stream is not None
            buffer = stream.frame_buffers[place.index]
            moves = f" + (size_t)state->{name}_at.next * {buffer.frame}" if buffer.moves else ""
            return f"state->{name}{moves}"
        if place.kind == "state":
            return self.state(self.program.schedule.graph.producer()[tensor].name, place.name)
        return self.arena(place) if place.kind == "arena" else self.tensors[tensor]


def stage_view(planner: Planner[Argument], stage: Stage, name: str, names: ValueNames) -> StageView:
    """A stage as a C function."""
    pointers = _Pointers(names)
    plan = planner.calls(stage, name, pointers)
    return StageView(**vars(plan), outers=tuple(pointers.outers.values()), locals=tuple(pointers.locals.values()))


class _Pointers:
    """The pointers of one stage's function."""

    def __init__(self, names: ValueNames) -> None:
        self.names = names
        self.outers: dict[tuple[int, int, int], PointerArgument] = {}
        self.locals: dict[int, ArenaPointer] = {}
        self.names_used: dict[str, int] = {}

    def inside(self, access: TensorAccess) -> Argument:
        if access.place.kind in ("state", "frames") and access.stride == 0:
            return Argument(self.names.whole(access.stored), access.step)
        if access.place.kind == "arena" and access.stride == 0:
            return Argument(self._local(access.stored, access.place), access.step)
        kind = ctype(access.place.dtype)
        outer = PointerArgument("", access.stored, access.stride, access.frame, access.writes, kind)
        return Argument(self._outer(outer), access.step)

    def outside(self, access: TensorAccess) -> Argument:
        return Argument(self.names.whole(access.stored), access.step)

    def state(self, node: str, state: State) -> Argument:
        return Argument(self.names.state(node, state.name))

    def scratch(self, place: Place) -> Argument:
        return Argument(self.names.arena(place))

    def _local(self, tensor: int, place: Place) -> str:
        if tensor not in self.locals:
            name = distinct(self.names.tensors[tensor], self.names_used)
            note = f"{place.size} value{'s' if place.size > 1 else ''}{' a step' if place.frame else ''}"
            if place.ring:
                rows = "its rows lie on each other" if place.ring == 1 else f"of its rows {place.ring} are kept"
                note = f"{note}; {rows}"
            self.locals[tensor] = ArenaPointer(name, self.names.arena(place), note, ctype(place.dtype))
        return self.locals[tensor].name

    def _outer(self, outer: PointerArgument) -> str:
        key = (outer.tensor, outer.stride, outer.frame)
        earlier = self.outers.get(key)
        suffix = "_reversed" if outer.stride < 0 else ""
        name = earlier.name if earlier else distinct(self.names.tensors[outer.tensor] + suffix, self.names_used)
        self.outers[key] = replace(outer, name=name, writes=outer.writes or bool(earlier and earlier.writes))
        return name


def arena_name(program: Program, dtype: str) -> str:
    """The member of the state struct with the arena's values of a type."""
    if len(program.arenas) == 1:
        return "arena"
    return f"arena.{dtype}" if program.united else f"arena_{dtype}"


def call_arguments(view: StageView, names: ValueNames, steps: Sequence[str], walking: bool) -> list[str]:
    """The arguments of a call of a stage's function; ``walking`` inside a loop over ``t``."""
    texts = ["state"]
    for outer in view.outers:
        base = names.whole(outer.tensor)
        if not walking or outer.stride == 0 or view.axis is None:
            texts.append(base)
            continue
        at = "t" if outer.stride > 0 else f"({steps[view.axis]} - 1 - t)"
        texts.append(f"{base} + {at}" if outer.frame == 1 else f"{base} + {at} * {outer.frame}")
    return texts
