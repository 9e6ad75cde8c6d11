"""The activation helpers beside double libm, over bit patterns of every float32 exponent."""

import ctypes
import math
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import fit_float32
import numpy as np
import pytest
from toolchain import STRICT, WIDE, compile, need

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Kernels
from gatesmith.backends.c99.kernels.sets import kernel_set
from gatesmith.backends.c99.literals import literal
from gatesmith.core.functions import MEANINGS, OPERATIONS

LIMIT = 2e-7
"""Issue 2: what an approximation may err, of max(1, |y|); of y itself for exp."""
STRIDE = 8191
"""Prime, so that every low bit pattern is met: half a million values a function."""
SETTINGS = {
    "gcc-exact": ["gcc", "-O2", "-ffp-contract=off"],
    "gcc-fast": ["gcc", "-O3", "-ffp-contract=fast", *WIDE],
    "clang-exact": ["clang", "-O2", "-ffp-contract=off"],
    "clang-fast": ["clang", "-O3", "-ffp-contract=fast", *WIDE],
}
PARAMS: dict[str, tuple[float, ...]] = {
    "relu_general": (0.1, 6.0, 0.5),
    "hard_sigmoid": (0.2, 0.5),
    "elu": (1.5,),
    "celu": (0.7,),
    "soft_shrink": (0.5,),
    "hard_shrink": (0.5,),
    "squareplus": (4.0,),
    "threshold": (0.3, -1.0),
    "clip": (-0.5, 6.0),
    "power": (0.3,),
    "whole_power": (3,),
    "power_of": (0.3,),
    "float8": (0.5,),
}
MEANING: dict[str, Any] = {
    "expm1": np.expm1,
    "log1p": np.log1p,
    "log": np.log,
    "exp": np.exp,
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "gelu_tanh": lambda x: MEANINGS["gelu"](x, approximate=1.0),
    "relu_general": MEANINGS["relu"],
    "ln": OPERATIONS["log"],
    "signum": OPERATIONS["sign"],
    "whole_power": OPERATIONS["power"],
    "power_of": OPERATIONS["power"],
}
RANGES = {"expm1": (-87.0, 0.0), "log1p": (0.0, 1.0), "log": (1.0, float(np.finfo(np.float32).max))}
RANGES |= {name: (float(np.finfo(np.float32).tiny), np.inf) for name in ("ln", "power", "power_of", "rsqrt")} | {
    **dict.fromkeys(("sin", "cos", "tan"), (-8192.0, 8192.0)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), (-1.0, 1.0)),
    "arccosh": (1.0, np.inf),
    "sqrt": (0.0, np.inf),
}
"""Helpers that others call within a range only."""
LIMITS = {"power": 4e-6, "power_of": 4e-6, "tan": 2.2e-7}
"""Of a general power, by way of e^(a ln x): the rounding of the exponent, up to 27 here, grows with it."""
INNER = {"float", "abs", "size", "sign", "wave"}
FLOATS = list(kernel_set("plain").primitives()[0].module.HELPERS)
"""Functions of floats in plain C."""
CHECKED = sorted(set(FLOATS) - INNER)


def helpers(libm: bool = False, exact: bool = False) -> str:
    plain = Kernels(Layout())

    def written(name: str) -> str:
        return str(plain.primitive(name, False)(libm=libm, exact=exact))

    return "\n".join(plain.closure((), written, named=FLOATS).values())


def driver(exact: bool) -> str:
    """All helpers, and a function each that applies one to an array."""
    loops = []
    for name in CHECKED:
        arguments = ", ".join(["x[k]", *map(literal, PARAMS.get(name, ()))])
        loops.append(
            f"void each_{name}(const float *x, float *y, int n);\nvoid each_{name}(const float *x, float *y, int n)\n"
            f"{{\n    for (int k = 0; k < n; k++) {{\n        y[k] = act_{name}({arguments});\n    }}\n}}\n"
        )
    return "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n" + helpers(exact=exact) + "".join(loops)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="gatesmith-math-"))


@cache
def library(setting: str) -> Any:
    compiler, *flags = SETTINGS[setting]
    source, target = _folder() / f"{setting}.c", _folder() / f"{setting}.so"
    source.write_text(driver(setting.endswith("exact")), "utf-8")
    compile([need(compiler), *STRICT, *flags, "-shared", "-fPIC", source, "-o", target, "-lm"])
    return ctypes.CDLL(str(target))


def apply(setting: str, name: str, x: Any) -> Any:
    y = np.empty_like(x)
    function = getattr(library(setting), f"each_{name}")
    function(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(len(x)))
    return y


@cache
def sweep(name: str) -> Any:
    """Finite float32 values of all signs and exponents, and every value near the ends and 1."""
    bits = np.arange(0, 2**32, STRIDE, dtype=np.uint64).astype(np.uint32)
    edges = np.array([0.0, -0.0, 1.0, 4.0, 9.1, 20.0, 87.0, 88.7, 89.0, -87.0, -87.4, -103.5, -104.0], np.float32)
    near = (edges.view(np.uint32)[:, None] + np.arange(-64, 64, dtype=np.int64)).astype(np.uint32).ravel()
    x = np.concatenate([bits, near]).view(np.float32)
    low, high = RANGES.get(name, (-np.inf, np.inf))
    return np.sort(x[np.isfinite(x) & (x >= low) & (x <= high)])


