"""Integer arithmetic: the definitions beside float64 over every input, and C beside the definitions."""

import ctypes
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numeric_types import INTEGERS
from toolchain import STRICT

from gatesmith.backends import c99
from gatesmith.backends.c99 import fixed as spelled
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Kernels
from gatesmith.core.formats import Format, binary, covering
from gatesmith.core.functions import MEANINGS, VECTOR, Function, function
from gatesmith.layers.integer.matrix import Matrix, MatrixQuantizer
from gatesmith.layers.integer.requantize import requantize
from gatesmith.numerics import NUMERICS, fixed
from gatesmith.numerics.unit import GATES, Unit, unit
from gatesmith.run.toolchain.host import find_compiler

Ints = npt.NDArray[np.int64]
ALL = np.arange(-32768, 32768)
PARAMS: dict[str, dict[str, float]] = {
    "hard_sigmoid": {"slope": 0.2, "offset": 0.5},
    "threshold": {"threshold": 1.0, "value": 0.0},
}
WORST = {
    "celu": 7.2e-4, "elu": 7.2e-4, "exponential": 5e-4, "gelu": 8.2e-4, "hard_shrink": 0.5, "hard_sigmoid": 3.1e-5,
    "hard_silu": 4e-4, "hard_tanh": 0, "linear": 0, "log_sigmoid": 5.9e-4, "mish": 7e-4, "relu": 0, "selu": 1.11e-3,
    "sigmoid": 3.9e-5, "silu": 4.1e-4, "soft_shrink": 0, "softplus": 6e-4, "softsign": 9.5e-4, "sparse_plus": 4.9e-4,
    "sparse_sigmoid": 0, "squareplus": 5.2e-4, "tanh": 4.7e-5, "tanh_shrink": 5.4e-4, "threshold": 1.0,
}  # fmt: skip
"""Largest error of each function's integer form for arguments of -8 to 8, over every int16 in that range; of an
exponential, up to 4, as a share of e^4. A step (hard_shrink, threshold) becomes a ramp between two of 513 points, on
which the error is that of the step."""


@pytest.mark.parametrize("name", sorted(WORST))
def test_every_input_of_every_function(name: str) -> None:
    high = 4.0 if name == "exponential" else 8.0
    table = unit(function(name, **PARAMS.get(name, {})), -8.0, high)
    x = ALL * table.source.scale
    inside = (x >= -8) & (x <= high)
    apart = np.abs(table(ALL) * table.result.scale - table.function(x))[inside]
    at_most = WORST[name] * (np.exp(4) if name == "exponential" else 1)
    assert apart.max() <= at_most, f"{apart.max():.3g} at {x[inside][apart.argmax()]:.4g}"
    assert ((table(ALL) >= -32768) & (table(ALL) <= 32767)).all()


def test_no_function_is_left_out() -> None:
    assert set(WORST) == set(MEANINGS) - VECTOR


def test_fixed_functions_over_every_input() -> None:
    """Errors in units of the result, as their docstrings say."""
    one = 2.0**15
    assert np.abs(fixed.tanh16(ALL) - one * np.tanh(ALL * 2.0**-12)).max() <= 1.53
    assert np.abs(fixed.sigmoid16(ALL) - one / (1 + np.exp(-ALL * 2.0**-11))).max() <= 1.27
    down = np.arange(32768)
    assert np.abs(fixed.exp16(down) - 32767 * np.exp(-down * 2.0**-11)).max() <= 4.6
    assert np.abs(fixed.short_tanh16(ALL) - one * np.tanh(ALL * 2.0**-12)).max() <= 6.9
    assert np.abs(fixed.short_sigmoid16(ALL) - one / (1 + np.exp(-ALL * 2.0**-11))).max() <= 4
    assert np.abs(fixed.short_exp16(down) - 32767 * np.exp(-down * 2.0**-11)).max() <= 3
    for short in (fixed.short_tanh16(ALL), fixed.short_sigmoid16(ALL), -fixed.short_exp16(down)):
        assert np.all(np.diff(short) >= 0)
    for kind, gate in GATES.items():
        assert np.array_equal(Unit(Function(kind), binary(-8, 8), binary(-1, 1), kind)(ALL), gate(ALL))
    far = np.geomspace(1 << 15, 2**32 - 1, 200000).astype(np.int64)
    whole = np.unique(np.concatenate([np.arange(1 << 15, 1 << 20), far]))
    assert np.abs(fixed.log16(whole) - one * np.log(whole / one)).max() <= 2.6


def test_roots_and_lengths() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.integers(0, 1 << 62, 200000) >> rng.integers(0, 62, 200000), np.arange(5000)])
    squares = rng.integers(1, 1 << 31, 50000) ** 2
    x = np.concatenate([x, squares, squares - 1, [(1 << 62) - 1]])
    root = fixed.square_root(x)
    assert (root * root <= x).all() and ((root + 1) * (root + 1) > x).all()
    assert fixed.bit_length(x).tolist() == [int(v).bit_length() for v in x.tolist()]


