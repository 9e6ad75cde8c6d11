"""Integer code written for an instruction set computes the same bits in plain C, where that set is not: each layout's
packing is read back by the fallback of its own primitive. On the cores themselves tests/hil runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from gatesmith import pipeline
from gatesmith.backends import c99
from gatesmith.backends.base import Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.building import MATHS
from gatesmith.calibrate import calibrate
from gatesmith.device.host import WARNINGS, find_compiler
from gatesmith.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.passes import compile_graph
from gatesmith.passes.fuse import fuse
from gatesmith.passes.quantize import quantize
from gatesmith.reference import Reference

EXAMPLES = Path(__file__).parents[2] / "examples"
STEPS = 100


@pytest.fixture(scope="module")
def float_graph() -> Graph:
    return fuse(pipeline.graph_of(EXAMPLES / "basic_motions.keras"))


@pytest.mark.parametrize("numeric", ["int8", "int16w8", "int16"])
@pytest.mark.parametrize("isa", ["", "dsp", "mve", "rows"])
def test_plain_c_reads_what_is_packed_for_others(
    isa: str, numeric: str, float_graph: Graph, tmp_path: Path, numbers: np.random.Generator
) -> None:
    inputs = [np.load(EXAMPLES / "basic_motions_test.npz")["in_0"].astype(np.float32)]
    inputs = [np.concatenate([x, 100 * numbers.normal(size=x[:4].shape).astype(np.float32)]) for x in inputs]
    graph = quantize(float_graph, calibrate([(float_graph, [x[:8] for x in inputs])]), NUMERICS[numeric])
    options = Options("m", "host", NUMERICS[numeric], Layout(8, 1, isa))
    made = c99.generate(compile_graph(graph), Origin("m", "0" * 64, "Keras", "0" * 12), options, "0")
    given = made.take(inputs)
    right = Reference(graph, np.int64).run(given)
    files = {**made.files, "selftest.c": c99.selftest(made, given, right, [STEPS], 0.0)}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    sanitized = ["-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover"]
    command = [*find_compiler().split(), *WARNINGS, *sanitized, "m.c", "selftest.c", "-o", "selftest"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    done = subprocess.run(["./selftest"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"m: 0 values of {len(inputs[0])} samples differ\n"


def test_how_floats_are_computed_is_nothing_to_integers(float_graph: Graph) -> None:
    """A device is known by its model's id: the same integers have one."""
    inputs = [np.load(EXAMPLES / "basic_motions_test.npz")["in_0"].astype(np.float32)[:4]]
    whole = quantize(float_graph, calibrate([(float_graph, inputs)]), NUMERICS["int8"])

    def ids(graph: Graph, numeric: str) -> set[str]:
        every = [Options("m", "host", NUMERICS[numeric], Layout(8, 1), math) for math in MATHS]
        made = [c99.generate(compile_graph(graph), Origin("m", "0" * 64, "K", "0" * 12), one, "0") for one in every]
        assert numeric == "float32" or len({str(one.files) for one in made}) == 1
        return {one.model_id for one in made}

    assert len(ids(whole, "int8")) == 1
    assert len(ids(float_graph, "float32")) == len(MATHS)


@pytest.fixture
def numbers() -> np.random.Generator:
    return np.random.default_rng(5)
