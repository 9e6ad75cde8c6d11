"""Sums of many products: a matrix of 16,384 inputs is as good as one of 256, and its C gives the same bits."""

import ctypes
from pathlib import Path

import graphs
import numpy as np
import pytest
import toolchain

from gatesmith.core.formats import Array, Format
from gatesmith.core.graph import Graph
from gatesmith.layers.dense import Dense
from gatesmith.layers.integer.matrix import MatrixQuantizer
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.fuse import fuse


def built(inputs: int, rows: int = 4, relu: bool = False, seed: int = 1) -> tuple[Graph, Array, Array]:
    """A Dense of that many inputs, and normal values for calibration and test; or what a relu leaves of them."""
    m, rng = graphs.Maker(lambda options: options[0]), np.random.default_rng(seed)
    kernel = (rng.normal(size=(inputs, rows)) / np.sqrt(inputs)).astype(np.float32)
    m.output("y", m.add("dense", Dense(kernel, rng.normal(size=rows).astype(np.float32)), m.input("x", inputs))[0])
    shown, x = (rng.normal(size=(count, inputs)).astype(np.float32) for count in (48, 64))
    return fuse(m.graph()), *((np.maximum(each, 0) if relu else each) for each in (shown, x))


def test_rows_of_a_cell_keep_their_bits() -> None:
    """Its matrices' errors add up over steps: as coarse as those of a Dense may be, an int16 SimpleRNN lost 6 dB."""
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(8, 8)) * rng.uniform(0.3, 1, 8)
    source = Format("int16", 2.0**-12)
    quantizer = MatrixQuantizer(NUMERICS["int16"], kernel, None, source, 2.0**-12, 16)
    rows = np.abs(quantizer.matrix(1).weights.astype(np.int64)).max(axis=0)
    assert rows.min() == 32767
    assert np.abs(quantizer.matrix().weights.astype(np.int64)).max(axis=0).min() < 32767


@pytest.mark.parametrize(
    ("numeric", "rows", "relu", "seed"),
    [("int16", 4, False, 1), ("int16", 16, True, 2), ("int16w8", 4, False, 1), ("int16w8", 16, True, 1)],
)
def test_a_wide_dense_is_as_good_as_a_narrow_one(numeric: str, rows: int, relu: bool, seed: int) -> None:
    """int16w8 fell from 41.6 dB to 13.4; and from 43.0 to 38.7 behind a relu, where biases made up for no rounding.
    int16 had 72.0 to 75.4 dB behind a relu: behind the first shift, sums were up to twice as coarse as results."""
    decibels = []
    for inputs in (256, 4096, 16384):
        graph, shown, x = built(inputs, rows, relu, seed)
        right = Reference(graph).run([x.astype(np.float64)])[-1]
        ours = evaluate(graphs.integers_of(graph, numeric, shown), [x])[-1]
        signal = np.mean((right - right.mean(axis=0)) ** 2)
        decibels.append(float(10 * np.log10(signal / np.mean((ours - right) ** 2))))
    print(numeric, relu, decibels)
    assert max(decibels) - min(decibels) < 3


def test_integers_at_the_ends_stay_within_32_bits(tmp_path: Path) -> None:
    """Inputs are the smallest and largest integers, with the signs of a row's weights."""
    graph, shown, _ = built(1024)
    integers = graphs.integers_of(graph, "int16w8", shown)
    assert len(integers.nodes) > len(graph.nodes), "inputs with fewer bits"
    kernel = graph.nodes[0].op.arrays()["kernel"]
    x = np.concatenate([np.where(sign * kernel.T > 0, 32767, -32768) for sign in (1, -1)]).astype(np.int16)
    generated = toolchain.generate(integers, numeric="int16w8")
    run = getattr(ctypes.CDLL(str(toolchain.shared(generated, tmp_path))), f"{generated.name}_run")
    state, y = ctypes.create_string_buffer(generated.state_bytes), np.zeros(4, np.int16)
    for sample in np.ascontiguousarray(x):
        (right,) = Reference(integers, np.int64).run([sample[None].astype(np.int64)])
        run(state, sample.ctypes, y.ctypes)
        assert np.array_equal(y, right[0])
