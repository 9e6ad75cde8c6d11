"""Libraries of halves whose rows have powers of two. Products of halves are in ``test_products.py``."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker
from products import SIZES
from quantization.test_feature_scaling import built, depthwise
from toolchain import build, generate

from gatesmith.backends.c99.blocks import Layout
from gatesmith.core.graph import Graph
from gatesmith.layers.dense import Dense
from gatesmith.layers.embedding import Embedding
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.quantization.weights import round_weights

NUMERIC = NUMERICS["float32w16"]


def table(m: Maker) -> int:
    sizes = np.repeat(SIZES, 2)
    values = (m.weights(len(sizes), 5) * sizes[:, None]).astype(np.float32)
    return m.add("table", Embedding(values, False), m.input("x"))[0]


def matrix(m: Maker) -> int:
    kernel = (m.weights(70, len(SIZES)) * np.array(SIZES)).astype(np.float32)
    return m.add("dense", Dense(kernel, m.weights(len(SIZES))), m.input("x", 70))[0]


def graph_of(build: Callable[[Maker], int]) -> Graph:
    m = Maker(random.Random(0).choice)
    m.output("y", build(m))
    return round_weights(m.graph(), NUMERIC.weights)


def windows() -> Graph:
    graph = built(depthwise)
    (node,) = graph.nodes
    sizes = np.resize(SIZES, 12)
    kernel = (node.op.arrays()["kernel"] * sizes).astype(np.float32)
    return round_weights(replace(graph, nodes=(replace(node, op=replace(node.op, kernel=kernel)),)), NUMERIC.weights)


@pytest.mark.parametrize(("isa", "math"), [("plain", "exact"), ("vfp", "fast"), ("mve", "fast")])
@pytest.mark.parametrize("name", ["table", "matrix", "windows"])
def test_rows_with_powers_of_two_are_what_the_reference_has(name: str, isa: str, math: str, tmp_path: Path) -> None:
    graph = {"table": lambda: graph_of(table), "matrix": lambda: graph_of(matrix), "windows": windows}[name]()
    library = build(
        generate(graph, math, layout=Layout(8, 4, (isa,)), numeric=NUMERIC.name), tmp_path, ("-O1", "-ffp-contract=off")
    )
    shape = [n or 1 for n in graph.shape(graph.inputs[0].tensor)]
    x = np.random.default_rng(1).normal(0, 1, (10, *shape)).astype(np.float32)
    x = np.arange(10, dtype=np.float32) if name == "table" else x
    (wanted,) = Reference(graph).run([x])
    got = np.stack([library.run([each])[0] for each in x]).reshape(wanted.shape)
    if name == "table":
        np.testing.assert_array_equal(got, wanted)
    sizes = np.maximum(1, np.abs(wanted).max(axis=tuple(range(wanted.ndim - 1))))
    assert (np.abs(got - wanted) <= 2e-6 * sizes).all()
