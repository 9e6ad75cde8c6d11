"""Cells whose gates differ much in size: each gate has its own shifts then, in every layout of C and in MicroPython,
and small gates beside a candidate of hundreds are as exact as others."""

from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from numeric_types import FINE, measured

from gatesmith.backends.c99 import kernels
from gatesmith.core.formats import covering
from gatesmith.core.graph import Graph
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.layers.integer.cells import IntegerCell
from gatesmith.layers.integer.matrix import MatrixQuantizer
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.prepare import quantized
from gatesmith.quantization.quantize import quantize

from . import integers
from .modules import UNIX, Fleet, Job, lacking, modules

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
KINDS = ("lstm", "gru", "gru_before")
ISAS = kernels.names()
REACH = 400.0
BOUNDS = {"int8": 0.0075, "int16w8": 0.002, "int16": 0.0004}
"""Largest error as a share of the output's range; with common shifts int16 was at 0.0012."""
HEAVY = {"int8": 0.018, "int16w8": 0.006, "int16": 0.001}
"""The same where weights, not biases, make the candidate large; with scales of rows held together by the size of their
weights instead of their gains int8 was at 0.031 and int16w8 at 0.027."""


def _graphs(kind: str, name: str, weighted: bool) -> tuple[Graph, Graph, Any]:
    plain = fuse(graphs.uneven(kind, REACH, 2, weighted))
    x = np.random.default_rng(2).uniform(-2, 2, (256, 20, 4)).astype(np.float32)
    return plain, quantize(plain, integers.ranges(plain, [[x]]), NUMERICS[name]), x[:8]


def _cell(graph: Graph) -> IntegerCell:
    (cell,) = [node.op for node in graph.nodes if isinstance(node.op, IntegerCell)]
    return cell


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FINE)
@pytest.mark.parametrize("weighted", [False, True])
def test_gates_keep_their_own_precision(kind: str, name: str, weighted: bool, tmp_path: Path) -> None:
    plain, whole, x = _graphs(kind, name, weighted)
    apart = len(_cell(whole).own.rescales)
    assert apart > 1 or weighted, "the model has become an ordinary one"
    # Sets without a kernel of their own for it write the same C. Weights are numbers in it: plain C is enough then.
    sets = ISAS if apart > 1 else ["plain"]
    texts = {str(integers.generated(whole, NUMERICS[name], "m", (isa,)).files): isa for isa in sets}
    models = [integers.generated(whole, NUMERICS[name], f"m_{isa}", (isa,)) for isa in texts.values()]
    assert len(models) > 3 or apart == 1
    libraries = integers.compile_all(models, tmp_path)
    for one in models:
        model = integers.Integers(whole, one, libraries[one.name])
        integers.same(model, [[x]])
    assert integers.distance(model, plain, [[x]]) <= measured(name, HEAVY if weighted else BOUNDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FINE)
def test_micropython_shifts_each_gate_too(kind: str, name: str, fleet: Fleet) -> None:
    if missing := lacking(UNIX):
        pytest.skip(f"{missing} is missing")
    _, whole, x = _graphs(kind, name, weighted=False)
    code = modules(whole, name)
    taken = code.take([x])
    (right,) = integers.Integers(whole, code).reference().run(taken)
    job = Job(code, [taken])
    fleet.work(UNIX, [job])
    ((got,),) = fleet.answers(UNIX, job).calls
    np.testing.assert_array_equal(got, right)


@pytest.mark.parametrize("inputs", [1, 3, 8])
@pytest.mark.parametrize("name", FINE)
def test_gates_beside_a_candidate_of_large_weights_keep_theirs(inputs: int, name: str) -> None:
    """As exact as without it: rows that shared their shifts had weights of a few bits, and with 8 inputs an argument in
    int8 was .21 off."""
    numeric, units, rng = NUMERICS[name], 16, np.random.default_rng(0)
    kernel = rng.normal(0, 0.5, (inputs, 3 * units))
    source = covering(-2.0, 2.0, numeric.dtype.name)
    x = rng.integers(source.low, source.high + 1, (500, inputs))
    scale = np.repeat([2.0**-11, 2.0**-11, 2.0**-12], units)

    def gates(factor: float) -> Any:
        weighted = kernel * np.repeat([1.0, 1.0, factor], units)
        quantizer = MatrixQuantizer(numeric, weighted, None, source, scale, 16)
        return quantizer.matrix(3)(x)[:, : 2 * units] * 2.0**-11

    right = source.real(x) @ kernel[:, : 2 * units]
    alone, beside = (float(np.abs(gates(factor) - right).max()) for factor in (1.0, 100.0))
    assert beside <= alone + 4 * 2.0**-11


@pytest.mark.parametrize("model", ["basic_motions", "japanese_vowels"])
@pytest.mark.parametrize("name", FINE)
def test_ordinary_cells_share_their_shifts(model: str, name: str) -> None:
    """Separate shifts cost one more loop: only cells that need them have them."""
    settings = Settings(numeric=name, calibration=str(EXAMPLES / f"{model}_calibration.npz"))
    cell = _cell(quantized(load(EXAMPLES / f"{model}.keras", settings), settings, NUMERICS[name]).graph)
    assert [len(cell.own.rescales), len(cell.past.rescales)] == [1, 1]
