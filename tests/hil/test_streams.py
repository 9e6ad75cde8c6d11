"""Causal streams, windows, and windows whose states go on, on every emulated core.

Fed frame by frame, each output and the step at which it comes are the reference's: integers bit for bit, floats to
``NEAR``. A whole sequence at once (``run``) gives the reference's integers too, as does a causal model's ``step`` for
256 steps. A few of each type by default: a core runs a third of them, in one type of four, its neighbours the others;
two types where no other core has its vectors. ``GATESMITH_EVERYTHING=1`` takes more, all on all cores.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import integers_of
from layers.session import once
from numeric_types import FINE
from streams import carried_graph, causal_graph

from gatesmith import passes
from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS

from . import cores, expecting
from .bits import Answer, Case
from .frames import Array, Fed, How, expected
from .record import Chunk, summary

TYPES = (*FINE, "float32")
STEPS = 20
HOP = 6
MORE = 2 * HOP + 1
"""Frames of a recording behind the first window."""
FEW = {How.STREAM: 6, How.WINDOW: 2, How.CARRIED: 3}
TIMES = 3 if EVERYTHING else 1
NEAR = 1e-6
"""Of floats with fast math, from the reference in float64: times the largest output, or 1."""
CORES = sorted(cores.BOARDS, key=lambda core: (core != cores.HOST, core))
STEP = {"aarch64-linux": 2, "cortex-m55": 2}


@dataclass(frozen=True)
class Subject:
    """A graph in a numeric type."""

    title: str
    numeric: str
    graph: Graph
    how: How

    def code_for(self, core: str, number: int = 0) -> Generated:
        """The subject's C for a core."""
        board, hop = cores.BOARDS[core], None if self.how is How.STREAM else HOP
        layout = Layout(board.layout.rows, board.layout.lanes, board.layout.isa, board.layout.code)
        kind = NUMERICS[self.numeric]
        options = Options(f"m{number}", board.name, kind, layout, "fast", board.constants == "progmem")
        program = passes.compile_graph(self.graph, None, stream=True, hop=hop, carry=self.how is How.CARRIED)
        return c99.generate(program, Origin("m", "0" * 64, "Keras 3", ""), options, "0")

    def fed(self, core: str, number: int) -> Fed:
        frames = STEPS if self.how is How.STREAM else STEPS + MORE
        return Fed(self.title, self.code_for(core, number), self.graph, self.how, frames)


@dataclass(frozen=True)
class Right:
    """What the reference says of a subject, whatever core it is asked of.

    Args:
        ports: of the C that it is for, and when its outputs come.
        fed, outputs: of ``frames``.
        whole: of all at once, where that is the same.
    """

    ports: str
    fed: Answer | None
    outputs: Array
    whole: Answer | None


def ports(code: Generated) -> str:
    return repr((code.inputs, code.outputs, code.axes, code.causal, code.rate))


@cache
def right(numeric: str) -> Sequence[tuple[Subject, Right]]:
    """The subjects of a type and their answers, made once by all processes of a session."""
    return once(f"streams-{numeric}", lambda: [(subject, _right(subject)) for subject in _subjects(numeric)])


def _right(subject: Subject) -> Right:
    fed = subject.fed(cores.HOST, 0)
    answer, outputs = expected(fed)
    at_once = None
    if subject.numeric in FINE and whole(subject, fed.code):
        at_once = expecting.expected(at_once_of(subject, fed.code), subject.graph)
    return Right(ports(fed.code), answer, outputs, at_once)


def at_once_of(subject: Subject, code: Generated) -> Case:
    return Case(f"{subject.title} at once", code)


def on(core: str, numeric: str) -> list[tuple[Subject, Right]]:
    """What a core runs: every third of each way, where the next core of that type takes those behind them."""
    ways, share = [[one for one in right(numeric) if one[0].how is how] for how in How], turn(core, numeric) // 4
    return [one for way in ways for one in (way if EVERYTHING else way[share % min(3, len(way)) :: 3])]


def turn(core: str, numeric: str) -> int:
    return CORES.index(core) + TYPES.index(numeric)


def subjects(numeric: str) -> Sequence[Subject]:
    return [subject for subject, _ in right(numeric)]


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


def whole(subject: Subject, code: Generated) -> bool:
    """Whether ``run``, or ``step`` for 256 steps, computes what the reference does of the whole: states that go
    on are not in it, and a mean of more steps than the model has is another integer."""
    return subject.how is not How.CARRIED and not (
        code.causal and any(node.op.kind == "integer_global_pool" for node in subject.graph.nodes)
    )


@pytest.mark.parametrize(
    ("core", "numeric"), [(c, n) for c in CORES for n in TYPES if EVERYTHING or turn(c, n) % STEP.get(c, 4) == 0]
)
def test_bits(core: str, numeric: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    if reason := cores.reason_to_skip(core, numeric not in FINE, EVERYTHING):
        pytest.skip(reason)
    cases: list[Case] = []
    rights: dict[str, Right] = {}
    for number, (subject, answers) in enumerate(on(core, numeric)):
        fed = subject.fed(core, number)
        assert ports(fed.code) == answers.ports
        its_cases = [fed] if answers.whole is None else [fed, at_once_of(subject, fed.code)]
        cases += its_cases
        rights |= dict.fromkeys((case.title for case in its_cases), answers)
    ran = cores.run(core, cases, tmp_path / "cases")
    wrong = [case.title for case in cases if case.title in ran.answers and _differs(case, ran, rights[case.title])]
    chunk = Chunk("", core, f"{numeric} streams", len(ran.answers) - len(wrong), wrong, ran.unfit, 0, 0.0)
    record_property("bits", json.dumps(summary([chunk])))
    assert not wrong
    assert EVERYTHING or not ran.unfit


def _differs(case: Case, ran: cores.Ran, answers: Right) -> bool:
    wanted = answers.fed if isinstance(case, Fed) else answers.whole
    if wanted is not None:
        return ran.answers[case.title] != wanted
    got = ran.more[case.title].view(np.float32)[: len(answers.outputs)]
    return not float(np.abs(got - answers.outputs).max()) <= NEAR * max(1.0, float(np.abs(answers.outputs).max()))


def test_some_are_stepped_and_some_run() -> None:
    pairs = [(one, one.code_for(cores.HOST)) for numeric in FINE for one in subjects(numeric)]
    ways = [m.causal for one, m in pairs if whole(one, m)]
    assert any(ways) and not all(ways)
    assert any(m.rate is not None and m.rate.finishes for _, m in pairs)


def _walked_wrongly(case: Fed) -> Fed:
    """A case whose windows take their frames from the wrong end of the ring."""
    files = {path: text.replace("at->next - many", "many - 1") for path, text in case.code.files.items()}
    return replace(case, code=replace(case.code, files=files))


def test_a_frame_that_a_window_does_not_see_is_told(tmp_path: Path) -> None:
    every = [subject.fed(cores.HOST, number) for number, subject in enumerate(subjects("int8"))]
    pairs = [(case, wrong) for case in every if (wrong := _walked_wrongly(case)).code.files != case.code.files]
    assert pairs
    good, bad = ([pair[k] for pair in pairs[:3]] for k in (0, 1))
    answers = [cores.run(cores.HOST, cases, tmp_path / name).answers for name, cases in (("good", good), ("bad", bad))]
    assert answers[0] != answers[1]
    assert answers[0] == {case.title: expected(case)[0] for case in good}
