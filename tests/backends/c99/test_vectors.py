"""Products of kernels in vectors: instructions of this machine, and the C beside, on the same tables; by gcc and clang.
Those of bytes bit for bit."""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toolchain import STRICTER, WIDE, need

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Ask, Kernels
from gatesmith.backends.c99.kernels.vectors import bytes as kernels_of_bytes
from gatesmith.backends.c99.kernels.vectors import floats

LAYOUT = Layout(120, 8, ("vectors",))
MACHINES = {"this": WIDE, "another": []}
BUILDS = [(compiler, machine) for compiler in ("gcc", "clang") for machine in MACHINES]
"""Compilers, and machines that they compile for."""
BYTES = [
    (inputs, units, gates)
    for inputs in (1, 2, 3, 9, 15, 16, 17, 32, 63, 64, 65, 80, 128, 200, 256, 257, 640)
    for units, gates in ((4, 1), (8, 1), (12, 1), (20, 1), (112, 1), (130, 1), (3, 4), (32, 4), (40, 3))
]
CELLS = ((1, 4), (2, 4), (3, 4), (20, 4), (3, 3), (40, 3))
FLOATS = [
    (inputs, units, gates)
    for inputs in (1, 2, 3, 4, 7, 8, 9, 16, 31, 40, 63, 64, 65, 130, 511, 512, 513, 1100)
    for units, gates in (*((units, 1) for units in (1, 2, 3, 4, 5, 7, 8, 9, 33, 640)), *CELLS)
]
STEPS = 3e-7
"""Of the largest product's sum: roundings of at most 64 inputs in a row."""
builds = pytest.mark.parametrize("build", BUILDS, ids="-".join)


def compiled(
    build: tuple[str, str], kernels: Kernels, lines: Iterable[str], folder: Path, flags: Sequence[str] = ()
) -> ctypes.CDLL:
    """A library of one of :data:`BUILDS`, by the compiler's own immintrin.h; skips where this machine has no AVX2.

    Args:
        kernels: after they were asked, so that they know which headers they need.
    """
    compiler, machine = build
    if machine == "this" and not WIDE:
        pytest.skip("this machine has no AVX2")
    includes = ["#include <stdint.h>", "#include <string.h>"]
    for header, macro in kernels.headers():
        includes += [f"#if defined({macro})", f"#include <{header}>", "#endif"]
    (folder / "a.c").write_text("\n".join([*includes, *lines]) + "\n", "utf-8")
    command = [need(compiler), *STRICTER, "-O1", *flags, *MACHINES[machine], "-fPIC", "-shared", "a.c", "-o", "a.so"]
    own = {key: value for key, value in os.environ.items() if key != "C_INCLUDE_PATH"}
    subprocess.run(command, cwd=folder, check=True, timeout=300, env=own)
    return ctypes.CDLL(str(folder / "a.so"))


def exported(functions: Iterable[str], name: str = "") -> list[str]:
    """The text of static functions whose names begin so, declared and visible to other files."""
    own, lines = f"static void {name}", []
    for function in functions:
        head = function[function.index(own) :].partition("\n")[0].removeprefix("static ")
        lines.append(f"{head};\n{function.replace(own, own.removeprefix('static '))}")
    return lines


def pointer(values: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.ctypes.data)


def bytes_asked(inputs: int, units: int, gates: int) -> Ask:
    """The largest and smallest among the weights."""
    values = np.random.default_rng(inputs * units).integers(-127, 128, size=(inputs, units * gates)).astype(np.int8)
    values[0], values[-1] = -127, np.where(np.arange(units * gates) % 2, -127, 127)
    return Ask("int8", "int8", values)


