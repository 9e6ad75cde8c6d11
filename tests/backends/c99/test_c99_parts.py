"""Parts of the C: expressions of integers, compiled with warnings about precedence as errors, are what the operators
mean, also where ``int`` has 16 bits; the rational tanh of instruction sets, and the C beside their assembly, over all
exponents of float32; folders of templates; self-tests of models that divide by 0 on some samples, or on all: NaN and
infinity have no literal in C."""

import ctypes
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import numpy as np
import pytest
from mako import lookup
from test_float32_math import LIMIT, SETTINGS, sweep
from toolchain import STRICT, STRICTER, compile, need

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.expression import RANKS, Expr, call, literal
from gatesmith.backends.c99.kernels import Kernels
from gatesmith.backends.c99.kernels.sets import template
from gatesmith.backends.templates import TemplateLookup
from gatesmith.cli import main
from gatesmith.core.errors import ExitCode

VALUES = {
    "a": (-128, "int8"),
    "b": (127, "int8"),
    "c": (-32768, "int16"),
    "d": (1234, "int16"),
    "e": (-99_999, "int32"),
}


def test_parentheses_are_where_c_needs_them_and_nowhere_else() -> None:
    a, b, c = (Expr(name) for name in "abc")
    assert str((a + b) * c) == "(a + b) * c"
    assert str(a * b + c) == "a * b + c"
    assert str(a - (b - c)) == "a - (b - c)" and str(a - b - c) == "a - b - c"
    assert str((a + b) >> 2) == "(a + b) >> 2" and str((a >> 2) * b) == "(a >> 2) * b"
    assert str(call("f", a + b, 3) * 2) == "f(a + b, 3) * 2"
    assert str((a + b).cast("int8")) == "(int8_t)(a + b)" and str(call("f", a).cast("int8")) == "(int8_t)f(a)"
    assert str(a - 5) == "a - 5" and str(a - -5) == "a + 5" and str(a + -5) == "a - 5" and str(a + 0) == "a"
    assert str(a * -5) == "a * -5" and str(32768 - a) == "32768 - a"


def test_what_is_narrow_becomes_wide_once() -> None:
    small, large = Expr("x[k]", dtype="int8"), Expr("y")
    assert str(small.wide() * 70) == "(int32_t)x[k] * 70"
    assert str((small - 3).wide() * 70) == "(int32_t)(x[k] - 3) * 70"
    assert str((large - small).wide() * 70) == "(large - x[k]) * 70".replace("large", "y")
    assert (small + small).dtype == "int" and (small * large).dtype == "int32" and literal(40_000).dtype == "int32"


def test_random_expressions_are_what_they_say(tmp_path: Path) -> None:
    """No product of narrow values is computed in a 16-bit ``int``, unless its type fits."""
    choose = random.Random(5)

    def drawn(depth: int) -> tuple[Expr, int]:
        if depth == 0:
            name = choose.choice(list(VALUES))
            return Expr(name, dtype=VALUES[name][1]), VALUES[name][0]
        one, x = drawn(depth - 1)
        kind = choose.randrange(6)
        if kind == 0:
            return one >> 3, x >> 3
        if kind == 1:
            return one + choose.choice((n := choose.randrange(-9, 9), n)), x + n
        two, y = drawn(depth - 1)
        if kind == 2 and abs(x * y) < 2**31:
            return one.wide() * two, x * y
        if kind == 3:
            return one - two, x - y
        return one + two, x + y

    lines = []
    for _ in range(300):
        expression, value = drawn(choose.randrange(1, 4))
        if abs(value) < 2**31:
            assert expression.dtype in RANKS
            lines.append(f"    failed |= ({expression}) != {literal(value)};")
    variables = [f"    const {dtype}_t {name} = {value};" for name, (value, dtype) in VALUES.items()]
    source = "\n".join(["#include <stdint.h>", "int main(void)", "{", *variables, "    int failed = 0;", *lines])
    (tmp_path / "e.c").write_text(f"{source}\n    return failed;\n}}\n", "utf-8")
    subprocess.run([need("gcc"), *STRICTER, "e.c", "-o", "e"], cwd=tmp_path, check=True, timeout=60)
    assert subprocess.run([tmp_path / "e"], check=False, timeout=10).returncode == 0


