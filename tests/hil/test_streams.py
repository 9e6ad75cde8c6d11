"""Causal streams, and windows, give the reference's integers on every emulated core: by ``step`` where each frame is
answered, else by ``run``, which goes by the same steps and finishes them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streams import causal_graph

from gatesmith import passes
from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.core.errors import GatesmithError
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import calibrate
from gatesmith.quantization.quantize import quantize

from . import cores, expecting
from .bits import Case

TYPES = ("int8", "int16w8", "int16")
STEPS = 20
FEW = 6
"""Streams of each type, and half as many windows."""


def _made(core: str, graph: Graph, numeric: str, name: str, hop: int | None) -> Generated:
    board = cores.BOARDS[core]
    layout = Layout(board.rows, board.lanes, board.isa)
    options = Options(name, board.name, NUMERICS[numeric], layout, "fast", board.constants == "progmem")
    program = passes.compile_graph(graph, None, stream=True, hop=hop)
    return c99.generate(program, Origin("m", "0" * 64, "Keras 3", ""), options, "0")


def _graphs(numeric: str) -> list[tuple[str, Graph, int | None]]:
    """Titles, graphs, hops."""
    found: list[tuple[str, Graph, int | None]] = []
    seed = 100 * (1 + TYPES.index(numeric))
    while len(found) < FEW + FEW // 2:
        seed += 1
        hop = 6 if len(found) >= FEW else None
        try:
            graph = causal_graph(random.Random(seed).choice, seed, STEPS)
            x = np.random.default_rng(seed).normal(size=(4, *graph.shape(graph.inputs[0].tensor))).astype(np.float32)
            graph = quantize(fuse(graph), calibrate([(fuse(graph), [x])]), NUMERICS[numeric])
            made = _made(cores.HOST, graph, numeric, "m", hop)
        except GatesmithError:
            continue
        if made.causal and any(node.op.kind == "integer_global_pool" for node in graph.nodes):
            continue  # it is stepped a thousand times, and run's mean is that of so many steps as the model has
        found.append((f"{'stream' if hop is None else 'windows'} {seed} {numeric}", graph, hop))
    return found


@pytest.mark.parametrize("numeric", TYPES)
@pytest.mark.parametrize("core", sorted(cores.BOARDS, key=lambda core: (core != cores.HOST, core)))
def test_bits(core: str, numeric: str, tmp_path: Path) -> None:
    if reason := cores.reason_to_skip(core, False, False):
        pytest.skip(reason)
    graphs = _graphs(numeric)
    cases = [Case(title, _made(core, g, numeric, f"m{k}", hop)) for k, (title, g, hop) in enumerate(graphs)]
    stepped = [case.made.causal for case in cases]
    assert any(stepped) and not all(stepped)
    wanted = {case.title: expecting.expected(case, graph) for case, (_, graph, _) in zip(cases, graphs, strict=True)}
    assert cores.run(core, cases, tmp_path / "cases").answers == wanted


def test_a_frame_that_a_window_does_not_see_is_told(tmp_path: Path) -> None:
    """Were rings walked the wrong way round, the hashes would say so."""
    numeric = TYPES[0]
    graphs = _graphs(numeric)
    good = [Case(title, _made(cores.HOST, g, numeric, f"m{k}", hop)) for k, (title, g, hop) in enumerate(graphs)]
    bad = []
    for case in good:
        files = {path: text.replace("at->next - many", "many - 1") for path, text in case.made.files.items()}
        bad.append(replace(case, made=replace(case.made, files=files)))
    answers = [cores.run(cores.HOST, cases, tmp_path / name).answers for name, cases in (("good", good), ("bad", bad))]
    assert answers[0] != answers[1]
    assert answers[0] == {
        case.title: expecting.expected(case, graph) for case, (_, graph, _) in zip(good, graphs, strict=True)
    }
