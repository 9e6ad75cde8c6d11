"""Compilers, and generated libraries as this process can call them."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layers.compiled import Instance
from layers.session import once

from gatesmith import passes
from gatesmith.backends import c99, micropython
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.boards.processor import cpu_features
from gatesmith.core.graph import Graph
from gatesmith.numerics import NUMERICS
from gatesmith.run.toolchain.host import find_compiler

STRICT = "-std=c99 -pedantic -Wall -Wextra -Wconversion -Wdouble-promotion -Wshadow -Werror".split()
STRICTER = [*STRICT, *"-Wundef -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Wfloat-conversion".split()]
CHECKED = (
    *("-Og", "-finline-small-functions", "-finline-functions-called-once"),
    *("-fsanitize=undefined", "-fno-sanitize=null,pointer-overflow"),
)
"""Of C that says at run time what is wrong: half the compiler's time at -O1, with the inlining that lets the checks
see how large an object is, and the warnings of what is not set. Pointers that are null or wrap round are not looked
for: to use one ends the process."""
ORIGIN = Origin("test.keras", "0" * 64, "Keras 3 (3.15.1)", "0" * 16)
WIDE = ["-march=x86-64-v3"] if {"avx2", "bmi2", "fma"} <= cpu_features() else []
WIDEST = ["-march=x86-64-v4", "-mavx512vnni", "-mavx512vbmi"]
"""Of a processor that multiplies bytes in vectors of 64; of another there are none."""
WIDEST = WIDEST if {"avx512f", "avx512bw", "avx512_vnni", "avx512_vbmi"} <= cpu_features() else []
ARM = "aarch64-linux-gnu-gcc"
ARMS = [[ARM, "-O2", "-static", f"-march={arch}"] for arch in ("armv8-a", "armv8.2-a+dotprod")]
"""Its compiler, for cores without and with products of bytes: run by QEMU."""
SCALAR = Layout(rows=8, lanes=1)
"""What a core without SIMD would choose."""


def need(compiler: str) -> str:
    """The compiler, or a skip that says what is missing."""
    if shutil.which(compiler) is None:
        triplet = compiler.removesuffix("-gcc")
        how = ".ci/tools installs it" if triplet == compiler else f"apt-get install gcc-{triplet}"
        pytest.skip(f"{compiler} is not installed ({how})")
    return compiler


def generate(
    graph: Graph,
    math: str = "fast",
    name: str = "model",
    layout: Layout | None = None,
    numeric: str = "float32",
    origin: Origin = ORIGIN,
    asm: bool = True,
    **compiling: Any,
) -> Generated:
    """The library of a graph, compiled as ``passes.compile_graph`` takes it; by rows, unless told otherwise."""
    program = passes.compile_graph(graph, **{"by_rows": True, **compiling})
    options = Options(name, "host", NUMERICS[numeric], layout or Layout(), math, asm=asm)
    return c99.generate(program, origin, options, "0.0.0")


def modules(graph: Graph, numeric: str = "float32", name: str = "swing", arch: str = "", **compiling: Any) -> Generated:
    """The modules of a graph for MicroPython."""
    options = micropython.Options(name, "test", NUMERICS[numeric], arch)
    return micropython.generate(passes.compile_graph(graph, **compiling), ORIGIN, options, "0.0.0")


def selftest(
    code: Generated,
    folder: Path,
    inputs: Sequence[Any],
    right: Sequence[Any],
    steps: int,
    tolerance: float,
    machine: Sequence[str] = (),
) -> str:
    """What the shipped self-test says of answers, compiled with sanitizers; it must pass. The same sources, as two
    instruction sets without a kernel for a type have them, are compiled once by all processes of a session; so is the
    self-test's own file, where libraries differ behind equal headers.

    Args:
        code: of a model named ``m``.
        inputs, right: of each input and output, (samples, ...).
        machine: flags of what it is compiled for; one of :data:`ARMS`.
    """
    if machine[:1] == [ARM]:
        need(ARM), need("qemu-aarch64")
    files = {**code.files, "selftest.c": c99.selftest(code, inputs, right, [steps], tolerance)}
    key = hashlib.sha256(repr((sorted(files.items()), machine)).encode()).hexdigest()
    return once(f"selftest-{key}", lambda: _run_selftest(files, folder, machine))


SANITIZED = (*CHECKED, "-fsanitize=address", "-fno-sanitize-recover")


def _run_selftest(files: Mapping[str, str], folder: Path, machine: Sequence[str]) -> str:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    command, runner = [*find_compiler().split(), *STRICT, *SANITIZED], []
    if machine[:1] == [ARM]:
        command, machine, runner = [ARM, *STRICT], machine[1:], ["qemu-aarch64", "-cpu", "max"]
    seen = sorted((name, text) for name, text in files.items() if name == "selftest.c" or name.endswith(".h"))

    def compiled() -> bytes:
        subprocess.run([*command, "-c", "selftest.c", "-o", "own.o"], cwd=folder, check=True, timeout=300)
        return (folder / "own.o").read_bytes()

    key = hashlib.sha256(repr((seen, command)).encode()).hexdigest()
    (folder / "selftest.o").write_bytes(once(f"selftest-object-{key}", compiled))
    subprocess.run([*command, *machine, "m.c", "selftest.o", "-o", "selftest"], cwd=folder, check=True, timeout=300)
    done = subprocess.run([*runner, "./selftest"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def of_header(generated: Generated, folder: Path, result: str, parameters: str, expression: str, *flags: str) -> Any:
    """A C function of an expression with what a generated header defines, compiled with warnings as errors."""
    source, wrapper = write(generated, folder), folder / "wrapper.c"
    head = f"{result} wrapped({parameters})"
    text = f'#include "{generated.name}.h"\n{head};\n{head}\n{{\n    return {expression};\n}}\n'
    wrapper.write_text(text, encoding="utf-8")
    flags = (*flags, "-shared", "-fPIC", f"-I{source.parent}", "-o", f"{folder}/wrapper.so")
    compile([need("gcc"), *STRICT, *flags, wrapper])
    return ctypes.CDLL(f"{folder}/wrapper.so").wrapped


def write(code: Generated, folder: Path) -> Path:
    """The library's files in a folder; the path of its source."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in code.files.items():
        (folder / path).write_text(text, "utf-8")
    return folder / f"{code.name}.c"