MEANING = {"tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


@pytest.mark.parametrize("setting", sorted(SETTINGS))
@pytest.mark.parametrize(("isa", "asm"), [("vfp", True), ("vfp", False), ("vectors", False)])
def test_tanh_and_sigmoid(setting: str, isa: str, asm: bool, tmp_path: Path) -> None:
    kernels = Kernels(Layout(8, 1, (isa,)))
    facts = {"asm": asm, "counted": lambda *_: None}

    def written(name: str) -> str:
        return str(kernels.primitive(name, False)(**facts))

    helpers = kernels.closure((), written, named=MEANING).values()
    lines = ["#include <stdint.h>", "#include <string.h>", *helpers]
    for name in MEANING:
        lines.append(f"void each_{name}(const float *x, float *y, int n);")
        lines.append(f"void each_{name}(const float *x, float *y, int n)")
        lines.append(f"{{ for (int k = 0; k < n; k++) {{ y[k] = act_{name}(x[k]); }} }}")
    source, target = tmp_path / "a.c", tmp_path / "a.so"
    source.write_text("\n".join(lines) + "\n", "utf-8")
    compiler, *flags = SETTINGS[setting]
    compile([need(compiler), *STRICT, *flags, "-shared", "-fPIC", source, "-o", target])
    x = np.append(sweep("tanh"), np.array([np.inf, -np.inf], np.float32))
    for name, meaning in MEANING.items():
        y = np.empty_like(x)
        each = getattr(ctypes.CDLL(str(target)), f"each_{name}")
        each(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(len(x)))
        with np.errstate(over="ignore"):
            wanted = meaning(x.astype(np.float64))
        assert np.abs(y - wanted).max() <= LIMIT
        assert y.max() == 1.0 and y.min() == (-1.0 if name == "tanh" else 0.0)
        assert (np.diff(y[:-2]) >= -2 * np.spacing(np.float32(1))).all()


def test_registers_that_assembly_alone_changes_are_not_taken_for_untouched(tmp_path: Path) -> None:
    """gcc 5 to 7 let callers of a naked function keep values in the registers that its text does not name; this gcc
    does so with functions that are not naked."""
    compiler, source, texts = need("arm-none-eabi-gcc"), tmp_path / "bare.c", []
    lines = ["push {r4-r11, lr}", "pop {r4-r11, pc}"]
    bare = template("/gcc.mako").get_def("naked").render("bare", "int *x", lines)
    source.write_text(f"{bare}int call(int *x, int a, int b) {{ bare(x); return a + b + (x != 0); }}", "utf-8")
    for option in ("-fipa-ra", "-fno-ipa-ra"):
        command = [compiler, "-mcpu=cortex-m4", "-O2", "-Dnaked=noinline", option, "-S", "-o", "-", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        texts.append([line for line in done.stdout.splitlines() if "ipa-ra" not in line])
    assert texts[0] == texts[1]


def test_one_thread_at_a_time_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of two folders: before Python 3.11.8 a second one ends in a SystemError, now and then."""
    both = Barrier(2)
    alone = []

    def parse(self: TemplateLookup, uri: str) -> None:
        try:
            both.wait(0.2)
        except BrokenBarrierError:
            alone.append(uri)

    monkeypatch.setattr(lookup.TemplateLookup, "get_template", parse)
    folders = [TemplateLookup(directories=[str(tmp_path / name)]) for name in "ab"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(TemplateLookup.get_template, folders, "ab"))
    assert sorted(alone) == ["a", "b"]


def saved(path: Path, spread: float) -> Path:
    keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
    x: Any = keras.Input((4,))
    y = keras.ops.power(keras.ops.relu(x) * spread, -1.0)
    keras.Model(x, keras.layers.Dense(2, kernel_initializer="ones")(y)).save(path)
    return path


def test_samples_without_an_answer_are_left_out(tmp_path: Path) -> None:
    """One sample of 16 has no value below 0."""
    model, out = saved(tmp_path / "some.keras", 1.0), tmp_path / "out"
    assert main(["generate", str(model), "--target", "host", "-o", str(out)]) == ExitCode.OK
    done = subprocess.run(["make", "-C", out, "test"], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "largest difference" in done.stdout, done


def test_a_model_without_any_answer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = saved(tmp_path / "none.keras", 0.0), tmp_path / "out"
    assert main(["generate", str(model), "--target", "host", "-o", str(out)]) == ExitCode.INPUT
    assert "an infinity or NaN" in capsys.readouterr().err
    assert not out.exists()