gains = st.floats(1e-9, 30000, allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(gains, st.integers(1, fixed.ACCUMULATOR), st.sampled_from([8, 16]), st.lists(st.floats(-1, 1), max_size=20))
def test_rescaling_is_near_and_never_leaves_its_bits(gain: float, bound: int, bits: int, parts: list[float]) -> None:
    limit = 1 << (bits - 1)
    rescale = fixed.rescale(gain, bound, limit)
    assert 0 <= rescale.pre <= 30 and 0 <= rescale.post <= 30 and 0 <= rescale.single <= 32767
    x = np.array([-bound, bound, 0, *(round(p * bound) for p in parts)], np.int64)
    shifted = fixed.round_shift(x, rescale.pre)
    assert np.abs(x).max() + (1 << rescale.pre >> 1) < 1 << 31
    assert np.abs(fixed.saturate(shifted, 16) * rescale.m).max() + (1 << rescale.post >> 1) < 1 << 31
    got, wanted = fixed.saturate(rescale(x), bits), np.clip(x * gain, -limit, limit - 1)
    coarse = 1 + gain * 2.0**rescale.pre / 2 + limit * 2.0**-14 + (gain * np.abs(x)) * (gain * bound < 2.0**-14)
    assert (np.abs(got - wanted) <= coarse).all()


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e4, 0), st.floats(0, 1e4), st.sampled_from(["int8", "int16"]), st.sampled_from(["int8", "int16"]))
@example(0, 2.9e-42, "int16", "int8")
def test_requantizing_keeps_what_fits(low: float, high: float, before: str, after: str) -> None:
    source, result = covering(low, high, before), covering(low, high, after)
    q = np.unique(np.linspace(source.low, source.high, 500).astype(np.int64))
    (got,) = requantize(source, result).apply(q)
    ends = (np.array([result.low, result.high]) - result.zero) * result.scale
    wanted = np.clip((q - source.zero) * source.scale, *ends)
    assert np.abs((got - result.zero) * result.scale - wanted).max() <= 1.01 * result.scale + source.scale * 0.51


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_binary_covers(low: float, high: float) -> None:
    form = binary(-low, high)
    assert form.low * form.scale <= -low * (1 - 2**-14) and high * (1 - 2**-14) <= form.high * form.scale


TESTED = (
    "gate_tanh", "gate_sigmoid", "exp_negative", "gate_short_tanh", "gate_short_sigmoid", "exp_octaves",
    "rescale", "rescale_long", "log_total", "square_root", "cosine",
)  # fmt: skip
PLAIN = """
void all_tanh(const int32_t *x, int32_t *y, int n) { for (int k = 0; k < n; k++) { y[k] = gate_tanh(x[k]); } }
void all_sigmoid(const int32_t *x, int32_t *y, int n) { for (int k = 0; k < n; k++) { y[k] = gate_sigmoid(x[k]); } }
void all_exp(const int32_t *x, int32_t *y, int n) { for (int k = 0; k < n; k++) { y[k] = exp_negative(x[k]); } }
void all_short_tanh(const int32_t *x, int32_t *y, int n)
{
    for (int k = 0; k < n; k++) { y[k] = gate_short_tanh(x[k]); }
}
void all_short_sigmoid(const int32_t *x, int32_t *y, int n)
{
    for (int k = 0; k < n; k++) { y[k] = gate_short_sigmoid(x[k]); }
}
void all_short_exp(const int32_t *x, int32_t *y, int n) { for (int k = 0; k < n; k++) { y[k] = exp_octaves(x[k]); } }
void all_log(const uint32_t *x, int32_t *y, int n) { for (int k = 0; k < n; k++) { y[k] = log_total(x[k]); } }
void all_root(const int64_t *x, int64_t *y, int n)
{
    for (int k = 0; k < n; k++) { y[k] = (int64_t)square_root((uint64_t)x[k]); }
}
void all_rescale(const int32_t *x, const int32_t *pre, const int32_t *m, const int32_t *post, int32_t *y, int n)
{
    for (int k = 0; k < n; k++) { y[k] = rescale(x[k], pre[k], m[k], post[k]); }
}
void all_rescale_long(const int64_t *x, const int32_t *pre, const int32_t *m, const int32_t *post, int32_t *y, int n)
{
    for (int k = 0; k < n; k++) { y[k] = rescale_long(x[k], pre[k], m[k], post[k]); }
}
"""
COUNT = 1_000_000


