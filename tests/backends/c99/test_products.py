"""Every kernel's products, compiled for this machine: the C beside each instruction set's code reads what is packed for
it; vectors of this machine are its own. Integers bit for bit. On other cores: tests/hil/test_products.py."""

import ctypes
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import products
import pytest
from everything import EVERYTHING
from products import MANY, PAIRS, SHAPES, Case
from toolchain import CHECKED, STRICTER, WIDE, need

from gatesmith.backends.c99.blocks import Blocks
from gatesmith.backends.c99.kernels import Ask, Gemv, names
from gatesmith.backends.c99.kernels.base import PART
from gatesmith.backends.c99.kernels.vectors import floats
from gatesmith.backends.c99.kernels.vfp.halves import VfpHalves
from gatesmith.backends.c99.kernels.vfp.narrow import VfpBytes

BUILDS: dict[str, list[Any]] = {
    "gcc": ["gcc", *CHECKED, "-fno-sanitize-recover"],
    "gcc, this machine's vectors": ["gcc", "-ffp-contract=fast", *WIDE],
    "clang, this machine's vectors": ["clang", "-Wno-unused-function", "-ffp-contract=fast", *WIDE],
    "clang": ["clang", "-Wno-unused-function"],
}
STEP = 1 if EVERYTHING else 2
"""By default two of them by turns, one of which has this machine's vectors."""
SPARE = 8
LOST = 1.5
"""How much more of a sum than plain C may be lost, on average."""


def served(isa: str, pair: tuple[str, str]) -> bool:
    return next(products.cases(isa, PAIRS[pair], pair[1], SHAPES), None) is not None


def compiled(every: Sequence[Case], command: Sequence[str], folder: Path, asm: bool = True) -> ctypes.CDLL:
    """By the compiler's own immintrin.h."""
    wrappers = [one.wrapper(f"case_{k}") for k, one in enumerate(every)]
    (folder / "a.c").write_text("\n".join([*products.text(every, asm), *wrappers]) + "\n", "utf-8")
    line = [need(command[0]), *STRICTER, "-O1", *command[1:], "-fPIC", "-shared", "a.c", "-o", "a.so"]
    environment = {key: value for key, value in os.environ.items() if key != "C_INCLUDE_PATH"}
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=300, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return ctypes.CDLL(str(folder / "a.so"))


def sums(library: ctypes.CDLL, every: Sequence[Case], number: int, apart: bool = False) -> Any:
    """(blocks, rows), as the C makes them of the case of a number; what lies behind them is not touched.

    Args:
        apart: whether they begin with what is in another array.
    """
    one, blocks = every[number], []
    for block in range(one.blocks.count):
        begin = np.ascontiguousarray(one.begin[block])
        got = np.append(np.full_like(begin, 99) if apart else begin, np.full(SPARE, 77, begin.dtype))
        arrays = [got, begin, *(np.ascontiguousarray(table[block]) for table in one.tables), one.x]
        pointers = [ctypes.c_void_p(each.ctypes.data) for each in arrays]
        pointers[1] = pointers[1] if apart else ctypes.c_void_p()
        getattr(library, f"case_{number}")(*pointers, ctypes.c_int(len(one.x)))
        assert (got[one.blocks.rows :] == 77).all()
        blocks.append(got[: one.blocks.rows])
    return np.stack(blocks)


@pytest.mark.parametrize(
    ("isa", "pair", "build"),
    [
        (isa, pair, build)
        for isa in names()
        for number, pair in enumerate(PAIRS)
        for build in ([*BUILDS][number % STEP :: STEP] if isa == "vectors" else ["gcc"])
        if served(isa, pair)
    ],
    ids=str,
)
def test_sums_are_those_of_the_weights(isa: str, pair: tuple[str, str], build: str, tmp_path: Path) -> None:
    every = list(products.cases(isa, PAIRS[pair], pair[1], [*SHAPES, *(MANY if isa == "vectors" else [])]))
    if "this machine" in build and not WIDE:
        pytest.skip("this machine has no AVX2")
    library = compiled(every, BUILDS[build], tmp_path)
    for number, one in enumerate(every):
        for apart in (True, False) if one.kernel.begins else (False,):
            got = sums(library, every, number, apart)
            assert (np.abs(got - one.wanted) <= one.allowed).all(), (one.products[-1].name, one.ask.values.shape)
            empty = one.blocks.pack(np.all(one.meant == 0, axis=0).astype(np.int64)) == 1
            np.testing.assert_array_equal(got[empty], one.begin[empty])