def imported(code: Generated, folder: Path) -> Any:
    """The modules, imported by this Python (integers by the plain one) and removed from ``sys.modules`` again."""
    write(code, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setattr(sys, "dont_write_bytecode", True)
        importlib.invalidate_caches()
        try:
            return importlib.import_module(code.name)
        finally:
            for name in [name for name in sys.modules if name.startswith(code.name)]:
                del sys.modules[name]


def compile(command: Sequence[str | Path]) -> None:
    """Run a compiler, whose complaints become the failure's text."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stderr[-4000:]}"


def build(code: Generated, folder: Path, flags: Sequence[str] = ("-O1",), compiler: str = "gcc") -> Library:
    """The library as a shared object of this process."""
    return build_all([code], folder, flags, compiler)[0]


def build_all(
    models: Sequence[Generated], folder: Path, flags: Sequence[str] = ("-O1",), compiler: str = "gcc"
) -> list[Library]:
    """Libraries of different names as one shared object of this process, from one compiler call."""
    sources = [write(code, folder) for code in models]
    target = folder / f"{len(list(folder.glob('*.so')))}.so"
    compile([need(compiler), *STRICTER, *flags, "-shared", "-fPIC", *sources, "-o", target, "-lm"])
    library = ctypes.CDLL(str(target))
    return [Library(code, library) for code in models]


def library_of(models: Sequence[Generated], folder: Path) -> ctypes.CDLL:
    """The same; a run-time error is printed and ends the process."""
    return build_all(models, folder, [*CHECKED, "-fno-sanitize-recover"])[0].library


@dataclass(frozen=True)
class Library:
    """A generated library, loaded."""

    code: Generated
    library: ctypes.CDLL

    def fresh(self) -> Instance:
        """A state of its own."""
        return Instance(self.code, self.library)

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        """A whole sequence, from the beginning."""
        return self.fresh().run(inputs)


def sample_of(graph: Graph, rng: np.random.Generator) -> list[Any]:
    """A sample for a graph whose inputs have fixed shapes."""
    return [rng.normal(0.0, 0.7, graph.shape(port.tensor)).astype(np.float32) for port in graph.inputs]


def same_bits(one: Sequence[Any], two: Sequence[Any]) -> bool:
    """Equal to the last bit; a NaN equals a NaN."""
    return all(
        np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))
        for a, b in zip(one, two, strict=True)
    )
