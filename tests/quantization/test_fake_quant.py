"""Fake quantisation: the grid is TensorFlow's, and integers have it as their format."""

from typing import Any

import graphs
import numpy as np
import pytest
from numeric_types import FINE

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.layers.copy import Copy
from gatesmith.layers.dense import Dense
from gatesmith.layers.fake_quant import FakeQuant, fake_quant
from gatesmith.layers.integer.elementwise import IntegerTable
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.fuse import fuse

RANGES = ((-6.0, 6.0), (0.0, 1.0), (-1.0, 0.0), (-0.3, 5.1), (-7.77, 0.013), (-1e-6, 3e-6), (-2e4, 1e3))


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("bits", [2, 4, 7, 8, 16])
def test_the_grid_is_tensorflows(bits: int, narrow: bool) -> None:
    """To the last bit; of 16 bits, float32 does not know every half step, and processors differ there."""
    tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
    rng = np.random.default_rng(bits)
    for low, high in RANGES:
        x = rng.uniform(1.3 * low - 0.2 * high, 1.3 * high - 0.2 * low, 4000).astype(np.float32)
        x[:4] = 0, -0.0, low, high
        right = np.asarray(tf.quantization.fake_quant_with_min_max_vars(x, low, high, bits, narrow))
        grid = fake_quant(low, high, bits, narrow)
        (ours,) = grid.apply(x)
        assert np.mean(ours != right) <= (0.005 if bits == 16 else 0), (low, high)
        assert np.abs(ours - right).max() <= 1.01 * grid.step


@pytest.mark.parametrize(("low", "high", "bits"), [(1.0, 2.0, 8), (-2.0, -1.0, 8), (0.0, 0.0, 8), (-1.0, 1.0, 1)])
def test_what_is_no_grid_is_refused(low: float, high: float, bits: int) -> None:
    with pytest.raises(ValueError, match="no grid"):
        fake_quant(low, high, bits)


def chain(*ops: FakeQuant) -> Graph:
    """An input on a grid, a Dense, whose results are on another, and one more Dense."""
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", 6)
    (x,) = m.add("first", ops[0], x)
    (x,) = m.add("dense", Dense(m.weights(6, 9), m.weights(9)), x)
    (x,) = m.add("second", ops[1], x)
    m.output("y", m.add("last", Dense(m.weights(9, 3), m.weights(3)), x)[0])
    return fuse(m.graph())


def integers(graph: Graph, numeric: str, x: Any) -> Graph:
    return graphs.integers_of(graph, numeric, x)


def test_int8_takes_the_ranges_of_the_file_and_computes_nothing_for_them() -> None:
    first, second = fake_quant(-3.0, 4.0), fake_quant(-1.5, 2.0)
    x = np.random.default_rng(0).uniform(-1, 1, (50, 6)).astype(np.float32)
    graph = integers(chain(first, second), "int8", x)
    ops = [node.op for node in graph.nodes]
    assert [isinstance(op, Copy) for op in ops] == [True, False, True, False]
    for node, grid in ((graph.nodes[0], first), (graph.nodes[2], second)):
        form = graph.tensor(node.outputs[0]).format
        assert form.scale == pytest.approx(grid.step, rel=1e-6)
        assert (form.low - form.zero) * form.scale == pytest.approx(grid.low, abs=1e-6)


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize(("bits", "narrow"), [(8, False), (8, True), (4, False), (6, True)])
def test_integers_are_on_the_grid(numeric: str, bits: int, narrow: bool) -> None:
    """Beyond its ends too; a value may be some steps off if an earlier rounding fell to the other side."""
    first, second = fake_quant(-3.0, 4.0, bits, narrow), fake_quant(-1.5, 2.0, bits, narrow)
    graph = chain(first, second)
    rng = np.random.default_rng(1)
    x, beyond = (rng.uniform(-size, size, (200, 6)).astype(np.float32) for size in (4, 30))
    quantized = integers(graph, numeric, x)
    for values in (x, beyond):
        (right,) = Reference(graph, np.float32).run([values])
        (ours,) = evaluate(quantized, [values])
        assert np.abs(ours - right).max() < 6 * second.step
    tensors = [node.outputs[0] for node in quantized.nodes if isinstance(node.op, (Copy, IntegerTable))]
    for tensor, grid in zip(tensors, (first, second), strict=True):
        form = quantized.tensor(tensor).format
        assert form.dtype == "int8"
        steps = (np.arange(grid.levels + 1) - grid.zero) * grid.step
        assert np.allclose(form.real(form.quantize(steps)), steps, rtol=1e-5)


def test_a_grid_of_more_than_8_bits_has_no_integers() -> None:
    graph = chain(fake_quant(-1, 1, 12), fake_quant(-1, 1))
    with pytest.raises(UnsupportedError, match="grid of 4096 values"):
        integers(graph, "int16", np.zeros((2, 6), np.float32))
