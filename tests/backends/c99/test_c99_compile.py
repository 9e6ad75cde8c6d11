"""What compilers and linkers say of generated files; and programs under sanitizers and by all compilers here: any
input, buffers of exactly the size that is promised. On other cores: ``tests/hil/test_emulated.py``."""

import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import GATES, KINDS, PLANS, Maker, sample
from layers.compiled import lengths
from toolchain import CHECKED, SCALAR, STRICT, STRICTER, WIDE, build, compile, generate, need, write

from gatesmith.backends import c99
from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.usage import usage
from gatesmith.core.functions import MEANINGS, VECTOR, Function, function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import Activation
from gatesmith.layers.attention import Attention
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.run.toolchain.host import firmware

LIBM = {"expf", "tanhf", "log1pf", "logf", "erff", "sqrtf"}
PARAMS = {
    "hard_sigmoid": {"slope": 0.2, "offset": 0.5},
    "threshold": {"threshold": 0.3, "value": -1.0},
    "relu": {"negative_slope": 0.1, "max_value": 6.0},
}


def plan(make: Any, seed: int) -> Graph:
    maker = Maker(random.Random(f"{make.__name__}{seed}").choice, seed)
    make(maker)
    return maker.graph()


def every_activation() -> Graph:
    """One layer for each function of single values, and one for each cell and gate function."""
    maker = Maker(random.Random(0).choice)
    x = maker.input("x", None, 3)
    for name in sorted(set(MEANINGS) - VECTOR):
        (x,) = maker.add(f"a_{name}", Activation(function(name, **PARAMS.get(name, {}))), x, lead=1)
    for kind in KINDS:
        for index, gate in enumerate(GATES):
            cell = maker.cell(kind, maker.shape(x)[-1] or 1, 9, recurrent_activation=gate)
            x = maker.add(f"{kind}_{index}", cell, x)[0]
    (x,) = maker.add("gelu_tanh", Activation(Function("gelu", (("approximate", 1.0),))), x, lead=1)
    maker.output("y", x)
    return maker.graph()


GRAPHS = {f"{make.__name__}_{seed}": plan(make, seed) for make in PLANS for seed in range(2)}
GRAPHS["every_activation"] = every_activation()
WARNED = [(n, m) for n in GRAPHS for m in ("fast", "libm") if EVERYTHING or n[-2:] + m not in ("_1fast", "_0libm")]


