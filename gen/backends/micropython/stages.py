"""The stages of a program as calls: which function, on which buffers from which index on, how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...graph import Node, count
from ...layers.recurrent import Recurrent
from ...passes.memory import Program, state_field
from ...passes.schedule import Stage

MEMORY = "s"
"""The model's own buffer of floats: states first, then the arena."""


@dataclass(frozen=True)
class Argument:
    """A buffer and the index of a tensor's first value in it."""

    buffer: str
    index: int
    moves: str = ""
    """What is added as a loop turns: ``t * 3``."""
    step: int = 0
    """Values from one position of mapped axes to the next."""

    def at(self, position: str = "") -> str:
        """The index, at a position of mapped axes if one is named."""
        terms = [self.moves] if self.moves else []
        if position and self.step:
            terms.append(position if self.step == 1 else f"{position} * {self.step}")
        if self.index or not terms:
            terms.append(str(self.index))
        return " + ".join(terms)

    def text(self, position: str = "") -> str:
        """As two arguments of a call."""
        return f"{self.buffer}, {self.at(position)}"

    def value(self, position: str = "") -> str:
        """The value itself."""
        return f"{self.buffer}[{self.at(position)}]"


@dataclass(frozen=True)
class Cell:
    """A recurrent node's part in a call. States are indices into the model's buffer."""

    states: tuple[int, ...]
    buffers: tuple[str, ...]
    """Which of the model's buffers each state is in."""
    output: int | None
    """Where the last output is kept, if it needs a place of its own."""
    kept: str
    """The buffer that it is in."""
    mask: Argument | None
    held: str
    """What a masked step puts out: ``state``, ``previous`` or ``zero``."""
    units: int
    initial: tuple[Argument, ...]
    stateful: bool
    steps: int
    """Mapped cells only: their own sequence's length."""
    finals: tuple[tuple[int, Argument], ...]
    """Mapped cells only: which state goes where after the sequence."""


@dataclass(frozen=True)
class Call:
    """A function applied at every position of the mapped axes."""

    function: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    times: int
    cell: Cell | None


@dataclass(frozen=True)
class StageView:
    """One Python function: a loop's body, or work done once."""

    name: str
    title: str
    axis: int | None
    buffers: tuple[str, ...]
    """The model's inputs and outputs that it is given."""
    moves: bool
    """Whether it is given the time step."""
    turns: bool
    """Whether it is given how many steps there are, because it reads from the end."""
    calls: tuple[Call, ...]
    cells: tuple[Cell, ...]
    """The cells that this stage's loop starts: set to zero, or from their initial states, before the first step."""


class StageWriter:
    """Turns stages into views.

    Args:
        program: the program.
        ports: the name of each stored tensor that is an input or an output of the model.
        members: index of each state in its buffer, by node and field.
        memory: the model's buffers by the type of their values: name, and index of the arena.
        functions: function name of each node.
    """

    def __init__(
        self,
        program: Program,
        ports: Mapping[int, str],
        members: Mapping[tuple[str, str], int],
        memory: Mapping[str, tuple[str, int]],
        functions: Mapping[str, str],
    ) -> None:
        self.program = program
        self.schedule = program.schedule
        self.graph = program.schedule.graph
        self.ports = ports
        self.members = members
        self.memory = memory
        self.own = {name for name, _ in memory.values()}
        self.functions = functions

    def view(self, stage: Stage, name: str) -> StageView:
        calls = tuple(self._call(node, stage) for node in stage.nodes)
        cells = tuple(call.cell for call in calls if call.cell and not call.cell.steps)
        used: list[Argument] = []
        for call in calls:
            used += [*call.inputs, *call.outputs]
            if call.cell:
                used += [call.cell.mask] if call.cell.mask else []
                used += [final for _, final in call.cell.finals]
                used += call.cell.initial if call.cell.steps else ()
        return StageView(
            name,
            ", ".join(dict.fromkeys(node.layer for node in stage.nodes)),
            stage.axis.id if stage.axis else None,
            tuple(dict.fromkeys(a.buffer for a in used if a.buffer not in self.own)),
            any(a.moves for a in used),
            any("steps" in a.moves for a in used),
            calls,
            cells,
        )

    def _call(self, node: Node, stage: Stage) -> Call:
        mapped = node.lead - (1 if stage.axis else 0) if node.lead else 0
        times = count(self.graph.shape(node.outputs[0])[node.lead - mapped : node.lead])
        op = node.op
        if not isinstance(op, Recurrent):
            ins = tuple(self._argument(t, stage, count(self.graph.core(node, t))) for t in node.inputs)
            outs = tuple(self._argument(t, stage, count(self.graph.core(node, t))) for t in node.outputs)
            return Call(self.functions[node.name], ins, outs, times, None)
        looped = stage.axis is not None and node.lead == 0
        steps = 0 if looped else count(self.graph.core(node, node.inputs[0])[:1])
        rest = list(node.inputs[1:])
        mask = self._argument(rest.pop(0), stage, 1) if op.masked else None
        initial = tuple(self._argument(t, None if looped else stage, op.units) for t in rest)
        finals: tuple[tuple[int, Argument], ...] = ()
        if steps:
            finals = tuple(
                (self.members[node.name, state_field(node, position)], self._argument(t, stage, op.units))
                for position, t in enumerate(node.outputs)
                if position > 0
            )
        types = [form.dtype for form in op.state_formats]
        cell = Cell(
            states=tuple(self.members[node.name, field] for field in op.states),
            buffers=tuple(self.memory[dtype][0] for dtype in types),
            kept=self.memory[self.graph.tensor(node.outputs[0]).format.dtype][0],
            output=self.members[node.name, "y"] if op.keeps_output else None,
            mask=mask,
            held=op.masked_output,
            units=op.units,
            initial=initial if op.initial else (),
            stateful=op.stateful,
            steps=steps,
            finals=finals,
        )
        x = self._argument(node.inputs[0], stage, op.inputs)
        y = self._argument(node.outputs[0], stage, op.units)
        return Call(self.functions[node.name], (x,), (y,), times, cell)

    def _argument(self, tensor: int, stage: Stage | None, step: int) -> Argument:
        """Where a stage's function finds a tensor; without a stage, where the whole model does."""
        access = self.schedule.access[tensor]
        place = self.program.places[access.tensor]
        buffer, arena = self.memory.get(place.dtype, ("", 0))
        if place.kind == "state":
            return Argument(buffer, self._member(access.tensor), step=step)
        moves = ""
        axes = self.schedule.axes.of
        walks = stage is not None and stage.axis is not None and access.stride != 0 and axes.get(tensor) is stage.axis
        one_frame = place.kind == "arena" and access.tensor in axes and not place.frame
        if walks and not one_frame:
            frame = count(self.graph.shape(tensor)[1:])
            at = "t" if access.stride > 0 else "(steps - 1 - t)"
            moves = at if frame == 1 else f"{at} * {frame}"
        if place.kind == "arena":
            return Argument(buffer, arena + place.index, moves, step)
        return Argument(self.ports[access.tensor], 0, moves, step)

    def _member(self, tensor: int) -> int:
        """The state that a cell's last output or final state is."""
        for node in self.graph.nodes:
            if tensor in node.outputs:
                return self.members[node.name, self.program.places[tensor].name]
        raise AssertionError(f"tensor {tensor} is made by nobody")
