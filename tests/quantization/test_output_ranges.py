"""Outputs far from 0: as good as the same model without its offset, and what each integer means in C and Python.
Comparisons: of two formats exactly as the real values are, of constants as values equal to them would be; truth
values as masks, bins as indices."""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
import toolchain
from graphs import Maker, integers_of
from numeric_types import FINE, INTEGERS

from gatesmith import passes
from gatesmith.backends import c99, micropython
from gatesmith.backends.base import Generated
from gatesmith.backends.usage import usage
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.formats import Array, Format, covering
from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph, Op
from gatesmith.layers.categories import Categories, Discretize
from gatesmith.layers.concatenate import Concatenate
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.elementwise import TRUTHS, Elementwise
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.integer.choice import PRODUCT, IntegerElementwise, elementwise
from gatesmith.layers.merge import Merge
from gatesmith.layers.normalize import Normalize
from gatesmith.layers.pool import GlobalPool, Pool
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference, evaluate
from gatesmith.passes.fuse import fuse

Build = Callable[[graphs.Maker, int, float], int]
SOFTPLUS = Function("softplus")


def dense(m: graphs.Maker, x: int, offset: float) -> int:
    return m.add("dense", Dense(m.weights(8, 3), np.full(3, offset, np.float32)), x)[0]


def unbiased(m: graphs.Maker, x: int, offset: float) -> int:
    (y,) = m.add("dense", Dense(m.weights(8, 3), None, Function("tanh")), x)
    return m.add("scaled", Normalize(None, np.float32([0.2]), np.float32([offset])), y)[0]


def relu(m: graphs.Maker, x: int, offset: float) -> int:
    return m.add(
        "dense", Dense(m.weights(8, 3), np.full(3, offset, np.float32), Function("relu" if offset else "linear")), x
    )[0]


def two_kinds(m: graphs.Maker, x: int, offset: float) -> int:
    """A forecast of four steps of two quantities."""
    (y,) = m.add("dense", Dense(m.weights(8, 8), np.tile(np.float32([offset, offset / 50]), 4)), x)
    return m.add("steps", Reshape((4, 2)), y)[0]


def convolved(m: graphs.Maker, x: int, offset: float) -> int:
    (x,) = m.add("frames", Reshape((4, 2)), x)
    (y,) = m.add("conv", Convolution(m.weights(4, 3), np.full(3, offset, np.float32), (Window(2),)), x)
    return m.add("flat", Reshape((9,)), y)[0]


def side_by_side(m: graphs.Maker, x: int, offset: float) -> int:
    ways = [m.add(f"way_{k}", Dense(m.weights(8, 1), np.float32([offset * k])), x)[0] for k in (1, 2)]
    return m.add("both", Concatenate(0), *ways)[0]


def pooled(mode: str, wide: bool) -> Build:
    """``wide``: over all positions."""

    def build(m: graphs.Maker, x: int, offset: float) -> int:
        (x,) = m.add("frames", Reshape((4, 2)), x)
        (y,) = m.add("conv", Convolution(m.weights(2, 3), np.full(3, offset, np.float32), (Window(1),)), x)
        return m.add("pool", GlobalPool(mode) if wide else Pool(mode, (Window(2, 2),)), y)[0]

    build.__name__ = f"{'global_' if wide else ''}{mode}"
    return build


def merged(mode: str) -> Build:
    def build(m: graphs.Maker, x: int, offset: float) -> int:
        bias = np.full(3, offset, np.float32)
        ways = [m.add(f"way_{k}", Dense(m.weights(8, 3), bias), x)[0] for k in (1, 2)]
        return m.add("both", Merge(mode), *ways)[0]

    build.__name__ = f"{mode}_of_two"
    return build


def leaky(m: graphs.Maker, x: int, offset: float) -> int:
    curve = function("relu", negative_slope=0.25) if offset else Function("linear")
    return m.add("dense", Dense(m.weights(8, 3), np.full(3, offset, np.float32), curve), x)[0]


def summed(m: graphs.Maker, x: int, offset: float) -> int:
    """Two layers, of which the first is far from 0."""
    ways = [m.add(f"way_{k}", Dense(m.weights(8, 3), np.full(3, offset * k, np.float32)), x)[0] for k in (1, 0)]
    return m.add("both", Merge("add"), *ways)[0]


def curved(m: graphs.Maker, x: int, offset: float) -> int:
    """No bias makes up for what lies behind a function."""
    return m.add(
        "dense", Dense(m.weights(8, 3), np.full(3, offset, np.float32), SOFTPLUS if offset else Function("linear")), x
    )[0]