@cache
def right(name: str) -> Any:
    x = sweep(name).astype(np.float64)
    params = [float(np.float32(p)) for p in PARAMS.get(name, ())]
    with np.errstate(all="ignore"):
        if name in MEANING:
            return np.asarray(MEANING[name](x, *params))
        if name == "mish":  # the softplus of the definition is exact enough; tanh of it is not where it is tiny
            e = np.exp(np.minimum(x, 300))
            n = e * (e + 2)
            return np.where(x > 300, x, x * (n / (n + 2)))
        return np.asarray({**MEANINGS, **OPERATIONS}[name](x, *params))


@cache
def errors(setting: str, name: str) -> Any:
    """Error of every value: of max(1, |y|), of |y| for exp; what no float32 can hold counts as infinity."""
    wanted = right(name)
    with np.errstate(all="ignore"):
        got = apply(setting, name, sweep(name)).astype(np.float64)
        over = np.abs(wanted) > np.finfo(np.float32).max
        apart = np.abs(got - wanted)
        if name == "exp":
            tiny = np.maximum(wanted, 2.0**-149)
            return np.where(over, np.where(got == np.inf, 0, 1), np.maximum(apart - 2.0**-149, 0) / tiny)
        scaled = apart / np.maximum(1, np.abs(wanted))
        return np.where(over & np.isinf(got) & (np.sign(got) == np.sign(wanted)), 0, scaled)


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("setting", SETTINGS)
def test_error(setting: str, name: str) -> None:
    distances = errors(setting, name)
    assert np.all(np.isfinite(distances)), f"no number at {sweep(name)[~np.isfinite(distances)][:5]}"
    beside = (name == "tan") & (np.abs(np.cos(sweep(name).astype(np.float64))) < 0.05)  # its poles
    over = distances / np.where(beside, 1e-5, LIMITS.get(name, LIMIT))
    worst = int(np.argmax(over))
    assert over[worst] <= 1, f"{distances[worst]:.3g} at {sweep(name)[worst]!r}"


@pytest.mark.parametrize("setting", SETTINGS)
def test_bounds_and_order(setting: str) -> None:
    for name, low, high in (("tanh", -1, 1), ("sigmoid", 0, 1), ("erf", -1, 1), ("exp", 0, np.inf)):
        y = apply(setting, name, sweep(name))
        assert y.min() >= low and y.max() <= high, name
        assert y[0] == low and y[-1] == high, name
        # One step of float32 back at most: rounding, nothing a reader would see.
        back = np.maximum(0, -np.diff(y.astype(np.float64))[np.isfinite(np.diff(y))])
        assert back.max() <= np.spacing(np.float32(1)), (name, back.max())
    ends = np.array([-np.inf, np.inf], np.float32)
    for name, wanted in (("tanh", [-1, 1]), ("sigmoid", [0, 1]), ("erf", [-1, 1]), ("exp", [0, np.inf])):
        assert np.abs(apply(setting, name, ends) - np.array(wanted)).max() < 1e-30 or np.isinf(wanted[1]), name
    assert apply(setting, "exp", ends)[1] == np.inf
    assert apply(setting, "tanh", np.array([-0.0], np.float32)).view(np.uint32)[0] == 0x80000000


def test_exact_is_the_same_everywhere() -> None:
    for name in CHECKED:
        one, two = (apply(setting, name, sweep(name)) for setting in ("gcc-exact", "clang-exact"))
        assert np.array_equal(one.view(np.uint32), two.view(np.uint32)), name


def test_comments_state_the_measured_error() -> None:
    """Every ``error below E`` beside a function bounds what is measured, and by less than a third too much."""
    pattern = r"error below (\d[\d.]*e-\d+).*?\*/\s*static inline float act_(\w+)\("
    stated = re.findall(pattern, helpers() + helpers(exact=True), re.DOTALL)
    assert {name for _, name in stated} >= {"exp", "expm1", "tanh", "sigmoid", "log1p", "log", "erf"}
    for bound, name in stated:
        worst = max(float(errors(setting, name).max()) for setting in SETTINGS)
        assert worst <= float(bound) <= 1.5 * worst, f"act_{name} says {bound}, measured {worst:.3g}"


def test_the_fit_yields_these_coefficients() -> None:
    """tools/fit_float32.py finds the template's polynomials again, but for the last place."""
    for name, helper, variable in (
        ("expm1", "exp", "p"),
        ("expm1", "expm1", "p"),
        ("artanh", "log1p", "p"),
        ("erf_near", "erf", "near"),
        ("erf_far", "erf", "far"),
        ("sin", "wave", "odd"),
        ("cos", "wave", "even"),
        ("arctan", "arctan", "p"),
    ):
        text = Kernels(Layout()).primitive(helper, False)(libm=False)
        first = re.search(rf"float {variable} = (-?[\d.e-]+)f;", text)
        rest = re.findall(rf"{variable} = {variable} \* \w ([+-]) ([\d.e-]+)f;", text)
        assert first is not None
        written = np.array([float(first[1]), *(float(sign + digits) for sign, digits in rest)])
        again = np.array(fit_float32.rounded(fit_float32.FITS[name])[::-1], np.float64)
        assert len(written) == len(again)
        assert np.abs(written - again).max() <= 2e-7 * np.abs(again).max(), (helper, written - again)
