"""Integer models give the reference's bits on every emulated core: layer cases in int8, int16w8 and int16, a thousand
steps each, over noise, zeros and the ends of every type.

One case a kind by default, and one core an instruction set; all of them with ``GATESMITH_EVERYTHING=1``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from layers import integers
from layers.lab import PACKAGES, Subject, written
from layers.test_layers import TRANSLATED

from gatesmith import passes, pipeline, target
from gatesmith.backends import c99
from gatesmith.backends.base import Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.device import board as firmware
from gatesmith.device import emulator
from gatesmith.device.device import Device
from gatesmith.errors import UnsupportedError
from gatesmith.flow import Settings
from gatesmith.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.passes.quantize import quantize

from .bits import INTERFACE, Case, expected, program

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
TYPES = ("int8", "int16w8", "int16")
CHUNK = 12
"""Models a firmware: what an ATmega2560 holds, whose pointers reach 64 KB of constants."""
OTHERS = {name: board for name in reversed(target.names()) for board in [target.load(name)] if board.emulator}
CORES = {board.emulator: board for board in OTHERS.values()}
ALIKE = {"cortex-m7": "cortex-m4f", "cortex-m33": "cortex-m4f", "stm32f405": "cortex-m4f"}
ALIKE |= {"rv32imac": "rv32imc", "rv32imafc": "rv32imc"}
"""Cores that execute the same instructions for integers as another here."""
SMALL = "uno: the same core as mega2560, with an eighth of its memory"


def chosen() -> list[Subject]:
    """Keras 3's cases: the first of each kind, and of the recurrent ones three."""
    own = [subject for subject in TRANSLATED if subject.package == "keras" and not subject.id.startswith("wiring")]
    if EVERYTHING:
        return own
    found: dict[str, list[Subject]] = {}
    for subject in own:
        found.setdefault(subject.id.split(":")[0], []).append(subject)
    counts = {kind: 3 if kind in ("lstm", "gru", "simple_rnn", "bidirectional") else 1 for kind in found}
    return [one for kind, members in found.items() for one in members[:: max(1, len(members) // 3)][: counts[kind]]]


@pytest.fixture(scope="module")
def quantized(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, Graph]]:
    """Each case in each type: its title, the type, the integer graph."""
    folder = tmp_path_factory.mktemp("cases")
    found = []
    for number, subject in enumerate(chosen()):
        path = folder / f"case_{number}{subject.suffix or PACKAGES[subject.package]}"
        made = written(subject, path)
        if made.error is not None:
            raise made.error
        graph = fuse(pipeline.load(path, Settings()).graph)
        calm = integers.calm(made.inputs, " ".join(subject.feeds))
        for name in TYPES:
            try:
                found.append((subject.id, name, quantize(graph, integers.ranges(graph, calm), NUMERICS[name])))
            except UnsupportedError:
                assert "exponential" in subject.id, subject.id
    return found


@pytest.mark.parametrize("core", sorted(CORES))
def test_bits(core: str, quantized: Sequence[tuple[str, str, Graph]], tmp_path: Path) -> None:
    board = CORES[core]
    stand_in = emulator.load(core)
    if missing := firmware.lacking(board, stand_in):
        pytest.skip(f"{core}: {missing}")
    if stand_in.project is not None:
        pytest.skip(f"{core}: its build takes one file a model, and its instruction set is another core's here")
    if board.flash and board.flash < 40_000:
        pytest.skip(SMALL)
    if core in ALIKE and not EVERYTHING:
        pytest.skip(f"{core}: integers as on {ALIKE[core]}; GATESMITH_EVERYTHING=1 runs it")
    wrong, ran = [], 0
    for first in range(0, len(quantized), CHUNK):
        chunk = quantized[first : first + CHUNK]
        cases = [
            Case(f"{case} {name}", graph, _made(board, graph, name, k)) for k, (case, name, graph) in enumerate(chunk)
        ]
        wrong += _differing(board, stand_in, cases, tmp_path / str(first))
        ran += len(cases)
    assert ran == len(quantized)
    assert not wrong, f"{len(wrong)} of {ran} differ on {core}:\n" + "\n".join(wrong)


def _made(board: target.Target, graph: Graph, numeric: str, number: int) -> c99.Generated:
    layout = Layout(board.rows, board.lanes, board.isa)
    options = Options(f"m{number}", board.name, NUMERICS[numeric], layout, "fast", board.constants == "progmem")
    return c99.generate(passes.compile_graph(graph), Origin("m", "0" * 64, "Keras 3", ""), options, "0")


def _differing(board: target.Target, stand_in: emulator.Emulator, cases: Sequence[Case], folder: Path) -> list[str]:
    folder.mkdir()
    for case in cases:
        for path, text in case.made.files.items():
            (folder / path).write_text(text, "utf-8")
    (folder / "cases.c").write_text(program(cases), "utf-8")
    models = [folder / f"{case.made.name}.c" for case in cases]
    built = firmware.build(board, stand_in, models, [folder / "cases.c"], folder / "build", board.compiler.flags(False))
    wrong = []
    with Device.start(built.command, INTERFACE, timeout=10.0, run_timeout=300.0) as device:
        for index, case in enumerate(cases):
            (answer,) = device.run([np.array([index])])
            if int(answer[0]) != expected(case, index):
                wrong.append(case.title)
    return wrong
