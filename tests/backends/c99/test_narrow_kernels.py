"""Products of int8 weights and floats by Arm's floating point: what the C beside the assembly makes of the same words.
That the assembly gives the same bits is in tests/hil/test_narrow_floats.py, on emulated cores."""

import ctypes
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from narrow_products import LAYOUT, SHAPES, Case, case, functions, kernel
from toolchain import STRICT

from gatesmith.backends.c99.blocks import Blocks
from gatesmith.backends.c99.kernels.base import PART
from gatesmith.numerics import NUMERICS
from gatesmith.run.toolchain.host import find_compiler

LOST = 1.5
"""How much more of a sum than plain C may be lost, on average."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    numbers = np.random.default_rng(0)
    return [case(shape, numbers) for shape in SHAPES]


@pytest.fixture(scope="module")
def library(cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("narrow")
    text = functions(cases, asm=False)
    for name in {one.name for one in cases}:
        text = text.replace(f"static inline void {name}(", f"void {name}(")
    (folder / "a.c").write_text(f"#include <stdint.h>\n{text}", "utf-8")
    command = [*find_compiler().split(), *STRICT, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover", "-fPIC"]
    subprocess.run([*command, "-shared", "a.c", "-o", "a.so"], cwd=folder, check=True, timeout=120)
    return ctypes.CDLL(str(folder / "a.so"))


def multiplied(library: ctypes.CDLL, one: Case) -> np.ndarray:
    """(blocks, rows) sums as the C makes them."""
    got = one.begin.copy()
    for block in range(one.blocks.count):
        arrays = [np.ascontiguousarray(each) for each in (got[block], one.table[block], one.scales[block], one.x)]
        getattr(library, one.name)(*(ctypes.c_void_p(each.ctypes.data) for each in arrays), ctypes.c_int(len(one.x)))
        got[block] = arrays[0]
    return got


@pytest.mark.parametrize("number", range(len(SHAPES)), ids=[f"{n}x{units}x{gates}" for n, units, gates in SHAPES])
def test_sums_are_those_of_the_weights(number: int, cases: list[Case], library: ctypes.CDLL) -> None:
    one = cases[number]
    assert (np.abs(multiplied(library, one) - one.wanted()) <= one.allowed()).all()


def test_sums_are_about_as_good_as_those_of_plain_c(cases: list[Case], library: ctypes.CDLL) -> None:
    short = [one for one in cases if len(one.x) <= PART]  # plain C makes longer ones of parts
    ours = np.concatenate([(multiplied(library, one) - one.wanted()).ravel() for one in short])
    plain = np.concatenate([(one.plain() - one.wanted()).ravel() for one in short])
    assert np.abs(ours).mean() <= LOST * np.abs(plain).mean()


def test_a_row_without_weights_keeps_what_it_began_with(cases: list[Case], library: ctypes.CDLL) -> None:
    for one in cases:
        loud = replace(one, x=one.x * np.float32(1e6))
        empty = one.blocks.pack(np.all(one.ask.values == 0, axis=0).astype(np.float32)) == 1
        assert empty.any()
        np.testing.assert_array_equal(multiplied(library, loud)[empty], one.begin[empty])


def test_no_weight_is_the_one_that_has_no_negative() -> None:
    """A word, the sum of its weights times powers of 256, fits 32 bits, and its low half 16, if none is -128."""
    stored, _ = NUMERICS["float32w8"].weights.store(np.random.default_rng(0).normal(0, 1, (40, 30)).astype(np.float32))
    assert stored.min() == -127 and stored.max() == 127
    ends = np.full((1, 8), -127, np.int8)
    ask = replace(case((1, 8, 1), np.random.default_rng(0)).ask, values=ends)
    table = kernel().pack(ask, Blocks(8, 8, 1))
    assert table.dtype == np.int32
    assert table.tolist() == [[[-127 * (1 + 2**8 + 2**16 + 2**24)] * 2]]


@pytest.mark.parametrize("most", [1, 15, 16])
def test_rows_of_few_steps_are_for_plain_c(most: int) -> None:
    ask = case((16, 8, 1), np.random.default_rng(0)).ask
    values = ask.values.copy()
    values[:, 2] = np.where(values[:, 2] > 0, most, 0)
    assert kernel().takes(replace(ask, values=values)) == (most == 16)
    assert not kernel().takes(replace(ask, storage="int4")) and not kernel().takes(replace(ask, inputs="int8"))


@pytest.mark.parametrize(("units", "gates", "rows"), [(32, 4, 32), (40, 3, 24), (640, 1, 8), (12, 1, 12), (4, 1, 4)])
def test_blocks_have_whole_words(units: int, gates: int, rows: int) -> None:
    assert kernel().blocks(LAYOUT, units, gates).rows == rows


def test_one_or_two_units_are_for_plain_c() -> None:
    for units in (1, 2):
        assert not kernel().fits(kernel().blocks(LAYOUT, units, 1))
