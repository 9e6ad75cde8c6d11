"""Calls that take turns, as C: when each has one, and where the rows lie that it reads and writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...layers.windows import Window
from ..calls import RowCalls, Strip, Together
from .function import SMALL
from .literals import ctype
from .stages import Argument
from .windows import Line


@dataclass(frozen=True)
class TurnView:
    """The turns of one layer's function.

    Args:
        turn: the calls.
        ticks: of the group.
    """

    turn: RowCalls[Argument]
    ticks: int

    @property
    def base(self) -> str:
        """The layer's identifier."""
        return self.turn.call.function.removesuffix("_forward")

    @property
    def uses_row(self) -> bool:
        """Whether it asks which row it is at."""
        rows = (self.output("row"), *(self.taken(k, "row") for k in range(len(self.turn.inputs))))
        asked = self.turn.walk.call == "fold" or (self.turn.walk.call != "" and bool(self.outside))
        return asked or any(re.search(r"\brow\b", text) for text in rows)

    @property
    def index(self) -> str:
        """A type that holds every index on a 16-bit core too."""
        largest = max(strip.rows * strip.row for strip in (*self.turn.inputs, self.turn.output))
        return "int" if largest <= SMALL else "int32_t"

    @property
    def when(self) -> str:
        """The condition that the turn of tick ``t`` comes under; empty where all do."""
        turn = self.turn
        tests = [f"t >= {turn.delay}"] if turn.delay else []
        if turn.last < self.ticks - 1:
            tests.append(f"t <= {turn.last}")
        if turn.every > 1:
            tests.append(f"{f'(t - {turn.delay})' if turn.delay else 't'} % {turn.every} == 0")
        return " && ".join(tests)

    @property
    def row(self) -> str:
        """The row that it makes, or takes."""
        since = f"t - {self.turn.delay}" if self.turn.delay else "t"
        if self.turn.every == 1:
            return since
        return f"({since}) / {self.turn.every}" if self.turn.delay else f"{since} / {self.turn.every}"

    @property
    def outside(self) -> list[str]:
        """The conditions that row ``at`` is padding, as far as one can be."""
        walk, rows = self.turn.walk, self.turn.inputs[0].rows
        window = Window(walk.kernel, walk.stride, walk.dilation, walk.left)
        return Line(window, rows, self.turn.turns).outside("at", str(rows))

    @property
    def source(self) -> str:
        """C's type of what it reads first."""
        return ctype(self.turn.inputs[0].dtype)

    def taken(self, k: int, row: str) -> str:
        """The pointer to a row of an input."""
        return at(self.turn.call.inputs[k].text, self.turn.inputs[k], row)

    def output(self, row: str) -> str:
        """The pointer to the row of the output."""
        text = self.turn.call.outputs[0].text
        return text if self.turn.walk.folds else at(text, self.turn.output, row)

    @property
    def scratch(self) -> list[str]:
        return [argument.text for argument in self.turn.call.scratch]

    def whole(self, row: str) -> list[str]:
        """The arguments of a call of all positions of a row."""
        return [self.taken(0, row), self.output(row), str(self.turn.call.times)]

    def positions(self, row: str) -> list[str]:
        """The arguments of a call at position k of a row."""
        call = self.turn.call
        pairs = [(self.taken(k, row), argument.step) for k, argument in enumerate(call.inputs)]
        pairs.append((self.output(row), call.outputs[0].step))
        if call.times == 1:
            return [text for text, _ in pairs] + self.scratch
        return [f"{text} + k * {step}" for text, step in pairs] + self.scratch


@dataclass(frozen=True)
class Block:
    """Turns that come at the same ticks, one after the other."""

    turns: tuple[TurnView, ...]

    @property
    def index(self) -> str:
        return "int32_t" if any(turn.index == "int32_t" for turn in self.turns) else "int"


def blocks(group: Together[Argument]) -> list[Block]:
    """A group's turns, those that have the same ticks together."""
    groups: list[Block] = []
    for turn in group.turns:
        view = TurnView(turn, group.ticks)
        last = groups[-1].turns[-1] if groups else None
        if last is not None and (last.when, last.row) == (view.when, view.row):
            groups[-1] = Block((*groups[-1].turns, view))
        else:
            groups.append(Block((view,)))
    return groups


def at(base: str, strip: Strip, row: str) -> str:
    """The pointer to a row of a tensor."""
    if strip.ring == 1 or strip.rows == 1:
        return base
    return f"{base} + {row}{f' % {strip.ring}' if strip.ring else ''} * {strip.row}"
