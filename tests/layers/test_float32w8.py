"""float32w8: the C of layer cases and wirings computes what their rounded weights mean; so does the Python, on the unix
port of MicroPython.

A share of the cases by default, evenly over the kinds; all of them with ``GATESMITH_EVERYTHING=1``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.graph import Graph
from gatesmith.numerics.float32w8 import FLOAT32W8, meant, stored
from gatesmith.passes import compile_graph
from gatesmith.passes.weights import round_weights
from gatesmith.reference import Reference

from .compiled import Instance, compile_all
from .feeds import ROWS
from .lab import Calls, Subject, distinct, made_of, share
from .modules import UNIX, Fleet, Job, lacking, modules
from .test_layers import TRANSLATED, agree

EVERYTHING = bool(os.environ.get("GATESMITH_EVERYTHING"))
OF_A_KIND = 4
CHUNK = 24
LAYOUTS = {"lanes": Layout(), "rows": Layout(8, 1)}
DISTINCT = distinct(TRANSLATED)
CHOSEN = DISTINCT if EVERYTHING else share(DISTINCT, OF_A_KIND)
CHUNKS = [CHOSEN[first : first + CHUNK] for first in range(0, len(CHOSEN), CHUNK)]


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: chunk[0].id.split(":")[0])
def test_c(chunk: list[Subject], tmp_path: Path) -> None:
    models, wrong = [], []
    for number, subject in enumerate(chunk):
        graph, inputs = made_of(subject, tmp_path / f"case_{number}")
        rounded = round_weights(graph)
        reference = Reference(rounded)
        wanted = [reference.run(call) for call in inputs]
        for layout in LAYOUTS:
            models.append((subject, _generated(rounded, f"m{number}", layout), inputs, wanted))
    libraries = compile_all([made for _, made, _, _ in models], tmp_path)
    for subject, made, inputs, wanted in models:
        library = libraries[made.name]
        try:
            if isinstance(library, Exception):
                raise library
            agree(_computed(made, library, inputs), wanted, subject.tolerance)
        except AssertionError as error:
            wrong.append(f"{subject.id} {made.name}: {str(error)[:1000]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("subject", share(DISTINCT, 1), ids=lambda subject: subject.id)
def test_micropython(subject: Subject, tmp_path: Path, fleet: Fleet) -> None:
    if missing := lacking(UNIX):
        pytest.skip(f"{missing} is missing")
    graph, inputs = made_of(subject, tmp_path / "case")
    rounded = round_weights(graph)
    reference = Reference(rounded)
    job = Job(modules(rounded, FLOAT32W8.name), inputs)
    fleet.work(UNIX, [job])
    agree(fleet.answers(UNIX, job).calls, [reference.run(call) for call in inputs], subject.tolerance)


def _computed(made: Generated, library: Any, inputs: Calls) -> Calls:
    """Each row by an instance of its own, the calls one after the other."""
    rows = [Instance(made, library) for _ in range(ROWS)]
    got: Calls = []
    for call in inputs:
        outputs = [one.run([x[row] for x in call]) for row, one in enumerate(rows)]
        got.append([np.stack(list(parts)) for parts in zip(*outputs, strict=True)])
    return got


def _generated(graph: Graph, name: str, layout: str) -> Generated:
    options = Options(f"{name}_{layout}", "host", FLOAT32W8, LAYOUTS[layout])
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
