"""Products of floats for AVX2: its instructions where this machine has them, and the C beside, on the same tables."""

import ctypes

import numpy as np
import pytest
from avx2 import BUILDS, LAYOUT, compiled, exported, pointer

from gatesmith.backends.c99.kernels import Ask, Kernels
from gatesmith.backends.c99.kernels.avx2 import floats

CELLS = ((1, 4), (2, 4), (3, 4), (20, 4), (3, 3), (40, 3))
SHAPES = [
    (inputs, units, gates)
    for inputs in (1, 2, 3, 4, 7, 8, 9, 16, 31, 40, 63, 64, 65, 130, 511, 512, 513, 1100)
    for units, gates in (*((units, 1) for units in (1, 2, 3, 4, 5, 7, 8, 9, 33, 640)), *CELLS)
]
STEPS = 3e-7
"""Of the largest product's sum: roundings of at most 64 inputs in a row."""


def asked(inputs: int, units: int, gates: int) -> Ask:
    values = np.random.default_rng(inputs * units).normal(size=(inputs, units * gates)).astype(np.float32)
    return Ask("float32", "float32", values)


def text() -> str:
    """All functions of all shapes, which other files may call."""
    kernels = Kernels(LAYOUT)
    products = set()
    for inputs, units, gates in SHAPES:
        ask = asked(inputs, units, gates)
        kernel = kernels.gemv(ask)
        if isinstance(kernel, floats.Avx2):
            products |= set(kernel.functions(ask, kernel.blocks(LAYOUT, units, gates), LAYOUT))
    lines = ["#if defined(__AVX2__)", "#include <immintrin.h>", "#endif"]
    return "\n".join([*lines, *exported(kernels.write(sorted(products), ""))]) + "\n"


@pytest.fixture(scope="module", params=BUILDS, ids="-".join)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return compiled(request.param, text(), tmp_path_factory.mktemp("avx2"), ["-ffp-contract=fast"])


@pytest.mark.parametrize("apart", [True, False], ids=["apart", "in place"])
def test_sums_are_those_of_the_weights(library: ctypes.CDLL, apart: bool) -> None:
    taken = 0
    for inputs, units, gates in SHAPES:
        ask, kernels = asked(inputs, units, gates), Kernels(LAYOUT)
        kernel = kernels.gemv(ask)
        if not isinstance(kernel, floats.Avx2):
            assert units * gates < 8 and inputs < 8
            continue
        taken += 1
        numbers = np.random.default_rng(1)
        blocks = kernel.blocks(LAYOUT, units, gates)
        name = kernel.functions(ask, blocks, LAYOUT)[-1].name
        x = numbers.normal(size=inputs).astype(np.float32)
        bias = blocks.pack(numbers.normal(size=units * gates).astype(np.float32))
        table = np.ascontiguousarray(kernel.pack(ask, blocks))
        packed = blocks.pack(ask.values).astype(np.float64)
        wanted = bias + np.einsum("bkr,k->br", packed, x.astype(np.float64))
        allowed = STEPS * (np.abs(bias) + np.einsum("bkr,k->br", np.abs(packed), np.abs(x)))
        for block in range(blocks.count):
            begin = np.ascontiguousarray(bias[block])
            sums = np.full(blocks.rows + 8, np.nan, np.float32) if apart else np.append(begin, np.full(8, np.nan))
            sums = sums.astype(np.float32)
            arrays = (sums, begin if apart else sums, table[block], x)
            getattr(library, name)(*map(pointer, arrays), ctypes.c_int(inputs))
            assert (np.abs(sums[: blocks.rows] - wanted[block]) <= allowed[block]).all(), (inputs, units, gates)
            assert np.isnan(sums[blocks.rows :]).all()
    assert taken > len(SHAPES) // 2


def test_gates_of_cells_are_whole_vectors_and_blocks_fit_the_registers() -> None:
    for units in (*range(1, 70), 128, 640, 1000):
        for gates in (1, 2, 3, 4):
            blocks = floats.Rows().blocks(LAYOUT, units, gates)
            assert floats.Rows().fits(blocks) and blocks.count * blocks.units >= units
            assert blocks.units % 8 == 0 or blocks.rows % 8 == 0
            assert blocks.count * blocks.units < units + blocks.units
    assert floats.Rows().blocks(LAYOUT, 128, 1).rows == 64
    assert floats.Rows().blocks(LAYOUT, 640, 1).rows == 80
