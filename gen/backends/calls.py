"""The stages of a program as calls: functions, their values, and how many times they run. A backend only spells places.

``At`` stands for a backend's own spelling of a place: a pointer expression, or a buffer and an index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from ..core.graph import Node, count
from ..core.op import Carry, State
from ..passes.memory import Program
from ..passes.places import Place
from ..passes.schedule import Stage

At = TypeVar("At")
At_co = TypeVar("At_co", covariant=True)


@dataclass(frozen=True)
class TensorAccess:
    """A stage function's access to a tensor's values.

    Args:
        stored: the tensor that stores the values.
        place: the place of the first value.
        stride: steps of the sequence per turn of the loop: 1, -1 from the end, 0 if it does not move.
        frame: values of a step, if it moves.
        step: values from one position of mapped axes to the next.
        writes: whether the function writes them.
    """

    stored: int
    place: Place
    stride: int
    frame: int
    step: int
    writes: bool


@dataclass(frozen=True)
class StatePlace(Generic[At]):
    """A state and its place."""

    state: State
    at: At


@dataclass(frozen=True)
class CellCall(Generic[At]):
    """The data of a call of an op with states, besides its input and output.

    Args:
        states: the states that its function gets.
        output: the place of the last output, if it has one.
        mask: the mask, which is 0 at masked steps.
        masked_output: the output of a masked step: ``state``, ``previous`` or ``zero``.
        frame: values of a step's output.
        initial: the initial value of each state; empty if they start at zero.
        stateful: whether states persist from one sequence to the next.
        steps: the length of its own sequence if it is mapped over positions; 0 if the stage's loop walks it.
        finals: if mapped: states to copy after the sequence, with their destinations.
    """

    states: tuple[StatePlace[At], ...]
    output: StatePlace[At] | None
    mask: At | None
    masked_output: str
    frame: int
    initial: tuple[At, ...]
    stateful: bool
    steps: int
    finals: tuple[tuple[StatePlace[At], At], ...]


@dataclass(frozen=True)
class Call(Generic[At]):
    """A function applied at every position of the mapped axes."""

    ticks: ClassVar[int] = 0
    function: str
    inputs: tuple[At, ...]
    outputs: tuple[At, ...]
    scratch: tuple[At, ...]
    times: int
    cell: CellCall[At] | None


@dataclass(frozen=True)
class StageCalls(Generic[At]):
    """One function of the generated program: the body of a loop over the steps of ``axis``, or work done once (None).

    Args:
        title: the layers that it computes.
        calls: in order.
        frames: for a stream: the sources of the frame buffers.
    """

    name: str
    title: str
    axis: int | None
    calls: tuple[Call[At], ...]
    frames: tuple[At, ...]

    @property
    def cells(self) -> tuple[CellCall[At], ...]:
        """The cells that the stage initializes before the first step: with zeros, or from initial states."""
        return tuple(call.cell for call in self.calls if call.cell and not call.cell.steps)


class Speller(Protocol[At_co]):
    """A backend's spelling of places, inside the function of one stage."""

    def inside(self, access: TensorAccess) -> At_co:
        """A tensor, for the stage's function."""

    def outside(self, access: TensorAccess) -> At_co:
        """A whole tensor, for the function that starts the loop."""

    def state(self, node: str, state: State) -> At_co:
        """A state of a node."""

    def scratch(self, place: Place) -> At_co:
        """Working memory."""


class Planner(Generic[At]):
    """Turns stages into calls.

    Args:
        program: the program.
        functions: name of the function of each node.
    """

    def __init__(self, program: Program, functions: Mapping[str, str]) -> None:
        self.program = program
        self.schedule = program.schedule
        self.graph = program.schedule.graph
        self.functions = functions

    def calls(self, stage: Stage, name: str, speller: Speller[At]) -> StageCalls[At]:
        """A stage's function in a backend's spelling; tensors are spelled in the order of the calls' arguments."""
        layers = list(dict.fromkeys(node.layer for node in stage.nodes))
        axis = stage.axis.id if stage.axis else None
        calls = tuple(self._call(node, stage, speller) for node in stage.nodes)
        buffers = self.schedule.stream.frame_buffers if self.schedule.stream and stage.axis else ()
        frames = (speller.inside(self._reach(one.tensor, stage, one.frame, False)) for one in buffers)
        return StageCalls(name, ", ".join(layers), axis, calls, tuple(frames))

    def _call(self, node: Node, stage: Stage, speller: Speller[At]) -> Call[At]:
        times = count(self.graph.shape(node.outputs[0])[1 if stage.axis else 0 : node.lead])
        scratch = tuple(speller.scratch(place) for place in self.program.scratch.get(node.name, ()))
        function = self.functions[node.name]
        carry = node.op.carry
        if carry is None:
            ins = tuple(speller.inside(self._reach(t, stage, self._core(node, t), False)) for t in node.inputs)
            outs = tuple(speller.inside(self._reach(t, stage, self._core(node, t), True)) for t in node.outputs)
            return Call(function, ins, outs, scratch, times, None)
        frames = [count(self.graph.core(node, t)[1:]) for t in (node.inputs[0], node.outputs[0])]
        x = speller.inside(self._reach(node.inputs[0], stage, frames[0], False))
        y = speller.inside(self._reach(node.outputs[0], stage, frames[1], True))
        return Call(function, (x,), (y,), scratch, times, self._cell(node, carry, stage, speller))

    def _cell(self, node: Node, carry: Carry, stage: Stage, speller: Speller[At]) -> CellCall[At]:
        looped = stage.axis is not None and node.lead == 0

        def placed(state: State) -> StatePlace[At]:
            return StatePlace(state, speller.state(node.name, state))

        mask = None
        if carry.mask is not None:
            mask = speller.inside(self._reach(node.inputs[carry.mask], stage, 1, False))
        spell = speller.outside if looped else speller.inside
        sources = [node.inputs[position] for position in carry.initial]
        initial = tuple(
            spell(self._reach(t, stage, state.size, False)) for t, state in zip(sources, carry.states, strict=False)
        )
        finals = () if looped else zip(node.outputs[1:], carry.finals, strict=True)
        return CellCall(
            states=tuple(map(placed, carry.states)),
            output=placed(carry.output) if carry.output else None,
            mask=mask,
            masked_output=carry.masked_output,
            frame=count(self.graph.core(node, node.outputs[0])[1:]),
            initial=initial,
            stateful=carry.stateful,
            steps=0 if looped else count(self.graph.core(node, node.inputs[0])[:1]),
            finals=tuple(
                (placed(state), speller.inside(self._reach(t, stage, state.size, True))) for t, state in finals
            ),
        )

    def _core(self, node: Node, tensor: int) -> int:
        return count(self.graph.core(node, tensor))

    def _reach(self, tensor: int, stage: Stage, step: int, writes: bool) -> TensorAccess:
        access = self.schedule.access[tensor]
        place = self.program.places[access.tensor]
        axes = self.schedule.axes.of
        walks = stage.axis is not None and access.stride != 0 and axes.get(tensor) is stage.axis
        one_frame = place.kind == "arena" and access.tensor in axes and not place.frame
        moves = walks and not one_frame
        frame = count(self.graph.shape(tensor)[1:]) if moves else 0
        return TensorAccess(access.tensor, place, access.stride if moves else 0, frame, step, writes)
