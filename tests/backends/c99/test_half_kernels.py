"""Halves in C: what a half is as a float, by NumPy's float16; products of them as each instruction set writes them; and
libraries whose rows have powers of two."""

import ctypes
import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from graphs import Maker
from quantization.test_feature_scaling import built, depthwise
from toolchain import STRICTER, WIDE, build, generate

from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.kernels import Ask, Gemv, Kernels, sets
from gatesmith.backends.c99.kernels.vfp.halves import VfpHalves
from gatesmith.backends.c99.spelling import NEEDS
from gatesmith.core.graph import Graph
from gatesmith.layers.dense import Dense
from gatesmith.layers.embedding import Embedding
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import Reference
from gatesmith.quantization.weights import round_weights
from gatesmith.run.toolchain.host import find_compiler

NUMERIC = NUMERICS["float32w16"]
SHAPES = [(1, 8, 1), (3, 1, 1), (7, 12, 1), (8, 20, 1), (13, 32, 4), (33, 5, 3), (64, 10, 3), (65, 16, 2), (200, 6, 4)]
"""Inputs, units, gates."""
SIZES = [1.0, 1e-7, 1e6, 3e-4, 7e4]


def compiled(folder: Path, isa: str, text: str, flags: Sequence[str] = ()) -> ctypes.CDLL:
    """Functions beside the helpers that they call."""
    kernels = Kernels(Layout(8, 1, (isa,)), asm=False)
    names = kernels.closure(["float_of_half", *(["vectors_of_eight"] if isa == "vectors" else [])], NEEDS)
    helpers = [
        kernels.primitive(name, False).render(asm=False, plain=lambda name: kernels.plain(name, ""), exact=False)
        for name in names
    ]
    text = text.replace("static void", "void")
    lines = ["#include <stdint.h>", "#include <string.h>", "#if defined(__AVX2__)", "#include <immintrin.h>", "#endif"]
    (folder / "a.c").write_text("\n".join([*lines, *helpers, text]), "utf-8")
    strict = [flag for flag in STRICTER if flag not in ("-Wmissing-prototypes",)]
    command = [*find_compiler().split(), *strict, "-O1", "-fsanitize=undefined", "-fno-sanitize-recover", "-fPIC"]
    subprocess.run([*command, *flags, "-shared", "a.c", "-o", "a.so"], cwd=folder, check=True, timeout=120)
    return ctypes.CDLL(str(folder / "a.so"))


@pytest.mark.parametrize("isa", ["plain", "vfp"])
def test_every_half_is_numpy_s(isa: str, tmp_path: Path) -> None:
    every = "void every(const uint16_t *from, float *to, int n);\n"
    every += "void every(const uint16_t *from, float *to, int n)\n{\n"
    every += "    for (int k = 0; k < n; k++) {\n        to[k] = float_of_half(from[k]);\n    }\n}\n"
    halves = np.arange(1 << 16, dtype=np.uint16)
    halves = halves[np.isfinite(halves.view(np.float16))]
    got = np.empty(len(halves), np.float32)
    library = compiled(tmp_path, isa, every)
    library.every(*(ctypes.c_void_p(a.ctypes.data) for a in (halves, got)), ctypes.c_int(len(halves)))
    wanted = halves.view(np.float16).astype(np.float32)
    assert len(halves) == 2 * 31 * 1024
    np.testing.assert_array_equal(got.view(np.uint32), wanted.view(np.uint32))


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize(
    ("isa", "flags"), [("plain", []), ("vfp", []), ("mve", []), ("vectors", []), ("vectors", WIDE)], ids=str
)
def test_sums_are_those_of_the_weights(isa: str, flags: list[str], scaled: bool, tmp_path: Path) -> None:
    numbers = np.random.default_rng(0)
    layout = Layout(8, 1, (isa,))
    kernels, calls, products = Kernels(layout, asm=False), [], set()
    for inputs, units, gates in SHAPES:
        weights = numbers.normal(0, 1, (inputs, units * gates))
        weights *= numbers.choice(SIZES, units * gates) if scaled else 1
        values, scales = NUMERIC.weights.store(weights)
        ask = Ask("float16", "float32", values, scales)
        blocks = kernels.gemv(ask).blocks(layout, units, gates)
        kernel = kernels.gemv(ask, blocks)
        own = kernel.functions(ask, blocks, layout)
        products.update(own)
        calls.append((ask, blocks, kernel, own[-1].name))
        assert (scales is not None) == scaled or units * gates == 1
        assert "float_of_half" in kernel.helpers(ask)
        assert isinstance(kernel, Gemv) and len(own) <= 2
    assert any(isa in g.name for g in products) != (isa == "plain" or (scaled and isa == "vectors"))
    library = compiled(tmp_path, isa, "\n".join(kernels.write(sorted(products), "")), flags)
    for ask, blocks, kernel, name in calls:
        x = numbers.normal(0, 1, len(ask.values)).astype(np.float32)
        w = ask.values.view(np.float16).astype(np.float64) * (1 if ask.scales is None else ask.scales)
        wanted = blocks.pack(x.astype(np.float64) @ w)
        most = (len(x) + 4) * 2.0**-24 * blocks.pack(np.abs(x).astype(np.float64) @ np.abs(w))
        tables = [kernel.pack(ask, blocks)]
        assert tables[0].dtype == np.uint16 and tables[0].nbytes == 2 * len(x) * blocks.rows * blocks.count
        if ask.scales is not None:
            tables.append(kernel.pack_scales(ask.scales, ask.values, blocks))
        for block in range(blocks.count):
            got = np.zeros(blocks.rows, np.float32)
            arrays = [
                got,
                *([got] if kernel.begins else []),
                *(np.ascontiguousarray(table[block]) for table in tables),
                x,
            ]
            getattr(library, name)(*(ctypes.c_void_p(a.ctypes.data) for a in arrays), ctypes.c_int(len(x)))
            assert (np.abs(got - wanted[block]) <= most[block]).all()


