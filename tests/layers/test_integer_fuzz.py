"""Random graphs in integers: whatever a model is made of and calibrated on, C computes what the reference does.

All types, layers kept in other types at random; data of several sizes, constant, or nothing but zeros. Any undefined
behaviour of the C is said by gcc's sanitizer. More with ``GATESMITH_EVERYTHING=1``.
"""

import random
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from everything import EVERYTHING
from numeric_types import INTEGERS, measured

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.layers.masking import Masking
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.quantize import quantize

from . import integers

COUNT = 400 if EVERYTHING else 16
CHUNK = 8
LARGEST = {"int8": 0.03, "int8w4": 0.2, "int8w2": 0.6, "int16w8": 0.005, "int16": 0.0005}
"""Errors as shares of the output's range."""
SCALES = (1e-6, 0.1, 1.0, 1.0, 1.0, 30.0)
KINDS = ("noise", "noise", "zeros", "constant")


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_random_graphs(first: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    models, wrong = [], []
    for seed in range(first, first + CHUNK):
        graph, inputs, types, words = _case(seed)
        seen = integers.ranges(graph, [inputs])
        for name in INTEGERS:
            try:
                whole = quantize(graph, seen, NUMERICS[name], types)
            except UnsupportedError as refusal:
                wrong.append(f"{seed} {name} {words}: {refusal.what}")
                continue
            code = integers.generated(whole, NUMERICS[name], f"model_{seed}_{name}")
            models.append((f"{seed} {name} {words}", integers.Integers(whole, code), inputs))
    libraries = integers.compile_all([model.code for _, model, _ in models], tmp_path)
    for words, model, inputs in models:
        model.library = libraries[model.code.name]
        try:
            integers.same(model, [inputs])
        except AssertionError as error:
            wrong.append(f"{words}: {str(error)[:1000]}")
    wrong += [line for line in capfd.readouterr().err.splitlines() if "runtime error" in line][:5]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("numeric", INTEGERS)
def test_a_mask_value_far_away_costs_nothing(numeric: str, tmp_path: Path) -> None:
    """Steps marked by -1 to -1e9 among values of about 1 are masked; the others stay as exact as without a mask."""
    rng, errors, models = np.random.default_rng(0), {}, []
    values = rng.normal(size=(16, 10, 3)).astype(np.float32)
    for value in (-4.0, -99.0, 999.0, -1e9):
        maker = graphs.Maker(random.Random(1).choice, 1)
        x, mask = maker.add("masking", Masking(value), maker.input("sequence", 10, 3), lead=1)
        maker.output("last", maker.add("rnn", maker.cell("gru", 3, 8, masked=True), x, mask)[1])
        inputs = [values.copy()]
        inputs[0][:, 7:] = value
        graph = maker.graph()
        model = integers.convert(graph, [inputs], NUMERICS[numeric], f"model_{len(models)}")
        models.append((model, inputs))
        errors[value] = integers.distance(model, graph, [inputs], value)
    libraries = integers.compile_all([model.code for model, _ in models], tmp_path)
    for model, inputs in models:
        model.library = libraries[model.code.name]
        integers.same(model, [inputs])
    assert max(errors.values()) < measured(numeric, LARGEST), errors


def _case(seed: int) -> tuple[Graph, list[Any], dict[str, Any], str]:
    """A float graph, a batch of four samples, types to keep by layer, and the data in words."""
    pick, rng = random.Random(seed), np.random.default_rng(seed)
    graph = fuse(graphs.random_graph(pick.choice, seed))
    scale, kind = pick.choice(SCALES), pick.choice(KINDS)
    samples = [graphs.sample(graph, rng, 5, scale) for _ in range(4)]
    factor, offset = {"noise": (1, 0), "zeros": (0, 0), "constant": (0, 3.5)}[kind]
    inputs = [factor * np.stack(x) + offset for x in zip(*samples, strict=True)]
    layers = dict.fromkeys(node.layer for node in graph.nodes)
    types = {layer: NUMERICS[pick.choice(INTEGERS)] for layer in layers if seed % 2 and pick.random() < 0.4}
    return graph, inputs, types, f"{scale:g} {kind}"