@builds
def test_sums_of_bytes_are_those_of_the_weights(build: tuple[str, str], tmp_path: Path) -> None:
    kernels, taken, products = Kernels(LAYOUT), [], set()
    for inputs, units, gates in BYTES:
        ask = bytes_asked(inputs, units, gates)
        blocks = kernels.blocks(units, gates, ask)
        kernel = kernels.gemv(ask, blocks)
        assert isinstance(kernel, kernels_of_bytes.Quads)
        taken.append((inputs, ask, blocks, kernel))
        products |= set(kernel.functions(ask, blocks, LAYOUT))
    helpers = [str(kernels.primitive(name, True).render()) for name in ("tile_now", "vectors_of_bytes")]
    library = compiled(build, kernels, [*helpers, *exported(kernels.write(sorted(products), ""), "gemv")], tmp_path)
    for inputs, ask, blocks, kernel in taken:
        numbers = np.random.default_rng(inputs)
        name = kernel.functions(ask, blocks, LAYOUT)[-1].name
        x = numbers.integers(-128, 128, size=inputs).astype(np.int8)
        x[0] = x[-1] = -128
        table = np.ascontiguousarray(kernel.pack(ask, blocks))
        begun = numbers.integers(-(2**20), 2**20, size=(blocks.count, blocks.rows))
        wanted = begun + np.einsum("bkr,k->br", blocks.pack(ask.values).astype(np.int64), x.astype(np.int64))
        for block in range(blocks.count):
            sums = np.append(begun[block], np.full(8, 77)).astype(np.int32)
            getattr(library, name)(*map(pointer, (sums, table[block], x)), ctypes.c_int(inputs))
            np.testing.assert_array_equal(sums[: blocks.rows], wanted[block], str(ask.values.shape))
            assert (sums[blocks.rows :] == 77).all()


@builds
def test_sums_of_floats_are_those_of_the_weights(build: tuple[str, str], tmp_path: Path) -> None:
    """In the array that they begin in, and in another."""
    kernels, taken, products = Kernels(LAYOUT), [], set()
    for inputs, units, gates in FLOATS:
        values = np.random.default_rng(inputs * units).normal(size=(inputs, units * gates)).astype(np.float32)
        ask = Ask("float32", "float32", values)
        kernel = kernels.gemv(ask)
        if isinstance(kernel, floats.Eights):
            blocks = kernel.blocks(LAYOUT, units, gates)
            taken.append((inputs, ask, blocks, kernel))
            products |= set(kernel.functions(ask, blocks, LAYOUT))
        else:
            assert units * gates < 8 and inputs < 8
    assert len(taken) > len(FLOATS) // 2
    helpers = [str(kernels.primitive(name, False).render()) for name in ("tile_now", "vectors_of_eight")]
    helpers += exported(kernels.write(sorted(products), ""))
    library = compiled(build, kernels, helpers, tmp_path, ["-ffp-contract=fast"])
    for inputs, ask, blocks, kernel in taken:
        numbers = np.random.default_rng(1)
        name = kernel.functions(ask, blocks, LAYOUT)[-1].name
        x = numbers.normal(size=inputs).astype(np.float32)
        bias = blocks.pack(numbers.normal(size=ask.values.shape[1]).astype(np.float32))
        table = np.ascontiguousarray(kernel.pack(ask, blocks))
        packed = blocks.pack(ask.values).astype(np.float64)
        wanted = bias + np.einsum("bkr,k->br", packed, x.astype(np.float64))
        allowed = STEPS * (np.abs(bias) + np.einsum("bkr,k->br", np.abs(packed), np.abs(x)))
        for block in range(blocks.count):
            begin = np.ascontiguousarray(bias[block])
            for apart in (True, False):
                sums = np.append(np.full(blocks.rows, np.nan) if apart else begin, np.full(8, np.nan)).astype(
                    np.float32
                )
                arrays = (sums, begin if apart else sums, table[block], x)
                getattr(library, name)(*map(pointer, arrays), ctypes.c_int(inputs))
                assert (np.abs(sums[: blocks.rows] - wanted[block]) <= allowed[block]).all(), ask.values.shape
                assert np.isnan(sums[blocks.rows :]).all()


def test_gates_of_cells_are_whole_vectors_and_blocks_fit_the_registers() -> None:
    for units in (*range(1, 70), 128, 640, 1000):
        for gates in (1, 2, 3, 4):
            blocks = floats.Rows().blocks(LAYOUT, units, gates)
            assert floats.Rows().fits(blocks) and blocks.count * blocks.units >= units
            assert blocks.units % 8 == 0 or blocks.rows % 8 == 0
            assert blocks.count * blocks.units < units + blocks.units
    assert floats.Rows().blocks(LAYOUT, 128, 1).rows == 64
    assert floats.Rows().blocks(LAYOUT, 640, 1).rows == 80