def all_files(graph: Graph, code: Generated, folder: Path) -> list[Path]:
    """The library with its glue, example, self-test and Makefile."""
    source = write(code, folder)
    inputs = [x[None] for x in sample(graph, np.random.default_rng(0))]
    steps = lengths(code, [x[0] for x in inputs])
    answers = Reference(graph).run(inputs)
    use = usage(replace(code, lengths=tuple(steps)))
    texts = {
        f"{code.name}_link.c": c99.glue(code, "float32", steps),
        "main.c": c99.example(use),
        "bare.c": c99.example(use, c99.BARE),
        **{path: str(file.content) for path, file in c99.push(use).items()},
        f"{code.name}_selftest.c": c99.selftest(code, inputs, answers, steps, 2e-6),
        "Makefile": c99.makefile(code, ["-O1"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [source, *(folder / name for name in texts if name.endswith(".c"))]


@pytest.mark.parametrize(("name", "math"), WARNED)
def test_no_compiler_warns(name: str, math: str, tmp_path: Path) -> None:
    code = generate(GRAPHS[name], math, layout=SCALAR if math == "libm" else None)
    library, *others = all_files(GRAPHS[name], code, tmp_path)
    includes = [f"-I{tmp_path}", f"-I{firmware() / 'link'}"]
    compile([need("gcc"), *STRICTER, "-O2", *WIDE, "-c", library, "-o", tmp_path / "model.o"])
    compile([need("gcc"), *STRICT, *includes, "-fsyntax-only", *others])
    compile([need("clang"), *STRICTER, "-fsyntax-only", library])
    compile([need("clang"), *STRICT, *includes, "-fsyntax-only", *others])
    check_symbols(tmp_path / "model.o", code, math)


def test_clang_misses_no_use_of_halves_in_vectors(tmp_path: Path) -> None:
    """Where vectors convert them, the plain conversion is called by nothing."""
    maker = Maker(random.Random(0).choice)
    (y,) = maker.add("dense", maker.dense(64, 64), maker.input("x", 64))
    maker.output("y", y)
    library = write(generate(maker.graph(), layout=Layout(120, 8, ("vectors",)), numeric="float32w16"), tmp_path)
    assert "float_of_half" in library.read_text("utf-8")
    for machine in ([*WIDE, "-mf16c"] if WIDE else [], []):
        compile([need("clang"), *STRICTER, *machine, "-fsyntax-only", library])


def test_compilers_see_no_overflow_behind_the_last_vector(tmp_path: Path) -> None:
    """200 keys are whole blocks: gcc looks at the turns for a rest that never comes. A sum of parts is not unset."""
    maker = Maker(random.Random(0).choice)
    x = maker.input("x", 200, 128)
    maker.output("y", maker.add("heads", Attention(4, 4, 200, np.float32([0.2])), x, x, x)[0])
    maker.output("one", maker.add("one", maker.dense(704, 1, Function("sigmoid")), maker.input("many", 704))[0])
    library = write(generate(maker.graph(), layout=Layout(120, 8, ("vectors",))), tmp_path)
    compile([need("gcc"), *STRICT, "-O3", *WIDE, "-c", library, "-o", tmp_path / "model.o"])


def check_symbols(item: Path, code: Generated, math: str) -> None:
    """Only public functions are exported, all data is constant, and only stated functions are imported."""
    listed = subprocess.run(["nm", str(item)], capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-2:] for line in listed.splitlines()]
    public = {"reset", "run", *(["step"] if code.causal else [])}
    assert {name for kind, name in symbols if kind == "T"} == {f"{code.name}_{part}" for part in public}
    assert {kind for kind, _ in symbols} <= set("TtrU"), listed
    allowed = {"memcpy", "memset", "sqrtf"} | (LIBM if math == "libm" else set())
    assert {name for kind, name in symbols if kind == "U"} <= allowed, listed


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_headers_are_clean_cpp(compiler: str, tmp_path: Path) -> None:
    text = ""
    for name, graph in GRAPHS.items():
        code = generate(graph, name=name)
        write(code, tmp_path)
        use = f"void use({code.name}_t *s)"
        text += f'#include "{code.name}.h"\n{use};\n{use} {{ {name}_reset(s); }}\n'
    (tmp_path / "use.cpp").write_text(text, "utf-8")
    flags = "-std=c++11 -pedantic -Wall -Wextra -Werror -Wold-style-cast -fsyntax-only".split()
    compile([need(compiler), *flags, tmp_path / "use.cpp"])


@pytest.mark.parametrize("name", GRAPHS)
def test_the_text_keeps_the_rules(name: str) -> None:
    for math in ("fast", "exact", "libm"):
        for path, text in generate(GRAPHS[name], math).files.items():
            assert text.isascii() and text.endswith("\n") and "\t" not in text
            code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
            assert not re.search(r"\b(double|long|malloc|calloc|realloc|free|alloca|restrict|goto)\b", code), path
            assert not re.search(r"(?<![\w.])(\d+\.\d*|\d*\.\d+|\d+e[+-]?\d+)(e[+-]?\d+)?(?![\w.])", code), path
            assert not re.search(r"^static (?!inline|const|void|enum)", code, re.MULTILINE), path
            check_order(code)


def check_order(code: str) -> None:
    """A static function is called only below its definition, so nothing can call itself."""
    starts = {m[1]: m.end() for m in re.finditer(r"^static [^=;\n]*?\b(\w+)\([^;{]*?\)\s*\{", code, re.MULTILINE)}
    for name, start in starts.items():
        body = code[start : code.index("\n}", start) if "\n}" in code[start:] else len(code)]
        assert not re.search(rf"\b{name}\(", body.split("\n}")[0].split("}\n\n")[0]), f"{name} calls itself"
        calls = [m.start() for m in re.finditer(rf"\b{name}\(", code)]
        assert min(calls) < start, f"{name} is called before it is defined"


def test_what_is_wrong_or_not_a_number_fails_the_selftest(tmp_path: Path) -> None:
    """Also if right values follow."""
    graph = GRAPHS["plan_dense_0"]
    model = generate(graph)
    write(model, tmp_path)
    inputs = [x[None] for x in sample(graph, np.random.default_rng(0))]
    right = Reference(graph).run(inputs)
    text, wrong = (c99.selftest(model, inputs, [y + off for y in right], [], 2e-6) for off in (0.0, 1e-3))
    first = f"got_{model.outputs[0].name}"
    assert f"compare({first}, " in text
    broken = text.replace(
        f"compare({first}, ", f"{first}[0] = (worst - worst) / (worst - worst);\n        compare({first}, "
    )
    for program, code in ((text, 0), (broken, 1), (wrong, 1)):
        (tmp_path / "test.c").write_text(program, "utf-8")
        compile([need("gcc"), *STRICT, tmp_path / "test.c", tmp_path / "model.c", "-o", tmp_path / "test"])
        assert subprocess.run([tmp_path / "test"], capture_output=True, check=False).returncode == code


def test_a_layer_of_a_single_row_does_not_ask_which(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 1)
    x = m.input("image", 2, 6, 3)
    (x,) = m.add("point", m.dense(3, 4), x, lead=2)
    windows = (Window(1, 2), Window(2))
    (x,) = m.add("row", Convolution(m.weights(8, 4), m.weights(4), windows, 1, Function("relu")), x)
    m.output("answer", x)
    source = write(generate(m.graph()), tmp_path)
    assert "const float *rows[taps];" in source.read_text("utf-8"), "no row goes by a pointer"
    compile([need("gcc"), *STRICTER, "-fsyntax-only", source])


SANITIZE = ["-g", "-O1", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]
EXACT = ["-ffp-contract=off"]
HERE = {
    "gcc-O0": ["gcc", "-O0"],
    "gcc-O2": ["gcc", "-O2"],
    "gcc-O3-wide": ["gcc", "-O3", *WIDE],
    "gcc-14-O3-wide": ["gcc-14", "-O3", *WIDE],
    "clang-O2": ["clang", "-O2"],
    "clang-O3-wide": ["clang", "-O3", *WIDE],
}


def hostile(count: int) -> str:
    """Random, zero, saturated, huge, tiny, not numbers, infinite, and all of it mixed: so many numbers of each."""
    rng = np.random.default_rng(3)
    plain = (0, 30, -30, 3e38, -3e38, 1e-40, np.nan, np.inf, -np.inf, 1e10, -2147483648.0)
    numbers = [*rng.normal(size=2 * count), *np.repeat(plain, count), *rng.choice(plain, 8 * count)]
    return " ".join(map(str, numbers))


PAIRS = [(name, compiler) for name in GRAPHS if not name.endswith("_1") for compiler in ("gcc", "clang")]


@pytest.mark.parametrize(("name", "compiler"), PAIRS if EVERYTHING else [*PAIRS[::4], *PAIRS[3::4]])
def test_any_input(name: str, compiler: str, tmp_path: Path) -> None:
    """By steps in the example, whole in the self-test, whose buffers have no room to spare."""
    graph = GRAPHS[name]
    code = generate(graph, capacity=5)
    library, *_ = all_files(graph, code, tmp_path)
    numbers = hostile(sum(x.size for x in sample(graph, np.random.default_rng(0))))
    for main in ("main.c", f"{code.name}_selftest.c"):
        compile([need(compiler), *STRICT, *SANITIZE, library, tmp_path / main, "-o", tmp_path / "it", "-lm"])
        done = subprocess.run(
            [tmp_path / "it"], input=numbers, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0 and done.stdout, done.stderr[-3000:]


def test_more_steps_than_promised_are_not_read(tmp_path: Path) -> None:
    every = ((graph, generate(graph, capacity=3)) for graph in GRAPHS.values())
    graph, code = next((graph, code) for graph, code in every if any(axis.capacity for axis in code.axes))
    build(code, tmp_path, [*CHECKED, "-fno-sanitize-recover"]).run(sample(graph, np.random.default_rng(0), 7))


EXACT_GRAPHS = ["plan_stack_0", "plan_bidirectional_1", "plan_attention_0", "every_activation"]


def bits(name: str, compiler: str, flags: list[str], folder: Path) -> bytes:
    library = build(generate(GRAPHS[name], "exact"), folder, [*flags, *EXACT], compiler)
    rng = np.random.default_rng(1)
    samples = [sample(GRAPHS[name], rng, 5, scale) for scale in (0.3, 1.0, 4.0, 1.0)]
    return b"".join(y.tobytes() for inputs in samples for y in library.run(inputs))


@pytest.mark.parametrize("name", EXACT_GRAPHS)
def test_exact_is_the_same_bits_for_every_compiler(name: str, tmp_path: Path) -> None:
    got = {}
    for setting, (compiler, *flags) in HERE.items():
        if shutil.which(compiler) is None:
            print(f"{compiler} is not installed: {setting} left out")
            continue
        got[setting] = bits(name, compiler, flags, tmp_path)
    assert len(got) >= 3
    assert len(set(got.values())) == 1, {setting: hash(value) for setting, value in got.items()}


def test_exact_takes_a_nan_of_either_sign_alike(tmp_path: Path) -> None:
    """Which sign a NaN has that comes of infinities is the core's affair, and must not become one of a number, as it
    may where the math is fast."""
    maker = Maker(random.Random(0).choice)
    x = maker.input("x", 3)
    for name in sorted(set(MEANINGS) - VECTOR):
        maker.output(name, maker.add(name, Activation(function(name, **PARAMS.get(name, {}))), x)[0])
    graph = maker.graph()
    inputs = [np.full((3,), np.copysign(np.float32(np.nan), sign), np.float32) for sign in (1, -1)]
    alike = {}
    for math in ("exact", "fast"):
        library = build(generate(graph, math), tmp_path / math, ["-O2", *EXACT])
        plus, minus = (library.run([x]) for x in inputs)
        alike[math] = [np.array_equal(a, b, equal_nan=True) for a, b in zip(plus, minus, strict=True)]
    assert all(alike["exact"]) and not all(alike["fast"])


FAST = ("-ffast-math", "-funsafe-math-optimizations", "-freciprocal-math")
"""Each is part of the one before, without its macro."""


@pytest.mark.parametrize(("math", "refused"), [("exact", FAST), ("fast", FAST[:2]), ("libm", ())])
def test_fast_math_is_refused_where_it_gives_other_numbers(math: str, refused: Sequence[str], tmp_path: Path) -> None:
    source = write(generate(every_activation(), math), tmp_path)
    for flag in FAST:
        done = subprocess.run([need("gcc"), flag, "-fsyntax-only", str(source)], capture_output=True, check=False)
        assert (b"-ffast-math" in done.stderr) == (flag in refused) == bool(done.returncode)
