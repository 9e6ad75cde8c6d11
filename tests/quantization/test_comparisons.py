"""Comparisons in integers: of two formats exactly as the real values are, of constants as values equal to them would
be; truth values as masks, bins as indices."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from graphs import Maker, integers_of

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.formats import Format, covering
from gatesmith.core.graph import Graph, Op
from gatesmith.layers.categories import Categories, Discretize
from gatesmith.layers.elementwise import TRUTHS, Elementwise
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.integer.choice import PRODUCT, IntegerElementwise, elementwise
from gatesmith.layers.pool import GlobalPool
from gatesmith.layers.reshape import Reshape
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference

Array = Any
TYPES = [name for name, numeric in NUMERICS.items() if numeric.integer]
TESTS = [name for name in TRUTHS if not name.startswith("logical")]


class Asked:
    """What a rule sees of a node: the formats of its inputs."""

    def __init__(self, *inputs: Format) -> None:
        self.inputs = list(inputs)


def compared(mode: str, one: Format, two: Format) -> IntegerElementwise:
    op, _ = elementwise(Elementwise(mode), Asked(one, two))  # type: ignore[arg-type]
    assert isinstance(op, IntegerElementwise)
    return op


@pytest.mark.parametrize("dtypes", [("int8", "int8"), ("int16", "int16"), ("int8", "int16"), ("int16", "int8")])
def test_two_formats_are_compared_as_what_they_mean(dtypes: tuple[str, str]) -> None:
    rng = np.random.default_rng(1)
    apart = 0
    for _ in range(60):
        forms = [covering(*sorted(rng.normal(size=2) * 10.0 ** rng.integers(-2, 3)), dtype) for dtype in dtypes]
        one, two = forms
        q0 = rng.integers(one.low, one.high + 1, 400)
        near = np.floor((q0 - one.zero) * one.scale / two.scale + rng.integers(-1, 2, 400)) + two.zero
        q1 = near.clip(two.low, two.high).astype(np.int64)
        exact = [
            (Fraction(one.scale) * int(a - one.zero), Fraction(two.scale) * int(b - two.zero))
            for a, b in zip(q0, q1, strict=True)
        ]
        ops = {mode: compared(mode, one, two) for mode in TESTS}
        for op in ops.values():
            for form, m in zip(forms, op.m, strict=True):
                assert m * max(form.high - form.zero, form.zero - form.low) <= PRODUCT
        for mode, op in ops.items():
            wanted = np.array([bool(getattr(np, mode)(a, b)) for a, b in exact])
            np.testing.assert_array_equal(op.apply(q0, q1)[0], wanted, f"{mode} {one} {two}")
        apart += sum(0 < abs(a - b) < Fraction(two.scale) for a, b in exact)
    assert apart > 100, "no close ones were among them"


def test_scales_too_far_apart_are_refused() -> None:
    with pytest.raises(OverflowError):
        compared("less", Format("int16", 1.0), Format("int16", 1e-6))


def quantized(op: Op, numeric: str, x: Array) -> tuple[Graph, Any]:
    m = Maker(lambda options: options[0], 1)
    m.output("output", m.add("op", op, m.input("input", *x.shape[1:]))[0])
    graph = m.graph()
    integers = integers_of(graph, numeric, x)
    return integers, integers.tensor(integers.inputs[0].tensor).format


@pytest.mark.parametrize("numeric", TYPES)
@pytest.mark.parametrize("mode", TESTS)
def test_what_equals_a_constant_is_not_less(mode: str, numeric: str) -> None:
    x = np.array([[-2.0, -0.7, 0.0, 0.3, 1.1, 3.0]], np.float32)
    for constant in (*x[0], -5.0, 7.0):
        graph, form = quantized(Elementwise(mode, None, np.float32(constant).reshape(1)), numeric, x)
        (y,) = Reference(graph, np.int64).run([form.quantize(x)])
        np.testing.assert_array_equal(y, getattr(np, mode)(x, np.float32(constant)))
        assert graph.tensor(graph.outputs[0].tensor).format == Format("int8")


@pytest.mark.parametrize("numeric", TYPES)
def test_bins_and_what_takes_them(numeric: str) -> None:
    """Bin numbers are indices of a table and of categories, without another rounding."""
    bounds = np.array([-1.0, 0.0, 0.5], np.float32)
    x = np.array([[-3.0], [-1.0], [-0.4], [0.0], [0.25], [0.5], [2.0]], np.float32)
    wanted = (x >= bounds).sum(axis=1)
    table = np.eye(4, dtype=np.float32)
    m = Maker(lambda options: options[0], 1)
    (bins,) = m.add("bins", Discretize(bounds), m.input("input", 1))
    m.output("rows", m.add("table", Embedding(table, False), bins, lead=1)[0])
    m.output("one_hot", m.add("hot", Categories(4, False), bins)[0])
    graph = m.graph()
    integers = integers_of(graph, numeric, x)
    form = integers.tensor(integers.inputs[0].tensor).format
    rows, hot = Reference(integers, np.int64).run([form.quantize(x)])
    np.testing.assert_array_equal(hot, table[wanted])
    np.testing.assert_array_equal(rows[:, 0].argmax(axis=-1), wanted)


def test_a_truth_value_is_a_mask() -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("input", 5, 1)
    (keep,) = m.add("keep", Elementwise("greater", None, np.zeros(1, np.float32)), x)
    (flat,) = m.add("flat", Reshape((5,)), keep)
    m.output("mean", m.add("pool", GlobalPool("average", True), x, flat)[0])
    graph = m.graph()
    data = np.array([[[1.0], [-1.0], [2.0], [-4.0], [3.0]]], np.float32)
    integers = integers_of(graph, "int16", data)
    form = integers.tensor(integers.inputs[0].tensor).format
    (mean,) = Reference(integers, np.int64).run([form.quantize(data)])
    out = integers.tensor(integers.outputs[0].tensor).format
    np.testing.assert_allclose(out.real(mean), [[2.0]], atol=2 * out.scale)


def test_quotients_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="no integer form of divide"):
        quantized(Elementwise("divide", np.ones(1, np.float32), None), "int8", np.ones((1, 3), np.float32))
