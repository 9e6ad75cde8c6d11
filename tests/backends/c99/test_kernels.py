"""Code for an instruction set and C on another core read one packing: this machine has none of the sets, so what is
compiled here is the C beside each kernel, held to the definition. On the cores themselves tests/hil runs kernels.

Then libraries of halves whose rows have powers of two, and pruned matrices in plain C.
"""

import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker, integers_of
from layers import integers
from numeric_types import FINE
from products import SIZES
from quantization.test_feature_scaling import built, depthwise
from toolchain import ARMS, build, generate, need, selftest, write

from gatesmith.backends.base import Generated
from gatesmith.backends.c99 import kernels
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.fixed import TABLES
from gatesmith.boards import target
from gatesmith.core.errors import UsageError
from gatesmith.core.functions import function
from gatesmith.core.graph import Graph
from gatesmith.flow.plan import MATHS
from gatesmith.importers.reading import graph_of
from gatesmith.layers.activation import Activation
from gatesmith.layers.dense import Dense
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.gru import Gru
from gatesmith.layers.lstm import Lstm
from gatesmith.numerics import NUMERICS, Numeric
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.weights import round_weights

EXAMPLES = Path(__file__).parents[3] / "examples"
STEPS = 6
FLOAT_TOLERANCE = 1e-5


def code_for(graph: Graph, numeric: str, *isa: str, **more: Any) -> Generated:
    return generate(graph, name="m", layout=Layout(8, 1, isa), numeric=numeric, **more)


def in_numbers(graph: Graph, numeric: Numeric, inputs: list[Any]) -> Graph:
    if numeric.integer:
        return integers_of(graph, numeric.name, *(x[:8] for x in inputs))
    return round_weights(graph, numeric.weights)


@cache
def example(numeric: str) -> tuple[Graph, list[Any], list[Any]]:
    """An LSTM in a numeric type, its inputs, far beyond the calibrated ones too, and the reference's answers."""
    plain, x = graphs.lstm("float32")
    graph = in_numbers(plain, NUMERICS[numeric], [x])
    taken = code_for(graph, numeric).take([np.concatenate([x, 100 * x])])
    return graph, taken, Reference(graph, np.int64 if NUMERICS[numeric].integer else np.float64).run(taken)


EACH = [(isa, n, asm) for isa in kernels.names() for n in NUMERICS for asm in (True, False)]
"""One in five by default, each set and each type with assembly and without; test_products.py has products of all."""


@pytest.mark.parametrize(("isa", "numeric", "asm"), EACH if EVERYTHING else EACH[::5])
def test_c_reads_what_is_packed_for_an_instruction_set(isa: str, numeric: str, asm: bool, tmp_path: Path) -> None:
    graph, inputs, right = example(numeric)
    tolerance = 0.0 if NUMERICS[numeric].integer else FLOAT_TOLERANCE
    selftest(code_for(graph, numeric, isa, asm=asm), tmp_path, inputs, right, STEPS, tolerance)


@pytest.mark.parametrize("machine", ARMS, ids=lambda flags: flags[-1])
@pytest.mark.parametrize("numeric", ["float32", "float32w16", "int8"])
def test_vectors_of_aarch64_give_the_sums_of_cells(numeric: str, machine: list[str], tmp_path: Path) -> None:
    graph, inputs, right = example(numeric)
    code = generate(graph, name="m", layout=Layout(120, 8, ("vectors",)), numeric=numeric)
    assert "_vectors(" in code.files["m.c"], "the kernels are not used"
    assert numeric == "int8" or "static const ALIGNED_" in code.files["m.c"]
    selftest(code, tmp_path, inputs, right, STEPS, 0.0 if NUMERICS[numeric].integer else FLOAT_TOLERANCE, machine)


@pytest.mark.parametrize("isa", kernels.names())
def test_without_assembly_there_is_none(isa: str) -> None:
    for numeric in NUMERICS:
        code = code_for(example(numeric)[0], numeric, isa, asm=False)
        assert not any("asm" in text for text in code.files.values())


