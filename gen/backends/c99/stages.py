"""The stages of a program as calls: which function, on which pointers, how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...graph import Node, count
from ...layers.recurrent import Recurrent
from ...passes.memory import Place, Program, state_field
from ...passes.schedule import Stage
from .literals import ctype


@dataclass(frozen=True)
class Outer:
    """A pointer that a stage's function is given: one frame of a sequence in a loop, else a whole tensor."""

    name: str
    tensor: int
    stride: int
    """Steps of the sequence that each turn of the loop moves: 1, -1 from the end, 0."""
    frame: int
    """Values of a step."""
    writes: bool
    ctype: str


@dataclass(frozen=True)
class Local:
    """A pointer into the arena that a stage's function makes for itself."""

    name: str
    place: str
    note: str
    ctype: str


@dataclass(frozen=True)
class Argument:
    """A pointer expression, and how far it moves from one position of mapped axes to the next."""

    text: str
    step: int = 0

    def at(self, index: str) -> str:
        """The pointer at a position."""
        return f"{self.text} + {index} * {self.step}" if self.step else self.text


@dataclass(frozen=True)
class Cell:
    """A recurrent node's part in a call."""

    fields: tuple[str, ...]
    """Members of the state struct, one a state."""
    output: str
    """The member that keeps the last output, where it needs one."""
    mask: Argument | None
    held: str
    """What a masked step puts out: ``state``, ``previous`` or ``zero``."""
    units: int
    initial: tuple[Argument, ...]
    stateful: bool
    steps: int
    """Mapped cells only: their own sequence's length."""
    finals: tuple[tuple[str, Argument], ...]
    """Mapped cells only: which member goes where after the sequence."""


@dataclass(frozen=True)
class Call:
    """A function applied at every position of the mapped axes."""

    function: str
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    scratch: str
    times: int
    cell: Cell | None


@dataclass(frozen=True)
class StageView:
    """One C function: a loop's body, or work done once."""

    name: str
    title: str
    loop: bool
    axis: int
    outers: tuple[Outer, ...]
    locals: tuple[Local, ...]
    calls: tuple[Call, ...]
    cells: tuple[Cell, ...]
    """The cells that this stage's loop starts: set to zero, or from their initial states, before the first step."""

    @property
    def stateless(self) -> bool:
        """Whether the function never looks at the state struct."""
        texts = [a.text for call in self.calls for a in (*call.inputs, *call.outputs)]
        used = self.locals or any(call.cell or call.scratch for call in self.calls)
        return not used and not any("state->" in text for text in texts)


class StageWriter:
    """Turns stages into views.

    Args:
        program: the program.
        tensor_names: identifier of each stored tensor.
        node_names: identifier of each recurrent node, for its state members.
        functions: function name of each node.
    """

    def __init__(
        self,
        program: Program,
        tensor_names: Mapping[int, str],
        node_names: Mapping[str, str],
        functions: Mapping[str, str],
    ) -> None:
        self.program = program
        self.graph = program.schedule.graph
        self.tensor_names = tensor_names
        self.node_names = node_names
        self.functions = functions

    def view(self, stage: Stage, name: str) -> StageView:
        scope = _Scope(self.program, self.tensor_names, self.node_names, stage)
        calls = tuple(self._call(node, stage, scope) for node in stage.nodes)
        cells = tuple(call.cell for call in calls if call.cell and not call.cell.steps)
        layers = list(dict.fromkeys(node.layer for node in stage.nodes))
        return StageView(
            name,
            ", ".join(layers),
            stage.axis is not None,
            stage.axis.id if stage.axis else -1,
            tuple(scope.outers.values()),
            tuple(scope.locals.values()),
            calls,
            cells,
        )

    def _call(self, node: Node, stage: Stage, scope: _Scope) -> Call:
        mapped = node.lead - (1 if stage.axis else 0) if node.lead else 0
        outer = self.graph.shape(node.outputs[0])[node.lead - mapped : node.lead]
        times = count(outer)

        def argument(tensor: int, writes: bool) -> Argument:
            step = count(self.graph.core(node, tensor)) if times > 1 or mapped else 0
            return Argument(scope.pointer(tensor, writes), step)

        op = node.op
        scratch = arena(self.program, self.program.scratch[node.name]) if op.scratch else ""
        if not isinstance(op, Recurrent):
            ins = tuple(argument(t, False) for t in node.inputs)
            outs = tuple(argument(t, True) for t in node.outputs)
            return Call(self.functions[node.name], ins, outs, scratch, times, None)
        prefix = self.node_names[node.name]
        looped = stage.axis is not None and node.lead == 0
        steps = 0 if looped else count(self.graph.core(node, node.inputs[0])[:1])
        rest = list(node.inputs[1:])
        mask_id = rest.pop(0) if op.masked else None
        frame = op.inputs if steps else 0
        x = Argument(scope.pointer(node.inputs[0], False), frame)
        y = Argument(scope.pointer(node.outputs[0], True), op.units if steps else 0)
        mask = None if mask_id is None else Argument(scope.pointer(mask_id, False), 1 if steps else 0)
        initial = tuple(Argument(scope.initial(t) if looped else scope.pointer(t, False), op.units) for t in rest)
        finals: tuple[tuple[str, Argument], ...] = ()
        if steps:
            finals = tuple(
                (f"{prefix}_{state_field(node, position)}", Argument(scope.pointer(t, True), op.units))
                for position, t in enumerate(node.outputs)
                if position > 0
            )
        cell = Cell(
            fields=tuple(f"{prefix}_{s}" for s in op.states),
            output=f"{prefix}_y" if op.keeps_output else "",
            mask=mask,
            held=op.masked_output,
            units=op.units,
            initial=initial if op.initial else (),
            stateful=op.stateful,
            steps=steps,
            finals=finals,
        )
        return Call(self.functions[node.name], (x,), (y,), scratch, times, cell)


