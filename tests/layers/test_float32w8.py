"""float32w8: the C of each kind that has a matrix or a table computes what its rounded weights mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.numerics.float32w8 import FLOAT32W8, meant, stored
from gatesmith.passes import compile_graph
from gatesmith.passes.weights import round_weights
from gatesmith.reference import Reference

from .compiled import Instance, compile_all
from .feeds import ROWS
from .lab import Calls, Lab, Subject
from .test_layers import TRANSLATED, agree, title

KINDS = ("dense", "embedding", "gru", "lstm", "simple_rnn")
EACH = 8
LAYOUTS = {"lanes": Layout(), "rows": Layout(8, 1)}


def _some() -> list[Subject]:
    """Cases of Keras 3, spread over each kind's list."""
    found: list[Subject] = []
    for kind in KINDS:
        own = [s for s in TRANSLATED if s.package == "keras" and s.id.startswith(f"{kind}: ")]
        found += own[:: max(1, len(own) // EACH)]
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("subject", _some(), ids=title)
def test_c(layout: str, subject: Subject, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    result = lab.result(subject)
    assert result.graph is not None, result.error
    graph = round_weights(result.graph)
    made = _generated(graph, layout)
    library = compile_all([made], tmp_path_factory.mktemp("w8"))[made.name]
    if isinstance(library, Exception):
        raise library
    reference = Reference(graph)
    rows = [Instance(made, library) for _ in range(ROWS)]
    wanted: Calls = [reference.run(inputs) for inputs in result.inputs]
    got: Calls = []
    for inputs in result.inputs:
        outputs = [one.run([x[row] for x in inputs]) for row, one in enumerate(rows)]
        got.append([np.stack(list(parts)) for parts in zip(*outputs, strict=True)])
    agree(got, wanted, subject.tolerance)


def _generated(graph: Any, layout: str) -> Generated:
    options = Options(f"w8_{layout}", "host", FLOAT32W8, LAYOUTS[layout])
    return c99.generate(compile_graph(graph), Origin("m", "0" * 64, "Keras", "0" * 12), options, "0")


def test_weights_are_within_half_a_step() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 1, (30, 7)).astype(np.float32) * 10.0 ** rng.integers(-20, 20, 7)
    weights[:, 3] = 0
    q, scales = stored(weights)
    assert q.dtype == np.int8 and np.abs(q).max(axis=0).tolist() == [127, 127, 127, 0, 127, 127, 127]
    assert (np.abs(meant(weights) - weights) <= 0.5001 * scales).all()


def test_what_is_meant_is_stored_as_itself() -> None:
    """Rounding again changes nothing, so that the C, which starts from what is meant, has the same integers."""
    rng = np.random.default_rng(1)
    weights = rng.normal(0, 1, (64, 500)).astype(np.float32)
    q, _ = stored(weights)
    again, _ = stored(meant(weights))
    np.testing.assert_array_equal(q, again)
