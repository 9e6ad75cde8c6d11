"""What a folder of kernels may declare, shown by one that is made up here: a packing and a C function of its own, a
whole cell, an activation of arrays, a table that is aligned, a primitive; and what it is not used for."""

import random
from typing import Any

import numpy as np
import pytest
from graphs import Maker, integers_of
from mako.template import Template
from toolchain import STRICTER, build, generate, selftest

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Blocks, Layout, choose
from gatesmith.backends.c99.function import LayerFunction
from gatesmith.backends.c99.kernels import Ask, Gemv, InstructionSet, IntegerGemv, LayerKernel, Product, sets
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

GEMV = """
<%def name="gemv(g, space, asm)">
/* ${'' if asm else 'no '}assembly */
static void ${g.name}(float *sums, const ${space}float *w, const float *x, int n)
{
    for (int r = 0; r < ${g.rows}; r++) {
        for (int k = 0; k < n; k++) {
            sums[r] += w[r * n + k] * x[k];
        }
    }
}
</%def>
"""
CELL = """
<%def name="define(f)">
static void ${f.name}_forward(const float *x, float *h, float *y)
{
    (void)x;
    for (int k = 0; k < ${f.op.units}; k++) { h[k] = 0.5f; y[k] = 0.5f; }
}
</%def>
"""
PRIMITIVES = """
<%def name="tanh_each()">
static void act_tanh_each(float *x, int n) { for (int k = 0; k < n; k++) { x[k] = act_tanh(x[k]); } }
</%def>
<%def name="relu()">
static inline float act_relu(float x) { return x > 0.0f ? x : 0.0f; } /* of the toy */
</%def>
"""


class Rows(Gemv):
    template = "gemv.mako"
    align = 16

    def takes(self, ask: Ask) -> bool:
        return ask.storage == ask.inputs == "float32" and len(ask.values) > 1

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return choose(Layout(2 * gates, 1), units, gates)

    def pack(self, ask: Ask, blocks: Blocks) -> Any:
        packed = blocks.pack(ask.values)
        return packed.transpose(0, 2, 1).reshape(len(packed), -1)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"toy [{rows}][input]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_toy_{blocks.rows}"),)


class Halves(LayerKernel):
    """A SimpleRNN that answers one half, whatever it is given: so that it is seen to be asked."""

    template = "cell.mako"
    kinds = ("simple_rnn",)

    def takes(self, f: LayerFunction) -> bool:
        return f.op.arrays()["kernel"].shape[0] == 3


SHIFTED = """
<%def name="gemv(g, space)">
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    for (int k = 0; k < n; k++) {
        const int32_t value = x[k] + 128;
        for (int r = 0; r < ${g.rows}; r++) {
            sums[r] += (*w++ - 128) * value;
        }
    }
}
</%def>
"""


class Shifted(IntegerGemv):
    """Weights as w + 128, inputs as x + 128, of which the weights' sums are taken off beforehand."""

    template = "shifted.mako"

    def takes(self, ask: Ask) -> bool:
        return ask.weights == ask.inputs == "int8"

    def pack(self, ask: Ask, blocks: Blocks) -> Any:
        return (blocks.pack(ask.values) + np.int16(128)).astype(np.uint8).reshape(blocks.count, -1)

    def offset(self, ask: Ask) -> Any:
        return -128 * ask.values.astype(np.int32).sum(axis=0)

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        return (self.product(ask, blocks, layout, f"gemv_shifted_{blocks.rows}"),)


FILES = {"toy/shifted.mako": SHIFTED, "toy/gemv.mako": GEMV, "toy/cell.mako": CELL, "toy/primitives.mako": PRIMITIVES}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    instructions = InstructionSet("a toy", (("toy.h", "HAS_TOY"),), ("primitives.mako",), {"tanh_each": ("tanh",)})
    folder = sets.KernelSet("toy", instructions, (Rows(), Halves(), Shifted()))
    known, template = sets.kernel_set, sets.template
    monkeypatch.setattr(sets, "kernel_set", lambda name: folder if name == "toy" else known(name))
    monkeypatch.setattr(
        sets,
        "template",
        lambda path: Template(FILES[path], strict_undefined=True) if path in FILES else template(path),
    )


TOY = Layout(8, 1, ("toy",))


def model(kind: str, inputs: int) -> Graph:
    maker = Maker(random.Random(1).choice, 1)
    every, *_ = maker.add(kind, maker.cell(kind, inputs, 5), maker.input("x", 6, inputs))
    (y,) = maker.add("dense", maker.dense(5, 4, Function("relu")), every, lead=1)
    maker.output("y", y)
    return maker.graph()


def generated(graph: Graph, math: str = "fast", asm: bool = True) -> Generated:
    return generate(graph, math, "m", TOY, asm=asm)


@pytest.mark.usefixtures("toy")
def test_a_set_packs_and_computes_its_own_way(tmp_path: Any) -> None:
    graph = model("lstm", 4)
    code = generated(graph)
    text = code.files["m.c"]
    assert "/* toy [i f c o of each unit][input] */" in text and "gemv_toy_8(gate, lstm_kernel[block], x," in text
    assert "static const ALIGNED_16 float lstm_kernel[LSTM_BLOCKS][32] = {" in text
    assert "#if defined(HAS_TOY)\n#include <toy.h>\n#endif" in text
    assert "act_tanh_each(gate + LSTM_C, 2); /* c~ */" in text and "/* of the toy */" in text
    assert "/* assembly */" in text and "/* no assembly */" in generated(graph, asm=False).files["m.c"]
    assert code.weight_bytes == sum(a.nbytes for node in graph.nodes for a in node.op.arrays().values())
    x = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
    library = build(code, tmp_path, STRICTER)
    (got,) = library.run([x])
    (wanted,) = Reference(graph, np.float64).run([x[None]])
    np.testing.assert_allclose(got, wanted[0], atol=1e-6)


@pytest.mark.usefixtures("toy")
def test_what_it_does_not_take_is_plain_c() -> None:
    text = generated(model("lstm", 1)).files["m.c"]
    assert "gemv_8(gate, lstm_kernel[block], x," in text and "gemv_toy_8(gate, lstm_recurrent[block], h," in text
    assert "/* [block of 2 units][input][i f c o of each unit]; toy [i f c o of each unit][input] */" in text


@pytest.mark.usefixtures("toy")
def test_exact_math_has_nothing_of_a_set_that_does_not_promise_it() -> None:
    assert "toy" not in generated(model("lstm", 4), "exact").files["m.c"]
    assert "act_tanh_each" not in generated(model("lstm", 4), "libm").files["m.c"]


@pytest.mark.usefixtures("toy")
def test_a_whole_cell_of_a_set() -> None:
    assert "h[k] = 0.5f" in generated(model("simple_rnn", 3)).files["m.c"]
    assert "h[k] = 0.5f" not in generated(model("simple_rnn", 4)).files["m.c"]


@pytest.mark.usefixtures("toy")
def test_packed_values_may_be_shifted(tmp_path: Any) -> None:
    graph = fuse(model("lstm", 4))
    x = np.random.default_rng(1).normal(size=(8, 6, 4)).astype(np.float32)
    whole = integers_of(graph, "int8", x)
    code = generate(whole, name="m", layout=TOY, numeric="int8")
    assert "static const uint8_t lstm_recurrent_weights" in code.files["m.c"]
    inputs = code.take([x])
    right = Reference(whole, np.int64).run(inputs)
    selftest(code, tmp_path, inputs, right, 6, 0.0)
