"""Where values live, checked by playing a program through: no two things that are still needed share a place."""

import random

import pytest
from graphs import Maker, random_graph

from gatesmith import passes
from gatesmith.core.graph import Node
from gatesmith.passes.memory import Program
from gatesmith.passes.schedule import Stage

STEPS = 4
SEEDS = range(400)


class Arena:
    """Runs a program on an arena whose cells remember who wrote them last, and for which step."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.schedule = program.schedule
        self.graph = self.schedule.graph
        self.owner: dict[int, tuple[str, int]] = {}

    def play(self) -> None:
        for stage in self.schedule.stages:
            for step in range(self._steps(stage)) if stage.axis else [0]:
                for node in stage.nodes:
                    self._apply(node, stage, step)

    def _steps(self, stage: Stage) -> int:
        assert stage.axis is not None
        return (stage.axis.length if stage.axis.bound else STEPS) or STEPS

    def _apply(self, node: Node, stage: Stage, step: int) -> None:
        busy: dict[int, str] = {}
        reads = node.inputs
        if node.op.carry and node.lead == 0 and step > 0:
            reads = tuple(t for k, t in enumerate(node.inputs) if k not in node.op.carry.initial)
        for tensor in reads:
            access = self.schedule.access[tensor]
            if self.program.places[access.tensor].kind != "arena":
                continue
            for cell, when in self._cells(access.tensor, tensor, stage, step):
                want = (f"tensor {access.tensor}", when)
                assert self.owner.get(cell) == want, f"{node.name} reads {want}, cell {cell} has {self.owner.get(cell)}"
                busy[cell] = f"input {tensor}"
        for place in self.program.scratch.get(node.name, ()):
            for cell in range(place.index, place.index + place.size):
                assert cell not in busy, f"{node.name}: scratch lies on {busy[cell]}"
                busy[cell], self.owner[cell] = "scratch", (f"scratch of {node.name}", step)
        for tensor in node.outputs:
            if self.program.places[tensor].kind != "arena":
                continue
            for cell, when in self._cells(tensor, tensor, stage, step):
                assert 0 <= cell < sum(self.program.arenas.values())
                assert cell not in busy, f"{node.name}: output {tensor} lies on {busy[cell]}"
                busy[cell], self.owner[cell] = f"output {tensor}", (f"tensor {tensor}", when)

    def _cells(self, stored: int, view: int, stage: Stage, step: int) -> list[tuple[int, int]]:
        """Cells of a stored tensor that a node of this stage touches at this step, each with the step it belongs to."""
        place = self.program.places[stored]
        axis = self.schedule.axes.of.get(stored)
        stride = self.schedule.access[view].stride
        walked = stage.axis is not None and self.schedule.axes.of.get(view) is stage.axis and stride != 0
        if axis is None:
            return [(cell, 0) for cell in range(place.index, place.index + place.size)]
        if not place.frame:
            return [(cell, step) for cell in range(place.index, place.index + place.size)]
        total = (axis.length if axis.bound else STEPS) or STEPS
        turns = [step if stride > 0 else total - 1 - step] if walked else list(range(total))
        return [(place.index + t * place.frame + k, t) for t in turns for k in range(place.size)]


@pytest.mark.parametrize("start", range(0, len(SEEDS), 100))
def test_nothing_that_is_needed_is_overwritten(start: int) -> None:
    for seed in SEEDS[start : start + 100]:
        graph = random_graph(random.Random(seed).choice, seed)
        program = passes.compile_graph(graph, STEPS)
        Arena(program).play()


def test_every_value_is_made_before_it_is_read() -> None:
    for seed in SEEDS:
        program = passes.compile_graph(random_graph(random.Random(seed).choice, seed), STEPS)
        schedule = program.schedule
        written = {port.tensor for port in schedule.graph.inputs}
        for stage in schedule.stages:
            for node in stage.nodes:
                assert {schedule.access[t].tensor for t in node.inputs} <= written, f"seed {seed}: {node.name}"
                written.update(node.outputs)
        assert {schedule.access[p.tensor].tensor for p in schedule.graph.outputs} <= written


def test_the_arena_is_reused() -> None:
    """A deep chain of equal layers needs two frames, not one a layer."""
    maker = Maker(random.Random(0).choice)
    x = maker.input("x", 16)
    for index in range(8):
        (x,) = maker.add(f"dense_{index}", maker.dense(16, 16), x)
    maker.output("y", x)
    assert sum(passes.compile_graph(maker.graph()).arenas.values()) <= 2 * 16


def test_a_sequence_of_open_length_has_room_beside_one_of_few_steps() -> None:
    maker = Maker(random.Random(0).choice)
    for name, steps in (("few", 3), ("many", None)):
        x = maker.input(name, steps, 2)
        maker.output(f"{name}_out", maker.add(f"{name}_gru", maker.cell("gru", 2, 4), x)[0])
    assert passes.compile_graph(maker.graph()).capacity == passes.DEFAULT_CAPACITY
    assert passes.compile_graph(maker.graph(), STEPS).capacity == STEPS
