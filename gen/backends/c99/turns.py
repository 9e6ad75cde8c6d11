"""Calls that take turns, in C: the time of each turn, and the places of the rows that it reads and writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...core.graph import count
from ...layers.windows import Window
from ...passes.memory import Program
from ...passes.rows import RowTurn
from ...passes.schedule import Stage
from ..calls import Call
from .function import SMALL
from .literals import ctype
from .stages import Argument
from .windows import WindowAxis


@dataclass(frozen=True)
class Strip:
    """The rows of a tensor.

    Args:
        base: the pointer to the first row.
        rows: number of rows.
        row: values of each.
        ring: rows of a ring buffer: row j + ring takes the place of row j; 0 if all rows are stored.
        dtype: NumPy's name of the type of its values.
    """

    base: str
    rows: int
    row: int
    ring: int
    dtype: str

    def at(self, row: str) -> str:
        """The pointer to a row."""
        if self.ring == 1 or self.rows == 1:
            return self.base
        return f"{self.base} + {row}{f' % {self.ring}' if self.ring else ''} * {self.row}"


@dataclass(frozen=True)
class TurnView:
    """The turns of one layer's function.

    Args:
        turn: the times of its turns.
        ticks: ticks of the group.
        call: its ``times`` are positions of a row.
        inputs, output_rows: the rows of the call's tensors.
    """

    turn: RowTurn
    ticks: int
    call: Call[Argument]
    inputs: tuple[Strip, ...]
    output_rows: Strip

    @property
    def base(self) -> str:
        """The layer's identifier."""
        return self.call.function.removesuffix("_forward")

    @property
    def uses_row(self) -> bool:
        """Whether the code needs the row's number."""
        rows = (self.output("row"), *(self.taken(k, "row") for k in range(len(self.inputs))))
        row_call = self.turn.walk.call == "fold" or (self.turn.walk.call != "" and bool(self.outside))
        return row_call or any(re.search(r"\brow\b", text) for text in rows)

    @property
    def index(self) -> str:
        """A type for every index, also on a 16-bit core."""
        largest = max(strip.rows * strip.row for strip in (*self.inputs, self.output_rows))
        return "int" if largest <= SMALL else "int32_t"

    @property
    def when(self) -> str:
        """The condition for a turn in tick ``t``; empty if every tick has one."""
        turn = self.turn
        tests = [f"t >= {turn.delay}"] if turn.delay else []
        if turn.last < self.ticks - 1:
            tests.append(f"t <= {turn.last}")
        if turn.every > 1:
            tests.append(f"{f'(t - {turn.delay})' if turn.delay else 't'} % {turn.every} == 0")
        return " && ".join(tests)

    @property
    def row(self) -> str:
        """The row that it computes, or reads."""
        since = f"t - {self.turn.delay}" if self.turn.delay else "t"
        if self.turn.every == 1:
            return since
        return f"({since}) / {self.turn.every}" if self.turn.delay else f"{since} / {self.turn.every}"

    @property
    def outside(self) -> list[str]:
        """The conditions for row ``at`` to be padding, if it can be."""
        walk, rows = self.turn.walk, self.inputs[0].rows
        window = Window(walk.kernel, walk.stride, walk.dilation, walk.left)
        return WindowAxis(window, rows, self.turn.turns).outside("at", str(rows))

    @property
    def source(self) -> str:
        """C's type of its first input."""
        return ctype(self.inputs[0].dtype)

    def taken(self, k: int, row: str) -> str:
        """The pointer to a row of an input."""
        return self.inputs[k].at(row)

    def output(self, row: str) -> str:
        """The pointer to the row of the output."""
        return self.output_rows.base if self.turn.walk.folds else self.output_rows.at(row)

    @property
    def scratch(self) -> list[str]:
        return [argument.text for argument in self.call.scratch]

    def whole(self, row: str) -> list[str]:
        """The arguments of a call of all positions of a row."""
        return [self.taken(0, row), self.output(row), str(self.call.times)]

    def positions(self, row: str) -> list[str]:
        """The arguments of a call at position k of a row."""
        call = self.call
        pairs = [(self.taken(k, row), argument.step) for k, argument in enumerate(call.inputs)]
        pairs.append((self.output(row), call.outputs[0].step))
        if call.times == 1:
            return [text for text, _ in pairs] + self.scratch
        return [f"{text} + k * {step}" for text, step in pairs] + self.scratch


@dataclass(frozen=True)
class TickBlock:
    """Turns that come at the same ticks, one after the other."""

    turns: tuple[TurnView, ...]

    @property
    def index(self) -> str:
        return "int32_t" if any(turn.index == "int32_t" for turn in self.turns) else "int"


@dataclass(frozen=True)
class TurnGroup:
    """Calls that take turns, tick by tick."""

    ticks: int
    turns: tuple[TurnView, ...]

    @property
    def blocks(self) -> list[TickBlock]:
        """The turns, grouped by their ticks."""
        return [TickBlock(tuple(turns)) for _, turns in groupby(self.turns, lambda turn: (turn.when, turn.row))]


def grouped_calls(
    program: Program, stage: Stage, calls: Sequence[Call[Argument]]
) -> Iterator[Call[Argument] | TurnGroup]:
    """The calls of a stage's nodes in order; calls that take turns are grouped."""
    by_node = {node.name: call for node, call in zip(stage.nodes, calls, strict=True)}
    groups = {node.name: group for group in program.groups.get(stage.index, ()) for node in group.nodes}
    for name, call in by_node.items():
        if (group := groups.get(name)) is None:
            yield call
        elif name == group.turns[0].node.name:
            turns = (_turn(program, turn, group.ticks, by_node[turn.node.name]) for turn in group.turns)
            yield TurnGroup(group.ticks, tuple(turns))


def _turn(program: Program, turn: RowTurn, ticks: int, call: Call[Argument]) -> TurnView:
    def strip(tensor: int, argument: Argument) -> Strip:
        place = program.places[program.schedule.access[tensor].tensor]
        shape = program.schedule.graph.shape(tensor)
        rows = shape[0] or 1
        return Strip(argument.text, rows, count(shape) // rows, place.ring, place.dtype)

    call = replace(call, times=call.times // turn.turns) if turn.node.lead else call
    inputs = tuple(map(strip, turn.node.inputs, call.inputs))
    return TurnView(turn, ticks, call, inputs, strip(turn.node.outputs[0], call.outputs[0]))
