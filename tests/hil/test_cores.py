"""Models give the same bits on every emulated core: layer cases in every quantised type, a thousand steps each, over
noise, zeros, small values and the ends of every type.

Integers must be the NumPy reference's. ``float32w8``, with ``--math exact``, must be this machine's, which
``tests/layers/test_float32w8.py`` compares with the reference.

One case a kind by default, and one core an instruction set. With ``GATESMITH_EVERYTHING=1`` all cases and wirings on
all cores, each firmware told as it is done and kept in ``out/cores.jsonl``: what is there and would be the same again
does not run again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from layers import integers
from layers.lab import Subject, by_kind, distinct, made_of
from layers.test_integer_layers import REFUSED
from layers.test_layers import TRANSLATED

from gatesmith.errors import UnsupportedError
from gatesmith.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.passes.quantize import quantize
from gatesmith.passes.weights import round_weights

from . import cores
from .bits import Answer, Case
from .conftest import ROOT
from .expected import expected
from .record import Chunk, Record, summary

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
RECORD = ROOT / "out" / "cores.jsonl" if EVERYTHING else None
FLOAT = "float32w8"
TYPES = ("int8", "int16w8", "int16", FLOAT)
MORE = ("lstm", "gru", "simple_rnn", "bidirectional")
"""Kinds of which two cases are the default."""


@dataclass(frozen=True)
class Typed:
    """A case in a numeric type."""

    title: str
    graph: Graph

    def made(self, core: str, numeric: str, number: int) -> Case:
        return Case(self.title, cores.made_for(core, self.graph, numeric, f"m{number}"))


def chosen() -> list[Subject]:
    """Everything; or the first of each layer kind, and two of some."""
    found = distinct(TRANSLATED)
    if EVERYTHING:
        return found
    kinds = {kind: members for kind, members in by_kind(found).items() if kind != "wiring"}
    return [one for kind, all_ in kinds.items() for one in all_[:: max(1, len(all_) // 2)][: 2 if kind in MORE else 1]]


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Typed]]:
    """By type: the cases' graphs in it."""
    folder = tmp_path_factory.mktemp("cases")
    found: dict[str, list[Typed]] = {name: [] for name in TYPES}
    for number, subject in enumerate(chosen()):
        graph, inputs = made_of(subject, folder / f"case_{number}")
        found[FLOAT].append(Typed(f"{subject.id} {FLOAT}", round_weights(graph)))
        graph = fuse(graph)
        ranges = integers.ranges(graph, integers.calm(inputs, " ".join(subject.feeds)))
        for name in TYPES[:-1]:
            try:
                found[name].append(Typed(f"{subject.id} {name}", quantize(graph, ranges, NUMERICS[name])))
            except UnsupportedError:
                assert subject.id in REFUSED, subject.id
    return found


@pytest.fixture(scope="module")
def wanted(
    typed: dict[str, list[Typed]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Sequence[Typed]], dict[str, Answer]]:
    """What cases of a type must answer, by title; computed once for all cores."""
    known: dict[str, Answer] = {}

    def answers(numeric: str, cases: Sequence[Typed]) -> dict[str, Answer]:
        missing = [case for case in cases if case.title not in known]
        here = [case.made(cores.HOST, numeric, number) for number, case in enumerate(missing)]
        if numeric != FLOAT:
            known.update({one.title: expected(one, case.graph) for one, case in zip(here, missing, strict=True)})
        elif here:
            known.update(cores.run(cores.HOST, here, tmp_path_factory.mktemp("host") / "cases").answers)
        return {case.title: known[case.title] for case in cases}

    return answers


@cache
def record() -> Record:
    return Record(RECORD)


@pytest.mark.parametrize("core", sorted(cores.BOARDS, key=lambda core: (core != cores.HOST, core)))
def test_bits(
    core: str,
    typed: dict[str, list[Typed]],
    wanted: Callable[[str, Sequence[Typed]], dict[str, Answer]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if reason := cores.reason_to_skip(core, EVERYTHING):
        pytest.skip(reason)
    chunks = []
    for numeric, cases in typed.items():
        size = cores.SIZES.get(core, cores.USUAL)
        for first in range(0, len(cases), size):
            some = cases[first : first + size]
            made = [case.made(core, numeric, number) for number, case in enumerate(some)]
            answers = wanted(numeric, some)
            key = cores.digest(core, made, list(answers.values()))
            chunk = record().known(key)
            if chunk is None:
                began = time.monotonic()
                ran = cores.run(core, made, tmp_path / f"{numeric}_{first}")
                chunk = _compared(key, core, numeric, ran, answers, time.monotonic() - began)
                record().add(chunk)
            if EVERYTHING:
                with capsys.disabled():
                    print(f"\n{time.strftime('%H:%M:%S')} {chunk.line()}", *chunk.wrong, sep="\n    ", flush=True)
            chunks.append(chunk)
    record_property("bits", json.dumps(summary(chunks)))
    wrong = [title for chunk in chunks for title in chunk.wrong]
    assert sum(chunk.equal + len(chunk.wrong) + len(chunk.unfit) for chunk in chunks) == sum(map(len, typed.values()))
    assert not wrong, f"{len(wrong)} differ on {core}:\n" + "\n".join(wrong)
    if not EVERYTHING:
        assert not any(chunk.unfit for chunk in chunks), [chunk.unfit for chunk in chunks]


def _compared(key: str, core: str, numeric: str, ran: cores.Ran, answers: dict[str, Answer], seconds: float) -> Chunk:
    wrong = [title for title, answer in ran.answers.items() if answer != answers[title]]
    strange = sum(answer.strange > 0 for title, answer in ran.answers.items() if title not in wrong)
    return Chunk(key, core, numeric, len(ran.answers) - len(wrong), wrong, ran.unfit, strange, seconds)
