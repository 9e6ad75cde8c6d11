"""Causal streams, windows, and windows whose states go on, on every emulated core.

Fed frame by frame, each output and the step at which it comes are those of plain C on this machine: integers bit for
bit, floats to ``NEAR``. So is a whole sequence of integers at once (``run``), as is a causal model's ``step`` for 256
steps. ``tests/backends/c99/test_streams.py`` compares that C with the reference, this file where states go on. A few
of each type by default: a core runs a third of them, in one type of four, its neighbours the others; two types where
no other core has its vectors. ``GATESMITH_EVERYTHING=1`` takes more, all on all cores.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import integers_of
from layers.session import once
from numeric_types import FINE
from streams import CStream, carried_graph, causal_graph
from toolchain import library_of

from gatesmith import passes
from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference

from . import cores
from .bits import Case
from .frames import Fed


class How(Enum):
    """What an output is the model's own of."""

    STREAM = "stream"
    """All frames so far."""
    WINDOW = "windows"
    """The last ones."""
    CARRIED = "carried"
    """The last ones, behind cells that saw all."""


TYPES = (*FINE, "float32")
STEPS = 20
HOP = 6
MORE = 2 * HOP + 1
"""Frames of a recording behind the first window."""
FEW = {How.STREAM: 6, How.WINDOW: 2, How.CARRIED: 3}
TIMES = 3 if EVERYTHING else 1
NEAR = 1e-6
"""Of floats with fast math, from exact math, and of that from the reference: times the largest output, or 1."""
CORES = sorted(cores.BOARDS, key=lambda core: (core != cores.HOST, core))
STEP = {"aarch64-linux": 2, "cortex-m55": 2}


@dataclass(frozen=True)
class Subject:
    """A graph in a numeric type."""

    title: str
    numeric: str
    graph: Graph
    how: How

    def code_for(self, core: str, number: int = 0, math: str = "fast") -> Generated:
        """The subject's C for a core."""
        board, hop = cores.BOARDS[core], None if self.how is How.STREAM else HOP
        layout = Layout(board.layout.rows, board.layout.lanes, board.layout.isa, board.layout.code)
        kind = NUMERICS[self.numeric]
        options = Options(f"m{number}", board.name, kind, layout, math, board.constants == "progmem")
        program = passes.compile_graph(self.graph, None, stream=True, hop=hop, carry=self.how is How.CARRIED)
        return c99.generate(program, Origin("m", "0" * 64, "Keras 3", ""), options, "0")

    def cases(self, core: str, number: int, math: str = "fast") -> list[Case]:
        """Fed frame by frame; and integers, where no states go on, all at once."""
        code = self.code_for(core, number, math)
        fed = Fed(self.title, code, STEPS if self.how is How.STREAM else STEPS + MORE)
        whole = self.numeric in FINE and self.how is not How.CARRIED
        return [fed, Case(f"{self.title} at once", code)] if whole else [fed]


@cache
def right(numeric: str) -> tuple[Sequence[Subject], cores.Ran]:
    """The subjects of a type and their answers, made once by all processes of a session."""

    def make() -> tuple[Sequence[Subject], cores.Ran]:
        every = _subjects(numeric)
        return every, cores.wanted([c for k, one in enumerate(every) for c in one.cases(cores.PLAIN, k, "exact")])

    return once(f"streams-{numeric}", make)


def on(core: str, numeric: str) -> list[Subject]:
    """What a core runs: every third of each way, where the next core of that type takes those behind them."""
    ways, share = [[one for one in right(numeric)[0] if one.how is how] for how in How], turn(core, numeric) // 4
    return [one for way in ways for one in (way if EVERYTHING else way[share % min(3, len(way)) :: 3])]


def turn(core: str, numeric: str) -> int:
    return CORES.index(core) + TYPES.index(numeric)


def _subjects(numeric: str) -> Sequence[Subject]:
    drawn: list[Subject] = []
    seed = 100 * (1 + TYPES.index(numeric))
    for how, few in FEW.items():
        many = len(drawn) + few * TIMES
        while len(drawn) < many:
            seed += 1
            make = carried_graph if how is How.CARRIED else causal_graph
            try:
                graph = make(random.Random(seed).choice, seed, STEPS)
                if numeric in FINE:
                    shape = graph.shape(graph.inputs[0].tensor)
                    x = np.random.default_rng(seed).normal(size=(4, *shape)).astype(np.float32)
                    graph = integers_of(graph, numeric, x)
                subject = Subject(f"{how.value} {seed} {numeric}", numeric, graph, how)
                subject.code_for(cores.HOST)
            except GatesmithError:
                continue
            drawn.append(subject)
    return drawn


@pytest.mark.parametrize(
    ("core", "numeric"), [(c, n) for c in CORES for n in TYPES if EVERYTHING or turn(c, n) % STEP.get(c, 4) == 0]
)
def test_bits(core: str, numeric: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    if reason := cores.reason_to_skip(core, numeric not in FINE, EVERYTHING):
        pytest.skip(reason)
    cases = [case for number, one in enumerate(on(core, numeric)) for case in one.cases(core, number)]
    ran = cores.run(core, cases, tmp_path / "cases")
    wrong = [title for title in ran.answers if _differs(title, ran, right(numeric)[1], numeric in FINE)]
    for title, why in ran.unfit.items():
        record_property("told", f"bits: {core} does not fit: {title}: {why}")
    assert not wrong
    assert EVERYTHING or not ran.unfit


def _differs(title: str, ran: cores.Ran, wanted: cores.Ran, integers: bool) -> bool:
    if integers:
        return ran.answers[title] != wanted.answers[title]
    got, exact = (one.more[title].view(np.float32) for one in (ran, wanted))
    return not float(np.abs(got - exact).max()) <= NEAR * max(1.0, float(np.abs(exact).max()))


@pytest.mark.parametrize("numeric", TYPES)
def test_states_that_go_on_have_seen_all_frames(numeric: str, tmp_path: Path) -> None:
    """The C that cores are held to, beside the reference."""
    some = [one for one in right(numeric)[0] if one.how is How.CARRIED]
    codes = [one.code_for(cores.PLAIN, number, "exact") for number, one in enumerate(some)]
    library = library_of(codes, tmp_path)
    for one, code in zip(some, codes, strict=True):
        shape, rate = one.graph.shape(one.graph.inputs[0].tensor), code.rate
        x = np.random.default_rng(1).normal(size=(STEPS + MORE, *shape[1:])).astype(np.float32)
        x = code.inputs[0].format.quantize(x) if code.integer else x
        stream, reference = CStream(code, library), Reference(one.graph, np.int64 if code.integer else np.float64)
        came = {step: y for step, frame in enumerate(x, 1) if (y := stream.step(frame)) is not None}
        assert rate is not None and [*came] == [*range(rate.first, len(x) + 1, rate.every)]
        for step, y in came.items():
            wanted = reference.run([x[None, :step]])[0].ravel()[-len(y) :]
            most = 0 if code.integer else NEAR * max(1.0, float(np.abs(wanted).max()))
            np.testing.assert_allclose(y, wanted, rtol=0, atol=most, err_msg=one.title)
