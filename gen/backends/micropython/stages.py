"""The stages of a program as Python functions: buffers, and indices into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.op import State
from ...passes.memory import Program
from ...passes.places import Place
from ...passes.schedule import Stage
from ..calls import Planner, StageCalls, TensorAccess


@dataclass(frozen=True)
class Argument:
    """A buffer and the index of a tensor's first value in it."""

    buffer: str
    index: int
    dtype: str
    """NumPy's name of the type of its values."""
    moves: str = ""
    """The term added in turns of the loop: ``t * 3``."""
    step: int = 0
    """Values from one position of mapped axes to the next."""

    def at(self, position: str = "") -> str:
        """The index, at a position of mapped axes if it is not empty."""
        terms = [self.moves] if self.moves else []
        if position and self.step:
            terms.append(position if self.step == 1 else f"{position} * {self.step}")
        if self.index or not terms:
            terms.append(str(self.index))
        return " + ".join(terms)

    def text(self, position: str = "") -> str:
        """Two arguments of a call: buffer and index."""
        return f"{self.buffer}, {self.at(position)}"

    def value(self, position: str = "") -> str:
        """The expression of the value."""
        return f"{self.buffer}[{self.at(position)}]"


@dataclass(frozen=True)
class StageView(StageCalls[Argument]):
    """One Python function: its calls and its arguments."""

    buffers: tuple[str, ...]
    """Arguments for the model's inputs and outputs."""
    moves: bool
    """Whether it has the time step as an argument."""
    turns: bool
    """Whether it has the number of steps as an argument, because it reads from the end."""


@dataclass(frozen=True)
class Buffers:
    """The places of a program's values.

    Args:
        program: the program.
        ports: the name of each stored tensor that is an input or an output of the model.
        members: index of each state in its buffer, by node and name.
        memory: the model's buffers by the type of their values: name, and index of the arena.
        frames: index of each frame buffer of a stream.
    """

    program: Program
    ports: Mapping[int, str]
    members: Mapping[tuple[str, str], int]
    memory: Mapping[str, tuple[str, int]]
    frames: Sequence[int] = ()

    def inside(self, access: TensorAccess) -> Argument:
        moves = ""
        if access.stride:
            at = "t" if access.stride > 0 else "(steps - 1 - t)"
            if self.program.schedule.stream is not None and access.place.kind == "output":
                at = "n"
            moves = at if access.frame == 1 else f"{at} * {access.frame}"
        place, dtype = access.place, access.place.dtype
        buffer, arena = self.memory.get(dtype, ("", 0))
        if place.kind == "frames":
            return Argument(buffer, self.frames[place.index], dtype, moves, access.step)
        if place.kind == "state":
            node = self.program.schedule.graph.producer()[access.stored]
            return Argument(buffer, self.members[node.name, place.name], dtype, moves, access.step)
        if place.kind == "arena":
            return Argument(buffer, arena + place.index, dtype, moves, access.step)
        return Argument(self.ports[access.stored], 0, dtype, moves, access.step)

    def outside(self, access: TensorAccess) -> Argument:
        return self.inside(access)

    def state(self, node: str, state: State) -> Argument:
        dtype = state.format.dtype
        return Argument(self.memory[dtype][0], self.members[node, state.name], dtype)

    def scratch(self, place: Place) -> Argument:
        buffer, arena = self.memory[place.dtype]
        return Argument(buffer, arena + place.index, place.dtype)


def stage_view(planner: Planner[Argument], stage: Stage, name: str, buffers: Buffers) -> StageView:
    """A stage as a Python function."""
    plan = planner.calls(stage, name, buffers)
    used: list[Argument] = list(plan.frames)
    for call in plan.calls:
        used += [*call.inputs, *call.outputs]
        if call.cell:
            used += [call.cell.mask] if call.cell.mask else []
            used += [final for _, final in call.cell.finals]
            used += call.cell.initial if call.cell.steps else ()
    names = {name for name, _ in buffers.memory.values()}
    return StageView(
        **vars(plan),
        buffers=tuple(dict.fromkeys(a.buffer for a in used if a.buffer not in names)),
        moves=any(a.moves for a in used),
        turns=any("steps" in a.moves for a in used),
    )
