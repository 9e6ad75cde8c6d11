"""Products of bytes for AVX2: its instructions where this machine has them, and the C beside, bit for bit."""

import ctypes

import numpy as np
import pytest
from avx2 import BUILDS, LAYOUT, compiled, exported, pointer

from gatesmith.backends.c99.kernels import Ask, Kernels
from gatesmith.backends.c99.kernels.avx2 import bytes as kernels_of_bytes

SHAPES = [
    (inputs, units, gates)
    for inputs in (1, 2, 3, 9, 15, 16, 17, 32, 63, 64, 65, 80, 128, 200, 256, 257, 640)
    for units, gates in ((4, 1), (8, 1), (12, 1), (20, 1), (112, 1), (130, 1), (3, 4), (32, 4), (40, 3))
]
OURS = (kernels_of_bytes.WideDots, kernels_of_bytes.WidePairs)


def asked(inputs: int, units: int, gates: int) -> Ask:
    """The ends of a byte among the weights."""
    values = np.random.default_rng(inputs * units).integers(-128, 128, size=(inputs, units * gates)).astype(np.int8)
    values[0], values[-1] = -128, np.where(np.arange(units * gates) % 2, -128, 127)
    return Ask("int8", "int8", values)


def text() -> str:
    """All functions of all shapes, which other files may call, and what they call."""
    kernels = Kernels(LAYOUT)
    products = set()
    for inputs, units, gates in SHAPES:
        ask = asked(inputs, units, gates)
        blocks = kernels.blocks(units, gates, ask)
        kernel = kernels.gemv(ask, blocks)
        products |= set(kernel.functions(ask, blocks, LAYOUT)) if isinstance(kernel, OURS) else set()
    helpers = [str(kernels.primitive(name, True).render()) for name in ("widened", "add_eight", "add_four")]
    lines = ["#include <stdint.h>", "#include <string.h>"]
    for header, macro in kernels.headers():
        lines += [f"#if defined({macro})", f"#include <{header}>", "#endif"]
    return "\n".join([*lines, *helpers, *exported(kernels.write(sorted(products), ""), "gemv")]) + "\n"


@pytest.fixture(scope="module", params=BUILDS, ids="-".join)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return compiled(request.param, text(), tmp_path_factory.mktemp("bytes"))


def test_sums_are_those_of_the_weights(library: ctypes.CDLL) -> None:
    taken = 0
    for inputs, units, gates in SHAPES:
        ask, kernels = asked(inputs, units, gates), Kernels(LAYOUT)
        blocks = kernels.blocks(units, gates, ask)
        kernel = kernels.gemv(ask, blocks)
        if not isinstance(kernel, OURS):
            assert inputs < 64 and blocks.rows % 8
            continue
        taken += 1
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
            np.testing.assert_array_equal(sums[: blocks.rows], wanted[block], str((inputs, units, gates)))
            assert (sums[blocks.rows :] == 77).all()
    assert taken > len(SHAPES) // 2
