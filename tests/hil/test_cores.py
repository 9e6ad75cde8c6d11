"""Models give the same bits on every emulated core: layer cases in every quantised type, 256 steps each, or what
``bits`` says of floats and of images, over noise, zeros, small values and the ends of every type.

They must be those of C for small cores on this machine, of floats with ``--math exact``, which
``tests/layers/test_integer_layers.py`` and ``test_narrow_weights.py`` compare with the reference.

One case a kind by default, and one core an instruction set; of floats but ``float32w8`` two kinds and three cores.
In each type a core runs cases until each helper and each word of C has run that plain C has not. Others take turns:
of ``TURNS`` cores in a row, each runs a case once. ``-k KIND`` runs all of that kind on all cores,
``GATESMITH_EVERYTHING=1`` all cases and wirings.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from everything import EVERYTHING
from layers import integers
from layers.lab import Calls, Subject, by_kind, distinct, read_case
from layers.session import once
from layers.test_integer_layers import no_integers
from layers.test_layers import TRANSLATED
from numeric_types import INTEGERS

from gatesmith.backends.base import Generated
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.layers.integer import Ranges
from gatesmith.numerics import NUMERICS
from gatesmith.passes import compile_graph
from gatesmith.passes.fuse import fuse
from gatesmith.passes.memory import Program
from gatesmith.quantization.quantize import quantize
from gatesmith.quantization.weights import round_weights

from . import cores
from .bits import Answer, Case

FLOAT = "float32w8"
OTHERS = tuple(name for name, kind in NUMERICS.items() if not kind.integer and kind.weights.bits < 32 and name != FLOAT)
"""Floats whose products are all in which they differ from that one."""
FEW = ("dense", "embedding")
"""Kinds that are the default of those."""
FEW_CORES = ("host", "cortex-m0", "atmega2560")
"""Cores, too."""
TYPES = (*INTEGERS, FLOAT, *OTHERS)
HELPER = re.compile(r"^static [^\n;=]*?(\w+)\([^;]*?\n\{(.*?)^\}", re.MULTILINE | re.DOTALL)
LAYERS = ("_forward", "_step", "_run", "_each", "compute")
"""How names of functions end that are a layer's or a model's."""
MORE = ("lstm", "gru", "simple_rnn", "bidirectional")
"""Kinds of which two cases are the default."""
TURNS = {"atmega2560": 3, "cortex-m0": 5, "rv32ec": 5}
"""Each kind in one integer type, of 8 bits where an int has 16; on other cores one of 24 that are not their own."""


@dataclass(frozen=True)
class Typed:
    """A case in a numeric type, and its expected answer.

    Args:
        plain: its C for a core without kernels.
    """

    title: str
    graph: Graph
    wanted: Answer
    plain: Mapping[str, str]

    @cached_property
    def program(self) -> Program:
        return compile_graph(self.graph, by_rows=True)

    @cached_property
    def plain_parts(self) -> set[str]:
        return parts(self, self.plain)

    def case_for(self, core: str, numeric: str, number: int) -> Case:
        return Case(self.title, cores.code_for(core, self.program, numeric, f"m{number}"))


@dataclass(frozen=True)
class Imported:
    """A subject's model as Gatesmith imports it."""

    subject: Subject
    graph: Graph
    inputs: Calls

    @cached_property
    def fused(self) -> Graph:
        return fuse(self.graph)

    @cached_property
    def ranges(self) -> Ranges:
        return integers.ranges(self.fused, integers.calm(self.inputs, " ".join(self.subject.feeds)))


Cases = Callable[[str], list[Typed]]
"""Of a type."""


def asked(words: str) -> list[str]:
    """The kinds that ``-k`` selects."""
    return [kind for kind in by_kind(distinct(TRANSLATED)) if re.search(rf"\b{kind}\b", words)]


def on(core: str, numeric: str, typed: Cases, words: str) -> list[tuple[Typed, Case]]:
    """Those that run on a core, with its C: until all that is its own has run, and by turns of the others."""
    every = list(enumerate(typed(numeric)))
    if not (EVERYTHING or asked(words) or numeric in OTHERS):
        board, turn = cores.BOARDS[core], sorted(cores.BOARDS).index(core) + TYPES.index(numeric)
        same = ((board.layout, board.constants) == (one.layout, one.constants) for one in cores.BOARDS.values())
        needed = of_its_own(next(one for one, is_it in zip(cores.BOARDS, same, strict=True) if is_it), numeric, typed)
        turns = TURNS.get(core, 24) if numeric in INTEGERS else 24
        every = [(number, one) for number, one in every if one.title in needed or (number + turn) % turns == 0]
    return [(one, one.case_for(core, numeric, number)) for number, one in every]


@cache
def of_its_own(core: str, numeric: str, typed: Cases) -> set[str]:
    """Titles of cases whose C together contains all helpers of the core's own C."""
    helpers = {
        one.title: parts(one, neutral(one.case_for(core, numeric, number).code, core)) - one.plain_parts
        for number, one in enumerate(typed(numeric))
    }
    chosen, ran = set[str](), set[str]()
    while helpers[best := max(helpers, key=lambda title: len(helpers[title] - ran))] - ran:
        chosen.add(best)
        ran |= helpers[best]
    return chosen


