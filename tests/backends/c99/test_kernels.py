"""Code for an instruction set and C on another core read one packing: this machine has none of the sets, so what is
compiled here is the C beside each kernel, held to the definition. On the cores themselves tests/hil runs kernels."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import graphs
import numpy as np
import pytest
from everything import EVERYTHING
from graphs import integers_of
from layers import integers
from toolchain import ARMS, generate, selftest

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
from gatesmith.layers.embedding import Embedding
from gatesmith.numerics import NUMERICS, Numeric
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.weights import round_weights

EXAMPLES = Path(__file__).parents[3] / "examples"
STEPS = 100
FLOAT_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def float_graph() -> Graph:
    return fuse(graph_of(EXAMPLES / "basic_motions.keras"))


@dataclass(frozen=True)
class Example:
    """The example in a numeric type: its inputs, and the reference's answers."""

    graph: Graph
    inputs: list[Any]
    right: list[Any]


@pytest.fixture(scope="module")
def example(float_graph: Graph) -> Callable[[str], Example]:
    """The example by numeric type, built once each: instruction sets do not change it."""

    @cache
    def make(numeric: str) -> Example:
        kind, numbers = NUMERICS[numeric], np.random.default_rng(5)
        inputs = [np.load(EXAMPLES / "basic_motions_test.npz")["in_0"].astype(np.float32)]
        inputs = [np.concatenate([x, 100 * numbers.normal(size=x[:4].shape).astype(np.float32)]) for x in inputs]
        graph = in_numbers(float_graph, kind, inputs)
        taken = code_for(graph, numeric).take(inputs)
        return Example(graph, taken, Reference(graph, np.int64 if kind.integer else np.float64).run(taken))

    return make


def code_for(graph: Graph, numeric: str, *isa: str, **more: Any) -> Generated:
    return generate(graph, name="m", layout=Layout(8, 1, isa), numeric=numeric, **more)


def in_numbers(graph: Graph, numeric: Numeric, inputs: list[Any]) -> Graph:
    if numeric.integer:
        return integers_of(graph, numeric.name, *(x[:8] for x in inputs))
    return round_weights(graph, numeric.weights)


EACH = [(isa, n, asm) for isa in kernels.names() for n in NUMERICS for asm in (True, False)]
"""One in five by default, each set and each type with assembly and without; test_products.py has products of all."""


@pytest.mark.parametrize(("isa", "numeric", "asm"), EACH if EVERYTHING else EACH[::5])
def test_c_reads_what_is_packed_for_an_instruction_set(
    isa: str, numeric: str, asm: bool, example: Callable[[str], Example], tmp_path: Path
) -> None:
    integer, known = NUMERICS[numeric].integer, example(numeric)
    code = code_for(known.graph, numeric, isa, asm=asm)
    printed = selftest(code, tmp_path, known.inputs, known.right, STEPS, 0.0 if integer else FLOAT_TOLERANCE)
    assert not integer or printed == f"m: 0 values of {len(known.inputs[0])} samples differ\n"


@pytest.mark.parametrize("machine", ARMS, ids=lambda flags: flags[-1])
@pytest.mark.parametrize("numeric", ["float32", "float32w16", "int8"])
def test_vectors_of_aarch64_give_the_sums_of_cells(
    numeric: str, machine: list[str], example: Callable[[str], Example], tmp_path: Path
) -> None:
    known = example(numeric)
    code = generate(known.graph, name="m", layout=Layout(120, 8, ("vectors",)), numeric=numeric)
    assert "_vectors(" in code.files["m.c"], "the kernels are not used"
    tolerance = 0.0 if NUMERICS[numeric].integer else FLOAT_TOLERANCE
    selftest(code, tmp_path, known.inputs, known.right, STEPS, tolerance, machine)


@pytest.fixture(scope="module")
def in_type(float_graph: Graph) -> Callable[[str], Graph]:
    """The example in a numeric type, by four samples."""
    inputs = [np.load(EXAMPLES / "basic_motions_test.npz")["in_0"].astype(np.float32)[:4]]
    return cache(lambda numeric: in_numbers(float_graph, NUMERICS[numeric], inputs))


@pytest.mark.parametrize("isa", kernels.names())
def test_without_assembly_there_is_none(isa: str, in_type: Callable[[str], Graph]) -> None:
    for numeric in NUMERICS:
        code = code_for(in_type(numeric), numeric, isa, asm=False)
        assert not any("asm" in text for text in code.files.values())


def test_sets_are_asked_in_order_and_plain_c_last(in_type: Callable[[str], Graph]) -> None:
    """Two sets have gemv of int8: the first is used, and the id depends on it; unused sets leave no trace."""

    def by_sets(*isa: str) -> Generated:
        return code_for(in_type("int8"), "int8", *isa)

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


def test_an_instruction_set_that_is_not_there_is_told(float_graph: Graph) -> None:
    with pytest.raises(UsageError, match="no instruction set") as caught:
        code_for(float_graph, "float32", "avx")
    assert "dsp" in str(caught.value.fix)


def test_every_target_names_instruction_sets_that_are_there() -> None:
    for layout in [target.load(name).layout for name in target.names()]:
        kernels.Kernels(Layout(1, 1, (*layout.isa, *layout.speed)))


def test_how_floats_are_computed_is_nothing_to_integers(in_type: Callable[[str], Graph]) -> None:
    """A model's id identifies a device's program: equal integers have equal ids."""
    for numeric, ids in (("int8", 1), ("float32", len(MATHS))):
        models = [code_for(in_type(numeric), numeric, math=math) for math in MATHS]
        assert len({one.model_id for one in models}) == ids
        assert numeric == "float32" or len({str(one.files) for one in models}) == 1