@pytest.mark.parametrize("isa", ["plain", "vfp"])
def test_every_half_is_numpy_s(isa: str, tmp_path: Path) -> None:
    halves = np.arange(1 << 16, dtype=np.uint16)
    halves = halves[np.isfinite(halves.view(np.float16))]
    assert len(halves) == 2 * 31 * 1024
    ask, meant = Ask("float16", "float32", halves[None]), halves.view(np.float16)[None].astype(np.float64)
    kernel = products.kernel_of(isa, ask, len(halves), 1)
    assert kernel is not None
    blocks = kernel.blocks(products.layout(isa), len(halves), 1)
    begin = np.zeros((blocks.count, blocks.rows), np.float32)
    one = Case(kernel, ask, blocks, products.layout(isa), meant, np.ones(1, np.float32), begin)
    got = sums(compiled([one], BUILDS["gcc"], tmp_path), [one], 0)
    wanted = blocks.pack(halves.view(np.float16)[None].astype(np.float32))[:, 0]
    np.testing.assert_array_equal(got, wanted)


def vfp(shapes: Sequence[tuple[int, int, int]]) -> list[Case]:
    """Of bytes and floats, four weights a word."""
    return [one for one in products.cases("vfp", *INT8, shapes) if isinstance(one.kernel, VfpBytes)]


INT8 = (PAIRS["int8", "float32"], "float32")
FOURS = [shape for shape in SHAPES if shape[0] <= PART and shape[0] % 2 == 0 and shape[1] * shape[2] > 2]
"""Of rows of one size, which plain C does not make in parts."""


def test_sums_of_words_are_about_as_good_as_those_of_plain_c(tmp_path: Path) -> None:
    every = vfp(FOURS)
    library = compiled(every, BUILDS["gcc"], tmp_path)
    lost, lost_by_plain = [], []
    for number, one in enumerate(every):
        plain = np.zeros(one.ask.values.shape[1], np.float32)
        for weights, x in zip(one.ask.values.astype(np.float32), one.x, strict=True):
            plain += weights * x
        size = np.abs(one.x).max()
        by_plain = one.begin + one.blocks.pack(np.asarray(plain * one.ask.scales, np.float32))
        lost.append((np.abs(sums(library, every, number) - one.wanted) / size).ravel())
        lost_by_plain.append((np.abs(by_plain - one.wanted) / size).ravel())
    assert np.concatenate(lost).mean() <= LOST * np.concatenate(lost_by_plain).mean()


def test_no_weight_is_the_one_that_has_no_negative() -> None:
    """A word, the sum of its weights times powers of 256, fits 32 bits, and its low half 16, if none is -128."""
    stored, _ = INT8[0].store(np.random.default_rng(0).normal(0, 1, (40, 30)).astype(np.float32))
    assert stored.min() == -127 and stored.max() == 127
    (one,) = vfp([(1, 8, 1)])
    table = one.kernel.pack(replace(one.ask, values=np.full((1, 8), -127, np.int8)), Blocks(8, 8, 1))
    assert table.dtype == np.int32
    assert table.tolist() == [[[-127 * (1 + 2**8 + 2**16 + 2**24)] * 2]]


@pytest.mark.parametrize("most", [1, 15, 16])
def test_rows_of_few_steps_are_for_plain_c(most: int) -> None:
    (one,) = vfp([(16, 8, 1)])
    values = one.ask.values.copy()
    values[:, 2] = np.where(values[:, 2] > 0, most, 0)
    assert one.kernel.takes(replace(one.ask, values=values)) == (most == 16)
    assert not one.kernel.takes(replace(one.ask, storage="int4"))
    assert not one.kernel.takes(replace(one.ask, inputs="int8"))


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (VfpBytes, {(32, 4): 32, (40, 3): 24, (640, 1): 8, (12, 1): 12, (4, 1): 4, (1, 1): 0, (2, 1): 0}),
        (VfpHalves, {(1, 1): 2, (3, 1): 4, (24, 4): 12, (40, 3): 12, (5, 3): 6, (64, 1): 8}),
        (floats.RowVectors, {(128, 1): 64, (640, 1): 80}),
    ],
)
def test_blocks_have_whole_words_or_vectors(kind: type[Gemv], rows: dict[tuple[int, int], int]) -> None:
    """0 where they are for plain C."""
    kernel, layout = kind(), products.layout("vfp")
    blocks = {shape: kernel.blocks(layout, *shape) for shape in rows}
    assert {shape: one.rows if kernel.fits(one) else 0 for shape, one in blocks.items()} == rows


def test_gates_of_cells_are_whole_vectors_and_blocks_fit_the_registers() -> None:
    for units in (*range(1, 70), 128, 640, 1000):
        for gates in (1, 2, 3, 4):
            blocks = floats.RowVectors().blocks(products.layout("vectors"), units, gates)
            assert floats.RowVectors().fits(blocks) and blocks.count * blocks.units >= units
            assert blocks.units % 8 == 0 or blocks.rows % 8 == 0
            assert blocks.count * blocks.units < units + blocks.units


@pytest.mark.parametrize("isa", ["dsp", "mve"])
def test_the_rest_of_many_inputs_and_few_inputs_are_two_functions(isa: str) -> None:
    """As an LSTM of 66 units with two inputs has them."""
    every = [
        one for one in products.cases(isa, PAIRS["int8", "int8"], "int8", [(2, 66, 4), (66, 66, 4)]) if one.ask.bound
    ]
    assert len({one.blocks for one in every}) == 1 and len(products.text(every, True)) > 4