class _Scope:
    """The pointers of one stage's function."""

    def __init__(
        self, program: Program, tensor_names: Mapping[int, str], node_names: Mapping[str, str], stage: Stage
    ) -> None:
        self.program = program
        self.schedule = program.schedule
        self.names = tensor_names
        self.node_names = node_names
        self.stage = stage
        self.outers: dict[tuple[int, int, int], Outer] = {}
        self.locals: dict[int, Local] = {}
        self.own: set[str] = set()

    def pointer(self, tensor: int, writes: bool) -> str:
        """The expression by which this stage's function reaches a tensor."""
        access = self.schedule.access[tensor]
        place = self.program.places[access.tensor]
        if place.kind == "state":
            return f"state->{state_member(self.program, self.node_names, access.tensor)}"
        walks = self.stage.axis is not None and access.stride != 0 and self._frames(tensor)
        one_frame = access.tensor in self.schedule.axes.of and not place.frame
        if place.kind == "arena" and (one_frame or not walks):
            return self._local(access.tensor, place)
        frame = count(self.schedule.graph.shape(tensor)[1:]) if walks else 0
        stride = access.stride if walks else 0
        return self._outer(Outer("", access.tensor, stride, frame, writes, ctype(place.dtype)))

    def initial(self, tensor: int) -> str:
        """An initial state, reached from where the loop is started."""
        return whole_pointer(self.program, self.names, self.node_names, self.schedule.access[tensor].tensor)

    def _frames(self, tensor: int) -> bool:
        return self.schedule.axes.of.get(tensor) is self.stage.axis

    def _local(self, tensor: int, place: Place) -> str:
        if tensor not in self.locals:
            name = self._name(self.names[tensor])
            note = f"{place.size} value{'s' if place.size > 1 else ''}"
            self.locals[tensor] = Local(name, arena(self.program, place), note, ctype(place.dtype))
        return self.locals[tensor].name

    def _name(self, wanted: str) -> str:
        """A name that this function has not used: a node may have several outputs."""
        name, number = wanted, 1
        while name in self.own:
            number += 1
            name = f"{wanted}_{number}"
        self.own.add(name)
        return name

    def _outer(self, wanted: Outer) -> str:
        key = (wanted.tensor, wanted.stride, wanted.frame)
        known = self.outers.get(key)
        suffix = "_reversed" if wanted.stride < 0 else ""
        name = known.name if known else self._name(self.names[wanted.tensor] + suffix)
        self.outers[key] = replace(wanted, name=name, writes=wanted.writes or bool(known and known.writes))
        return name


def state_member(program: Program, node_names: Mapping[str, str], tensor: int) -> str:
    """The member of the state struct that holds a cell's last output or final state."""
    for stage in program.schedule.stages:
        for node in stage.nodes:
            if tensor in node.outputs:
                return f"{node_names[node.name]}_{program.places[tensor].name}"
    raise AssertionError(f"tensor {tensor} is made by nobody")


def whole_pointer(program: Program, names: Mapping[int, str], node_names: Mapping[str, str], tensor: int) -> str:
    """The expression for a tensor's first value where the whole model's arguments are at hand."""
    place = program.places[tensor]
    if place.kind == "state":
        return f"state->{state_member(program, node_names, tensor)}"
    if place.kind == "arena":
        return arena(program, place)
    return names[tensor]


def arena(program: Program, place: Place) -> str:
    """The expression for a place in the arena."""
    base = f"state->{arena_name(program, place.dtype)}"
    return f"{base} + {place.index}" if place.index else base


def arena_name(program: Program, dtype: str) -> str:
    """The member of the state struct that is the arena of a type."""
    return "arena" if len(program.arenas) == 1 else f"arena_{dtype}"


def passed(
    view: StageView, program: Program, names: Mapping[int, str], steps: Sequence[str], walking: bool
) -> list[str]:
    """The arguments of a call of a stage's function; ``walking`` inside a loop over ``t``."""
    texts = ["state"]
    for outer in view.outers:
        place = program.places[outer.tensor]
        base = arena(program, place) if place.kind == "arena" else names[outer.tensor]
        if not walking or outer.stride == 0:
            texts.append(base)
            continue
        at = "t" if outer.stride > 0 else f"({steps[view.axis]} - 1 - t)"
        texts.append(f"{base} + {at}" if outer.frame == 1 else f"{base} + {at} * {outer.frame}")
    return texts
