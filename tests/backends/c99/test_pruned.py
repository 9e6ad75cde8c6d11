"""Pruned matrices in plain C: what is stored, and that a model computes the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs import integers_of
from numeric_types import FINE
from toolchain import SCALAR, generate, selftest

from gatesmith.core.graph import Graph
from gatesmith.importers.reading import graph_of
from gatesmith.layers.dense import Dense
from gatesmith.layers.gru import Gru
from gatesmith.layers.lstm import Lstm
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

EXAMPLES = Path(__file__).parents[3] / "examples"
Cut = Callable[[Any, np.random.Generator], Any]


def singly(weights: Any, rng: np.random.Generator) -> Any:
    """Nine of ten weights."""
    return np.where(rng.random(weights.shape) < 0.9, 0, weights).astype(np.float32)


def by_fours(weights: Any, rng: np.random.Generator) -> Any:
    """Three of four blocks of four neighbouring inputs, where there are such."""
    inputs, rows = weights.shape
    gone = np.repeat(rng.random((-(-inputs // 4), rows)) < 0.75, 4, axis=0)[:inputs]
    return np.where(gone, 0, weights).astype(np.float32)


def whole_rows(weights: Any, rng: np.random.Generator) -> Any:
    """All weights of three rows of four."""
    return np.where(rng.random(weights.shape[1]) < 0.75, 0, weights).astype(np.float32)


def everything(weights: Any, rng: np.random.Generator) -> Any:
    return np.zeros_like(weights)


def pruned(graph: Graph, cut: Cut) -> Graph:
    rng, nodes = np.random.default_rng(0), []
    for node in graph.nodes:
        names = ("kernel", "recurrent") if isinstance(node.op, Lstm | Gru) else ("kernel",)
        cuts = {name: cut(getattr(node.op, name), rng) for name in names if isinstance(node.op, Lstm | Gru | Dense)}
        nodes.append(replace(node, op=replace(node.op, **cuts)) if cuts else node)
    return replace(graph, nodes=tuple(nodes))


TYPES = ("float32", *(name for name in FINE if NUMERICS[name].weights.bits == 8))
"""int16 has no kernel for runs of four."""


@pytest.mark.parametrize("cut", [singly, by_fours, whole_rows, everything])
@pytest.mark.parametrize("numeric", TYPES)
def test_zeros_are_not_stored_and_change_nothing(numeric: str, cut: Cut, tmp_path: Path) -> None:
    """The two examples take turns over the types."""
    model = ("basic_motions", "japanese_vowels")[TYPES.index(numeric) % 2]
    graph, kind = pruned(fuse(graph_of(EXAMPLES / f"{model}.keras")), cut), NUMERICS[numeric]
    inputs = [np.load(EXAMPLES / f"{model}_test.npz")["in_0"].astype(np.float32)[:12]]
    if kind.integer:
        graph = integers_of(graph, kind.name, *inputs)
    code = generate(graph, name="m", layout=SCALAR, numeric=numeric)
    taken = code.take(inputs)
    right = Reference(graph, np.int64 if kind.integer else np.float64).run(taken)
    tolerance = 0.0 if kind.integer else 1e-5
    printed = selftest(code, tmp_path, taken, right, inputs[0].shape[1], tolerance)
    assert not kind.integer or printed == f"m: 0 values of {len(inputs[0])} samples differ\n"
    runs = {singly: "_runs1(", by_fours: "_runs4("}.get(cut, "")
    assert runs in code.files["m.c"]
    if cut is singly:
        plain = whole_bytes(model, kind.name, inputs)
        assert sum(table.bytes for table in code.tables) < 0.8 * plain


def whole_bytes(model: str, numeric: str, inputs: list[Any]) -> int:
    """Bytes of the unpruned model."""
    graph, kind = fuse(graph_of(EXAMPLES / f"{model}.keras")), NUMERICS[numeric]
    if kind.integer:
        graph = integers_of(graph, kind.name, *inputs)
    code = generate(graph, name="m", layout=SCALAR, numeric=numeric)
    return sum(table.bytes for table in code.tables)


def test_few_zeros_are_stored() -> None:
    graph = fuse(graph_of(EXAMPLES / "basic_motions.keras"))
    third = pruned(graph, lambda weights, rng: np.where(rng.random(weights.shape) < 0.4, 0, weights).astype(np.float32))
    code = generate(third, name="m", layout=SCALAR)
    assert "_runs" not in code.files["m.c"]
