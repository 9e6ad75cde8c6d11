"""Programs under sanitizers and by all compilers here: any input, buffers of exactly the size that is promised. On
other cores: ``tests/hil/test_emulated.py``."""

import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker, sample
from layers.compiled import lengths
from test_c99_compile import GRAPHS, PARAMS
from toolchain import STRICT, WIDE, build, compile, generate, need, write

from gatesmith.backends.base import Generated
from gatesmith.core.functions import MEANINGS, VECTOR, function
from gatesmith.core.graph import Graph
from gatesmith.layers.activation import Activation

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


def driver(code: Generated, steps: list[int]) -> str:
    """A program that reads samples until the end; its buffers are on the heap, where a sanitizer sees every edge."""
    ports = [*code.inputs, *code.outputs]
    rooms = [p.frame * (steps[p.axis] if p.axis is not None else 1) for p in ports]
    free = [str(n) for n, axis in zip(steps, code.axes, strict=True) if axis.fixed is None]
    buffers = "\n".join(
        f"    float *{p.name} = malloc({room} * sizeof(float));" for p, room in zip(ports, rooms, strict=True)
    )
    count = len(code.inputs)
    reads = " && ".join(f"fread({p.name}, 4, {n}, stdin) == {n}" for p, n in zip(code.inputs, rooms, strict=False))
    writes = "\n".join(
        f"        fwrite({p.name}, 4, {n}, stdout);" for p, n in zip(code.outputs, rooms[count:], strict=True)
    )
    names = [p.name for p in code.inputs], [p.name for p in code.outputs]
    step = f"        {code.name}_step(state, {', '.join(names[0] + names[1])});" if code.causal else ""
    frees = "\n".join(f"    free({p.name});" for p in ports)
    return f"""#include <stdio.h>
#include <stdlib.h>
#include "{code.name}.h"
int main(void)
{{
    {code.name}_t *state = malloc(sizeof *state);
{buffers}
    {code.name}_reset(state);
    while ({reads}) {{
{step}
        {code.name}_run(state, {", ".join(names[0] + free + names[1])});
{writes}
    }}
{frees}
    free(state);
    return 0;
}}
"""


def program(graph: Graph, code: Generated, folder: Path, command: list[str], steps: int) -> Path:
    source = write(code, folder)
    counts = lengths(code, sample(graph, np.random.default_rng(0), steps))
    (folder / "driver.c").write_text(driver(code, counts), "utf-8")
    compile([*command, "-std=c99", source, folder / "driver.c", "-o", folder / "program", "-lm"])
    return folder / "program"


def answers(binary: Path, samples: list[list[Any]]) -> bytes:
    """The program's output for these samples."""
    data = b"".join(x.astype("<f4").tobytes() for inputs in samples for x in inputs)
    done = subprocess.run([binary], input=data, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert len(done.stdout) % (4 * len(samples)) == 0 and done.stdout
    return done.stdout


def hostile(graph: Graph, steps: int) -> list[list[Any]]:
    """Random, zero, saturated, huge, tiny, not numbers, infinite, and all of it mixed."""
    rng = np.random.default_rng(3)
    ordinary = [sample(graph, rng, steps) for _ in range(2)]
    plain = [np.float32(v) for v in (0, 30, -30, 3e38, -3e38, 1e-40, np.nan, np.inf, -np.inf, 1e10, -2147483648.0)]
    constant = [[np.full_like(x, v) for x in ordinary[0]] for v in plain]
    mixed = [[rng.choice(plain, x.shape).astype(np.float32) for x in ordinary[0]] for _ in range(8)]
    return ordinary + constant + mixed


PAIRS = [(name, compiler) for name in GRAPHS if not name.endswith("_1") for compiler in ("gcc", "clang")]


@pytest.mark.parametrize(("name", "compiler"), PAIRS if EVERYTHING else [*PAIRS[::4], *PAIRS[3::4]])
def test_any_input(name: str, compiler: str, tmp_path: Path) -> None:
    graph = GRAPHS[name]
    code = generate(graph, capacity=5)
    binary = program(graph, code, tmp_path, [need(compiler), *STRICT, *SANITIZE], 5)
    answers(binary, hostile(graph, 5))


def test_more_steps_than_promised_are_not_read(tmp_path: Path) -> None:
    every = ((graph, generate(graph, capacity=3)) for graph in GRAPHS.values())
    graph, code = next((graph, code) for graph, code in every if any(axis.capacity for axis in code.axes))
    binary = program(graph, code, tmp_path, [need("gcc"), *STRICT, *SANITIZE], 7)
    answers(binary, [sample(graph, np.random.default_rng(0), 7)])


EXACT_GRAPHS = ["plan_stack_0", "plan_bidirectional_1", "plan_attention_0", "every_activation"]


def bits(name: str, command: list[str], folder: Path) -> bytes:
    graph = GRAPHS[name]
    binary = program(graph, generate(graph, "exact"), folder, [*command, *EXACT], 5)
    rng = np.random.default_rng(1)
    samples = [sample(graph, rng, 5, scale) for scale in (0.3, 1.0, 4.0, 1.0)]
    return answers(binary, samples)


@pytest.mark.parametrize("name", EXACT_GRAPHS)
def test_exact_is_the_same_bits_for_every_compiler(name: str, tmp_path: Path) -> None:
    got = {}
    for setting, (compiler, *flags) in HERE.items():
        if shutil.which(compiler) is None:
            print(f"{compiler} is not installed: {setting} left out")
            continue
        got[setting] = bits(name, [compiler, *flags], tmp_path)
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


def test_exact_refuses_fast_math(tmp_path: Path) -> None:
    source = write(generate(GRAPHS["plan_dense_0"], "exact"), tmp_path)
    done = subprocess.run([need("gcc"), "-ffast-math", "-fsyntax-only", str(source)], capture_output=True, check=False)
    assert done.returncode != 0 and b"-ffast-math" in done.stderr
