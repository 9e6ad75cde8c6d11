"""Ranges that integers cover: room for more data, one format for neighbours, an integer for a mask's marker."""

from __future__ import annotations

import warnings

import graphs
import numpy as np
import pytest

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.dense import Dense
from gatesmith.layers.masking import Masking
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.unit import unit
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.calibrate import ENOUGH, Spans, calibrate
from gatesmith.quantization.quantize import quantize


@pytest.mark.parametrize("count", [128, 500, 2000])
def test_ranges_have_room_for_what_enough_samples_would_show(count: int) -> None:
    """In the mean over many draws, they end where the largest of so many normal values lies; of more, at theirs."""
    rng = np.random.default_rng(0)
    beyond = []
    for _ in range(200):
        samples, later = rng.normal(size=(count, 1)), rng.normal(size=max(count, ENOUGH))
        spans = Spans()
        for part in np.split(samples, 2):
            spans.see("y", part)
            spans.see_parts("y", part)
        beyond.append(spans.roomy()["y"][1] - later.max())
    assert abs(np.mean(beyond)) < 0.25, "ranges of 128 values alone end .7 below"


@pytest.mark.parametrize("size", [4.0, 0.99, 0.6, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("name", ["silu", "hard_silu", "gelu", "hard_tanh", "elu"])
def test_functions_of_small_values_have_steps_of_their_size(name: str, size: float) -> None:
    function = Function(name)
    form, x = unit(function, -size, size), np.linspace(-size, size, 999)
    lost = form(form.source.quantize(x).astype(np.int64)) * form.result.scale - function(x)
    assert 10 * np.log10(np.mean(function(x) ** 2) / np.mean(lost**2)) > 50, "33 dB at .001, by steps of 2^-15"


def side_by_side(factor: float) -> Graph:
    m = graphs.Maker(lambda options: options[0])
    x = m.input("x", 4)
    eye = np.eye(4, dtype=np.float32)
    parts = [m.add(f"dense_{k}", Dense(eye * size, None), x)[0] for k, size in enumerate((1, factor))]
    m.output("y", m.add("both", Concatenate(0), *parts)[0])
    return fuse(m.graph())


@pytest.mark.parametrize(("factor", "rescaled"), [(1.5, False), (4.0, True)])
def test_values_side_by_side_share_a_format_where_that_costs_little(factor: float, rescaled: bool) -> None:
    graph, x = side_by_side(factor), np.random.default_rng(0).uniform(-1, 1, (50, 4)).astype(np.float32)
    quantized = graphs.integers_of(graph, "int8", x)
    assert (len(quantized.nodes) > len(graph.nodes)) == rescaled


def test_a_marker_has_an_integer_that_no_value_has() -> None:
    m = graphs.Maker(lambda options: options[0])
    y, mask = m.add("masking", Masking(-99.0), m.input("x", 6, 3), lead=1)
    m.output("y", m.add("rnn", m.cell("gru", 3, 4, masked=True), y, mask)[0])
    graph = fuse(m.graph())
    x = np.random.default_rng(0).uniform(0, 1, (50, 6, 3)).astype(np.float32)
    x[:, 4:] = -99
    form = graphs.integers_of(graph, "int8", x).tensors[graph.inputs[0].tensor].format
    assert form.quantize(np.float32([-99]))[0] < form.quantize(x[:, :4]).min()


def test_values_near_the_end_of_float32_are_refused_without_a_warning() -> None:
    """They ended in a traceback, or in NumPy's warnings beside the message."""
    m = graphs.Maker(lambda options: options[0])
    m.output("y", m.add("dense", m.dense(4, 3), m.input("x", 4))[0])
    x = np.random.default_rng(1).uniform(-3.3e38, 3.3e38, (40, 4)).astype(np.float32)
    for numeric, observer in (("int8", "minmax"), ("int8", "mse"), ("int8", "percentile"), ("int16", "minmax")):
        with warnings.catch_warnings(), pytest.raises(UnsupportedError, match="beyond 1e30"):
            warnings.simplefilter("error")
            quantize(m.graph(), calibrate([(m.graph(), [x])], observer), NUMERICS[numeric])