def parts(one: Typed, files: Mapping[str, str]) -> set[str]:
    """Words of C, without numbers and names of layers; and functions that layers call, kernels among them: their names
    and their bodies."""
    text = re.sub(r"(?s)/\*.*?\*/", "", "".join(text for path, text in files.items() if path.endswith(".c")))
    helpers = {name + re.sub(r"\d+", "", body) for name, body in HELPER.findall(text) if not name.endswith(LAYERS)}
    names = sorted((node.name for node in one.graph.nodes), key=len, reverse=True)
    text = re.sub(rf"(?<![a-z])(?:{'|'.join(map(re.escape, names))})", "layer", text, flags=re.IGNORECASE)
    return helpers | set(re.findall(r"\b[a-z_]+", re.sub(r"\d+", "", text), re.IGNORECASE))


def neutral(code: Generated, core: str) -> Mapping[str, str]:
    """The C files without the board's name."""
    return {path: text.replace(cores.BOARDS[core].name, "") for path, text in code.files.items()}


def chosen(words: str) -> list[Subject]:
    """Everything; or the first of each layer kind, and two of some. Only kinds that ``-k`` names, if it names any."""
    kinds = by_kind(distinct(TRANSLATED))
    if named := asked(words):
        kinds = {kind: kinds[kind] for kind in named}
    if EVERYTHING:
        return [one for members in kinds.values() for one in members]
    kinds = {kind: members for kind, members in kinds.items() if kind != "wiring" or named}
    return [one for kind, all_ in kinds.items() for one in all_[:: max(1, len(all_) // 2)][: 2 if kind in MORE else 1]]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Cases:
    """The cases of a type. Processes of one session make each once, together."""
    subjects = chosen(request.config.option.keyword)

    @cache
    def graphs() -> list[Imported]:
        folder = tmp_path_factory.mktemp("cases")
        return [Imported(subject, *read_case(subject, folder / f"case_{k}")) for k, subject in enumerate(subjects)]

    @cache
    def of(numeric: str) -> list[Typed]:
        return once(f"cores-{numeric}", lambda: _typed(numeric, graphs()))

    return of


def _typed(numeric: str, models: list[Imported]) -> list[Typed]:
    kind, graphs = NUMERICS[numeric], {}
    for one in models:
        title = f"{one.subject.id} {numeric}"
        if numeric in INTEGERS:
            try:
                graphs[title] = quantize(one.fused, one.ranges, kind)
            except UnsupportedError:
                assert no_integers(one.subject) != "?", one.subject.id
        elif numeric == FLOAT or EVERYTHING or one.subject.id.split(":")[0] in FEW:
            graphs[title] = round_weights(one.graph, kind.weights)
    named = enumerate(graphs.items())
    programs = ((k, title, compile_graph(graph, by_rows=True)) for k, (title, graph) in named)
    cases = [Case(title, cores.code_for(cores.PLAIN, program, numeric, f"m{k}")) for k, title, program in programs]
    wanted = cores.wanted(cases).answers if cases else {}
    plain = [neutral(case.code, cores.PLAIN) for case in cases]
    return [Typed(title, graph, wanted[title], src) for (title, graph), src in zip(graphs.items(), plain, strict=True)]


def named_by(*words: str) -> Callable[[Any], Any]:
    """``-k`` also finds a test by these words: pytest looks at the attributes of its function."""

    def named(test: Any) -> Any:
        vars(test).update(dict.fromkeys(words))
        return test

    return named


@pytest.mark.parametrize("numeric", ["int8", FLOAT])
def test_a_weight_of_the_other_sign_is_told(numeric: str, typed: Cases, tmp_path: Path) -> None:
    case = next(case for case in typed(numeric) if case.title.startswith("lstm"))
    good = case.case_for(cores.HOST, numeric, 0)
    source = good.code.files["m0.c"]
    table = re.compile(r"(int8_t lstm\w*_kernel[^{]*\{[^;]*?)(?<![\w-])(-?[1-9]\d*)")
    wrong = table.sub(lambda match: match[1] + str(-int(match[2])), source, count=1)
    assert wrong != source
    bad = replace(good, code=replace(good.code, files={**good.code.files, "m0.c": wrong}))
    answers = [cores.run(cores.HOST, [one], tmp_path / name).answers for name, one in (("good", good), ("bad", bad))]
    assert answers[0] == {case.title: case.wanted} != answers[1]


@named_by(*by_kind(TRANSLATED))
@pytest.mark.parametrize("numeric", TYPES)
@pytest.mark.parametrize("core", sorted(cores.BOARDS, key=lambda core: (core != cores.HOST, core)))
def test_bits(
    core: str,
    numeric: str,
    typed: Cases,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    if reason := cores.reason_to_skip(core, numeric not in INTEGERS, EVERYTHING):
        pytest.skip(reason)
    if numeric in OTHERS and core not in FEW_CORES and not EVERYTHING:
        pytest.skip(f"{core}: {numeric} runs on {', '.join(FEW_CORES)}; GATESMITH_EVERYTHING=1 runs it")
    cases = on(core, numeric, typed, request.config.option.keyword)
    if not cases:
        pytest.skip(f"{core}: each of these cases is refused in {numeric}")
    ran = cores.run(core, [case for _, case in cases], tmp_path / "cases")
    wrong = [one.title for one, _ in cases if ran.answers.get(one.title, one.wanted) != one.wanted]
    for title, why in ran.unfit.items():
        record_property("told", f"bits: {core} does not fit: {title}: {why}")
    assert len(ran.answers) + len(ran.unfit) == len(cases)
    assert not wrong, f"{len(wrong)} differ on {core}:\n" + "\n".join(wrong)
    assert EVERYTHING or not ran.unfit