def table(m: Maker) -> int:
    sizes = np.repeat(SIZES, 2)
    values = (m.weights(len(sizes), 5) * sizes[:, None]).astype(np.float32)
    return m.add("table", Embedding(values, False), m.input("x"))[0]


def matrix(m: Maker) -> int:
    kernel = (m.weights(70, len(SIZES)) * np.array(SIZES)).astype(np.float32)
    return m.add("dense", Dense(kernel, m.weights(len(SIZES))), m.input("x", 70))[0]


def made(build: Callable[[Maker], int]) -> Graph:
    m = Maker(random.Random(0).choice)
    m.output("y", build(m))
    return round_weights(m.graph(), NUMERIC.weights)


def windows() -> Graph:
    graph = built(depthwise)
    (node,) = graph.nodes
    sizes = np.resize(SIZES, 12)
    kernel = (node.op.arrays()["kernel"] * sizes).astype(np.float32)
    return round_weights(replace(graph, nodes=(replace(node, op=replace(node.op, kernel=kernel)),)), NUMERIC.weights)


@pytest.mark.parametrize(("isa", "math"), [("plain", "exact"), ("vfp", "fast"), ("mve", "fast")])
@pytest.mark.parametrize("name", ["table", "matrix", "windows"])
def test_rows_with_powers_of_two_are_what_the_reference_has(name: str, isa: str, math: str, tmp_path: Path) -> None:
    graph = {"table": lambda: made(table), "matrix": lambda: made(matrix), "windows": windows}[name]()
    library = build(
        generate(graph, math, layout=Layout(8, 4, (isa,)), numeric=NUMERIC.name), tmp_path, ("-O1", "-ffp-contract=off")
    )
    shape = [n or 1 for n in graph.shape(graph.inputs[0].tensor)]
    x = np.random.default_rng(1).normal(0, 1, (10, *shape)).astype(np.float32)
    x = np.arange(10, dtype=np.float32) if name == "table" else x
    (wanted,) = Reference(graph).run([x])
    got = np.stack([library.run(library.fresh(), [each])[0] for each in x]).reshape(wanted.shape)
    if name == "table":
        np.testing.assert_array_equal(got, wanted)
    sizes = np.maximum(1, np.abs(wanted).max(axis=tuple(range(wanted.ndim - 1))))
    assert (np.abs(got - wanted) <= 2e-6 * sizes).all()


def test_products_for_an_instruction_set_are_of_even_rows() -> None:
    kernel = next(one for one in sets.kernel_set("vfp").gemvs if isinstance(one, VfpHalves))
    layout = Layout(8, 1, ("vfp",))
    rows = {(u, g): kernel.blocks(layout, u, g).rows for u, g in [(1, 1), (3, 1), (24, 4), (40, 3), (5, 3), (64, 1)]}
    assert rows == {(1, 1): 2, (3, 1): 4, (24, 4): 12, (40, 3): 12, (5, 3): 6, (64, 1): 8}