POOLED = [pooled(mode, wide) for mode in ("max", "average") for wide in (False, True)]
MERGED = [merged(mode) for mode in ("maximum", "average")]
BUILDS = (dense, unbiased, relu, leaky, two_kinds, convolved, side_by_side, *POOLED, *MERGED)
SHOWN, X = (np.random.default_rng(seed).uniform(-1.5, 1.5, (100, 8)).astype(np.float32) for seed in (1, 2))


def built(build: Build, offset: float) -> Graph:
    m = graphs.Maker(lambda options: options[0])
    m.output("y", build(m, m.input("x", 8), offset))
    return fuse(m.graph())


def quantized(graph: Graph, numeric: str) -> Graph:
    return graphs.integers_of(graph, numeric, SHOWN)


def decibels(graph: Graph, numeric: str | None) -> Array:
    """Of signal to noise beside float64, of each place along the last axis; without a type those of float32's steps."""
    right = Reference(graph).run([X.astype(np.float64)])[-1]
    ours = right.astype(np.float32) if numeric is None else evaluate(quantized(graph, numeric), [X])[-1]
    each = tuple(range(right.ndim - 1))
    signal = np.mean((right - right.mean(axis=0)) ** 2, axis=each)
    result: Array = 10 * np.log10(signal / np.mean((ours - right) ** 2, axis=each))
    return result


@pytest.mark.parametrize("numeric", FINE)
@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_an_offset_costs_nothing(build: Build, numeric: str) -> None:
    """1000 +- .2 was at -16 dB in int8. Float32, which has few steps at 1000, is a limit too."""
    apart, around, most = (decibels(built(build, at), one) for at, one in ((1e3, numeric), (0, numeric), (1e3, None)))
    assert np.all(apart >= np.minimum(around, np.minimum(most - 8, 68)) - 3), (apart, around, most)


def test_outputs_of_functions_far_from_0_are_requantized() -> None:
    graph = built(curved, 30.0)
    assert np.all(decibels(graph, "int8") >= decibels(built(curved, 0.0), "int8") - 3)
    assert quantized(graph, "int8").tensor(quantized(graph, "int8").outputs[0].tensor).format.zero < -128


def test_8_bits_far_from_0_come_from_sums_in_16() -> None:
    assert np.all(decibels(built(summed, 300.0), "int8") >= decibels(built(summed, 0.0), "int8") - 3)


def test_what_8_bits_cannot_hold_apart_stays_near() -> None:
    """A function before a maximum: 1000 was 496."""

    def build(m: graphs.Maker, x: int, offset: float) -> int:
        (x,) = m.add("frames", Reshape((4, 2)), x)
        (y,) = m.add("dense", Dense(m.weights(2, 3), np.full(3, offset, np.float32), SOFTPLUS), x, lead=1)
        return m.add("pool", GlobalPool("max"), y)[0]

    graph = built(build, 1000.0)
    right, ours = Reference(graph).run([X.astype(np.float64)])[-1], evaluate(quantized(graph, "int8"), [X])[-1]
    assert np.abs(ours - right).max() < 8


def test_steps_are_no_finer_than_those_they_come_from() -> None:
    """Of 1000 +- 1e-5 behind a function, 16 bits have one step."""
    m = graphs.Maker(lambda options: options[0])
    y = m.add("dense", Dense(np.full((8, 1), 1e-5, np.float32), np.float32([1000]), SOFTPLUS), m.input("x", 8))[0]
    m.output("y", y)
    graph = fuse(m.graph())
    for numeric in FINE:  # 16 bits gave .05: no point of the function's table lies within its range
        assert np.allclose(evaluate(quantized(graph, numeric), [X])[0], 1000, atol=0.1)


@pytest.mark.filterwarnings("error")
def test_an_output_below_the_least_normal_float_is_0() -> None:
    m = graphs.Maker(lambda options: options[0], 3)
    kernel = m.weights(8, 3)
    kernel[:, 1] = 1e-44
    m.output("y", m.add("dense", Dense(kernel, np.float32([300, 0, -300])), m.input("x", 8))[0])
    x = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    graph = graphs.integers_of(m.graph(), "int8", x)
    (y,) = evaluate(graph, [x])
    assert np.abs(y - (x @ kernel + [300, 0, -300])).max() < 0.06 and not y[:, 1].any()


def test_outputs_around_0_or_near_it_have_it() -> None:
    for offset in (0.0, 0.1):
        integers = quantized(built(dense, offset), "int8")
        form = integers.tensor(integers.outputs[0].tensor).format
        assert form.low <= form.zero <= form.high and form.features == 0


def helper(generated: Generated, folder: Path, featured: bool) -> Callable[..., float]:
    """The generated C's own meaning of an integer."""
    port = generated.outputs[0]
    call = f"((void)k, {generated.name}_real_{port.name}({'k, ' if featured else ''}q))"
    real = toolchain.of_header(generated, folder, "float", f"int k, {port.format.dtype}_t q", call)
    real.restype, real.argtypes = ctypes.c_float, [ctypes.c_int, ctypes.c_int16]
    return real