@pytest.fixture(scope="module")
def primitives(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The primitives as generated, each on arrays; undefined behaviour is said on stderr."""
    folder = tmp_path_factory.mktemp("primitives")
    kernels = Kernels(Layout())
    parts = ["#include <stdint.h>"]

    def written(name: str) -> str:
        if name not in spelled.TABLES:
            return kernels.plain(name, "")
        write, values = kernels.primitive("table", True), spelled.TABLES[name]
        return str(write(name=name, values=values, text=c99.table, space=""))

    parts += kernels.closure((), written, True, TESTED).values()
    (folder / "p.c").write_text("\n".join([*parts, PLAIN]), "utf-8")
    flags = [flag for flag in STRICT if flag not in ("-Werror", "-Wextra", "-Wall")]
    command = [*find_compiler().split(), *flags, "-O1", "-fsanitize=undefined", "-fPIC", "-shared", "p.c", "-o", "p.so"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    return ctypes.CDLL(str(folder / "p.so"))


def through(call: Any, *arrays: npt.NDArray[Any], dtype: type = np.int32) -> Ints:
    y = np.zeros(len(arrays[0]), dtype)
    whole = [np.ascontiguousarray(a) for a in (*arrays, y)]
    call(*(ctypes.c_void_p(a.ctypes.data) for a in whole), len(y))
    return y.astype(np.int64)


def test_c_computes_the_definitions(primitives: ctypes.CDLL, capfd: pytest.CaptureFixture[str]) -> None:
    """Over every input of 16 bits, and a million random and extreme ones of more."""
    rng = np.random.default_rng(1)
    narrow: dict[str, tuple[Callable[[Any], Any], Ints]] = {
        "tanh": (fixed.tanh16, ALL),
        "sigmoid": (fixed.sigmoid16, ALL),
        "exp": (fixed.exp16, np.arange(32768)),
        "short_tanh": (fixed.short_tanh16, ALL),
        "short_sigmoid": (fixed.short_sigmoid16, ALL),
        "short_exp": (fixed.short_exp16, np.arange(32768)),
    }
    for name, (meaning, x) in narrow.items():
        np.testing.assert_array_equal(through(primitives[f"all_{name}"], x.astype(np.int32)), meaning(x))
    total = rng.integers(0, 1 << 32, COUNT) >> rng.integers(0, 32, COUNT)
    np.testing.assert_array_equal(through(primitives.all_log, total.astype(np.uint32)), fixed.log16(total))
    square = rng.integers(0, 1 << 62, 100_000) >> rng.integers(0, 62, 100_000)
    np.testing.assert_array_equal(through(primitives.all_root, square, dtype=np.int64), fixed.square_root(square))
    for wide, call in ((False, primitives.all_rescale), (True, primitives.all_rescale_long)):
        most = fixed.WIDE_ACCUMULATOR if wide else fixed.ACCUMULATOR
        x = rng.integers(-most, most + 1, COUNT) >> rng.integers(0, 59 if wide else 29, COUNT)
        x[:1000] = rng.choice([-most, most, 0, 1, -1, 32767, -32768], 1000)
        pre, post = rng.integers(0, 46 if wide else 31, COUNT), rng.integers(0, 31, COUNT)
        m = np.where(rng.random(COUNT) < 0.5, rng.integers(0, 32768, COUNT), rng.choice([0, 1, 32767], COUNT))
        one = [a.astype(np.int32) for a in (pre, m, post)]
        before = np.clip((x + (np.int64(1) << pre >> 1)) >> pre, -32768, 32767)
        wanted = (before * m + (np.int64(1) << post >> 1)) >> post
        got = through(call, x.astype(np.int64 if wide else np.int32), *one)
        np.testing.assert_array_equal(got, wanted)
    assert "runtime error" not in capfd.readouterr().err


@pytest.mark.parametrize("numeric", INTEGERS)
def test_no_sum_passes_its_bound(numeric: str) -> None:
    """Not with the worst signs of the inputs, at any number of inputs, with a huge bias, in any order."""
    rng = np.random.default_rng(5)
    kind = NUMERICS[numeric]
    for inputs in (1, 7, 300, 9000):
        for size in (1e-6, 1.0, 1e6):
            kernel = rng.normal(0, size, (inputs, 5)).astype(np.float32)
            kernel[:, 4] = 0
            bias = np.array([0, 1e9, -1e9, 1, 0]) * size
            source = covering(-3, 5, kind.dtype.name)
            scale = np.abs(bias).max() / 100 + size * inputs
            matrix = MatrixQuantizer(kind, kernel, bias, source, scale, 16).matrix()
            assert matrix.bound < (1 << (62 if matrix.wide else 31)) - (1 << (30 if matrix.wide else 29))
            worst = _worst(matrix, source)
            assert worst <= matrix.bound
            assert matrix.weights.dtype.name == kind.weights.dtype and np.abs(matrix.weights.astype(int)).max() <= 32767


def _worst(matrix: Matrix, source: Format) -> int:
    """The largest value on the way to any sum, in Python's own integers."""
    worst = 0
    for row in range(matrix.weights.shape[1]):
        w = [int(v) for v in matrix.weights[:, row]]
        for sign in (1, -1):
            sums = np.cumsum([int(matrix.bias[row]), *(v * (source.high if v * sign > 0 else source.low) for v in w)])
            worst = max(worst, int(np.abs(sums).max()))
    return worst