def test_copies_of_few_bytes_are_no_calls(tmp_path: Path) -> None:
    """Nor with -fno-builtin, as cores of some boards are compiled: the example took 1.8 times the instructions."""
    source = write(code_for(example("int8")[0], "int8", "dsp"), tmp_path)
    command = [need("arm-none-eabi-gcc"), "-mcpu=cortex-m4", "-mthumb", "-O2", "-S", "-o", "-", str(source)]
    texts = [
        subprocess.run([*command, *more], capture_output=True, text=True, check=True, timeout=60).stdout
        for more in ([], ["-fno-builtin"])
    ]
    assert texts[0].count("memcpy") == texts[1].count("memcpy")


def test_sets_are_asked_in_order_and_plain_c_last() -> None:
    """Two sets have gemv of int8: the first is used, and the id depends on it; unused sets leave no trace."""

    def by_sets(*isa: str) -> Generated:
        return code_for(example("int8")[0], "int8", *isa)

    first, second = by_sets("mve", "dsp"), by_sets("dsp", "mve")
    assert "_mve(" in first.files["m.c"] and "_dsp(" not in first.files["m.c"]
    assert "_dsp(" in second.files["m.c"] and "_mve(" not in second.files["m.c"]
    assert len({first.model_id, second.model_id, by_sets().model_id}) == 3
    unused = by_sets("mve", "rows")
    assert (unused.files, unused.model_id) == (by_sets("mve").files, by_sets("mve").model_id)


def test_a_function_of_ones_own_is_no_call_of_a_helper() -> None:
    """Custom cells bring functions (docs/custom.md) whose names may be those of helpers."""
    floats = kernels.Kernels(Layout(8, 1), "fast", True)
    definition = "static float sum_rows(const float *x, int n)\n{\n    return x[n - 1];\n}\n"
    assert floats.called(definition + "y[0] = sum_rows(x, 3);", False) == []
    assert floats.called("y[0] = sum_rows(x, 3);", False) == ["sum_rows"]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_array_has_no_name_of_a_helper_s_table(name: str) -> None:
    """An Embedding's weights are its table."""
    maker = graphs.Maker(lambda options: options[0])
    op = Embedding(np.ones((7, 3), np.float32), False)
    maker.output("y", maker.add(name.removesuffix("_table"), op, maker.input("x", 4), lead=1)[0])
    code = code_for(fuse(maker.graph()), "float32")
    assert not re.search(rf"\b{name}\b", code.files["m.c"])


def test_a_layer_named_as_a_function_has_a_table_of_its_own() -> None:
    """One cosine reads a table of 256 8-bit values, the other interpolates between 16-bit points."""
    maker = graphs.Maker(lambda options: options[0])
    x, cosine = maker.input("x", 6), Activation(function("cos"))
    (hidden,) = maker.add("dense", maker.dense(6, 5), x)
    for name, tensor in (("cos", x), ("later", hidden)):
        maker.output(name, maker.add(name, cosine, tensor)[0])
    data = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    text = integers.convert(maker.graph(), [[data]], NUMERICS["int8"], "m").code.files["m.c"]
    tables = re.findall(r"^static const int\d+_t (\w*cos\w*)\[", text, re.MULTILINE)
    assert len(tables) == len(set(tables)) == 2


def test_an_instruction_set_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="no instruction set") as caught:
        code_for(example("float32")[0], "float32", "avx")
    assert "dsp" in str(caught.value.fix)


def test_every_target_names_instruction_sets_that_are_there() -> None:
    for layout in [target.load(name).layout for name in target.names()]:
        kernels.Kernels(Layout(1, 1, (*layout.isa, *layout.speed)))


def test_how_floats_are_computed_is_nothing_to_integers() -> None:
    """A model's id identifies a device's program: equal integers have equal ids."""
    for numeric, ids in (("int8", 1), ("float32", len(MATHS))):
        models = [code_for(example(numeric)[0], numeric, math=math) for math in MATHS]
        assert len({one.model_id for one in models}) == ids
        assert numeric == "float32" or len({str(one.files) for one in models}) == 1


NUMERIC = NUMERICS["float32w16"]


def table(m: Maker) -> int:
    sizes = np.repeat(SIZES, 2)
    values = (m.weights(len(sizes), 5) * sizes[:, None]).astype(np.float32)
    return m.add("table", Embedding(values, False), m.input("x"))[0]


def matrix(m: Maker) -> int:
    kernel = (m.weights(70, len(SIZES)) * np.array(SIZES)).astype(np.float32)
    return m.add("dense", Dense(kernel, m.weights(len(SIZES))), m.input("x", 70))[0]