@pytest.mark.parametrize("build", [dense, two_kinds, curved, POOLED[-1]], ids=lambda build: build.__name__)
def test_c_and_modules_mean_the_same(build: Build, tmp_path: Path) -> None:
    """Every integer by the header of C; answers by the module for MicroPython, under CPython."""
    for numeric in ("int8", "int16") if build is not curved else ("int8",):
        graph = quantized(built(build, 1000.0 if build is not curved else 30.0), numeric)
        generated = toolchain.generate(graph, numeric=numeric)
        form = generated.outputs[0].format
        assert bool(form.features) == (build is two_kinds)
        real = helper(generated, tmp_path / numeric, bool(form.features))
        width = generated.outputs[0].frame
        steps = np.arange(form.low, form.high + 1, 1 if numeric == "int8" else 97)
        grid = np.repeat(steps[:, None], width, axis=1).reshape(len(steps), -1, form.features or width)
        ours = np.float32([[real(k, int(q)) for k in range(width)] for q in steps])
        assert np.array_equal(ours, form.real(grid).reshape(len(steps), width))
        name = f"far_{build.__name__}_{numeric}"
        module = toolchain.imported(toolchain.modules(graph, numeric, name), tmp_path / "modules")
        answer = module.Model().predict(X[0].tolist())
        np.testing.assert_allclose(answer, evaluate(graph, [X[:1]])[0].reshape(-1), rtol=1e-6)


@pytest.mark.parametrize("offset", [1e6, 0.0])
def test_examples_print_as_many_digits_as_tell_integers_apart(offset: float) -> None:
    graph = quantized(built(dense, offset), "int8")
    use = usage(toolchain.generate(graph, numeric="int8"))
    (answer,) = use.answers
    form = answer.port.format
    values = form.real(np.arange(-128, 128)[:, None].repeat(3, axis=1)).astype(np.float32)[:, 0]
    assert len({answer.number % value for value in values}) == len(set(values)) > 150
    assert answer.number == ("%.9g" if offset else "%g")
    module = micropython.generate(
        passes.compile_graph(graph), toolchain.ORIGIN, micropython.Options("far", "unix", NUMERICS["int8"]), "0.0.0"
    )
    assert f"%s{answer.number}" in c99.example(use) and f'"{answer.number}"' in micropython.example(usage(module))


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
        (above, below), (above_two, below_two) = (float(form.scale).as_integer_ratio() for form in forms)
        step = above_two * below
        a, b = (q0 - one.zero).astype(object) * (above * below_two), (q1 - two.zero).astype(object) * step
        ops = {mode: compared(mode, one, two) for mode in TESTS}
        for op in ops.values():
            for form, m in zip(forms, op.m, strict=True):
                assert m * max(form.high - form.zero, form.zero - form.low) <= PRODUCT
        for mode, op in ops.items():
            wanted = getattr(np, mode)(a, b).astype(bool)
            np.testing.assert_array_equal(op.apply(q0, q1)[0], wanted, f"{mode} {one} {two}")
        apart += np.sum((a != b) & (abs(a - b) < step))
    assert apart > 100, "no close ones were among them"


def test_scales_too_far_apart_are_refused() -> None:
    with pytest.raises(OverflowError):
        compared("less", Format("int16", 1.0), Format("int16", 1e-6))


def compared_with(op: Op, numeric: str, x: Array) -> tuple[Graph, Any]:
    m = Maker(lambda options: options[0], 1)
    m.output("output", m.add("op", op, m.input("input", *x.shape[1:]))[0])
    graph = m.graph()
    integers = integers_of(graph, numeric, x)
    return integers, integers.tensor(integers.inputs[0].tensor).format


@pytest.mark.parametrize("numeric", INTEGERS)
@pytest.mark.parametrize("mode", TESTS)
def test_what_equals_a_constant_is_not_less(mode: str, numeric: str) -> None:
    x = np.array([[-2.0, -0.7, 0.0, 0.3, 1.1, 3.0]], np.float32)
    for constant in (*x[0], -5.0, 7.0):
        graph, form = compared_with(Elementwise(mode, None, np.float32(constant).reshape(1)), numeric, x)
        (y,) = Reference(graph, np.int64).run([form.quantize(x)])
        np.testing.assert_array_equal(y, getattr(np, mode)(x, np.float32(constant)))
        assert graph.tensor(graph.outputs[0].tensor).format == Format("int8")


@pytest.mark.parametrize("numeric", INTEGERS)
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
        compared_with(Elementwise("divide", np.ones(1, np.float32), None), "int8", np.ones((1, 3), np.float32))