def library_graph(build: Callable[[Maker], int]) -> Graph:
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
    graph = {"table": lambda: library_graph(table), "matrix": lambda: library_graph(matrix), "windows": windows}[name]()
    library = build(
        generate(graph, math, layout=Layout(8, 4, (isa,)), numeric=NUMERIC.name), tmp_path, ("-O1", "-ffp-contract=off")
    )
    shape = [n or 1 for n in graph.shape(graph.inputs[0].tensor)]
    x = np.random.default_rng(1).normal(0, 1, (10, *shape)).astype(np.float32)
    x = np.arange(10, dtype=np.float32) if name == "table" else x
    (wanted,) = Reference(graph).run([x])
    got = np.stack([library.run([each])[0] for each in x]).reshape(wanted.shape)
    if name == "table":
        np.testing.assert_array_equal(got, wanted)
    sizes = np.maximum(1, np.abs(wanted).max(axis=tuple(range(wanted.ndim - 1))))
    assert (np.abs(got - wanted) <= 2e-6 * sizes).all()


Cut = Callable[[Any, np.random.Generator], Any]


def singly(weights: Any, rng: np.random.Generator) -> Any:
    """Nine of ten weights."""
    return np.where(rng.random(weights.shape) < 0.9, 0, weights).astype(np.float32)


def by_fours(weights: Any, rng: np.random.Generator) -> Any:
    """Three of four blocks of four neighbouring inputs, where there are such."""
    inputs, rows = weights.shape
    gone = np.repeat(rng.random((-(-inputs // 4), rows)) < 0.75, 4, axis=0)[:inputs]
    return np.where(gone, 0, weights).astype(np.float32)


def whole_rows(weights: Any, rng: np.random.Generator) -> Any:
    """All weights of three rows of four."""
    return np.where(rng.random(weights.shape[1]) < 0.75, 0, weights).astype(np.float32)


def everything(weights: Any, rng: np.random.Generator) -> Any:
    return np.zeros_like(weights)


def pruned(graph: Graph, cut: Cut) -> Graph:
    rng, nodes = np.random.default_rng(0), []
    for node in graph.nodes:
        names = ("kernel", "recurrent") if isinstance(node.op, Lstm | Gru) else ("kernel",)
        cuts = {name: cut(getattr(node.op, name), rng) for name in names if isinstance(node.op, Lstm | Gru | Dense)}
        nodes.append(replace(node, op=replace(node.op, **cuts)) if cuts else node)
    return replace(graph, nodes=tuple(nodes))


TYPES = ("float32", *(name for name in FINE if NUMERICS[name].weights.bits == 8))
"""int16 has no kernel for runs of four."""


@pytest.mark.parametrize("cut", [singly, by_fours, whole_rows, everything])
@pytest.mark.parametrize("numeric", TYPES)
def test_zeros_are_not_stored_and_change_nothing(numeric: str, cut: Cut, tmp_path: Path) -> None:
    """The two examples take turns over the types."""
    model = ("basic_motions", "japanese_vowels")[TYPES.index(numeric) % 2]
    plain, kind = fuse(graph_of(EXAMPLES / f"{model}.keras")), NUMERICS[numeric]
    inputs = [np.load(EXAMPLES / f"{model}_test.npz")["in_0"].astype(np.float32)[:12]]
    graph, whole = (in_numbers(each, kind, inputs) for each in (pruned(plain, cut), plain))
    code = code_for(graph, numeric)
    taken = code.take(inputs)
    right = Reference(graph, np.int64 if kind.integer else np.float64).run(taken)
    selftest(code, tmp_path, taken, right, inputs[0].shape[1], 0.0 if kind.integer else FLOAT_TOLERANCE)
    runs = {singly: "_runs1(", by_fours: "_runs4("}.get(cut, "")
    assert runs in code.files["m.c"]
    if cut is singly:
        sizes = [sum(table.bytes for table in each.tables) for each in (code, code_for(whole, numeric))]
        assert sizes[0] < 0.8 * sizes[1]


def test_few_zeros_are_stored() -> None:
    graph = fuse(graph_of(EXAMPLES / "basic_motions.keras"))
    third = pruned(graph, lambda weights, rng: np.where(rng.random(weights.shape) < 0.4, 0, weights).astype(np.float32))
    code = code_for(third, "float32")
    assert "_runs" not in code.files["m.c"]
