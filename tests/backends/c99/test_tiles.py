"""Convolutions by kernels of several positions: the C beside Arm's assembly gives the definition's bits, and so does
what is compiled for this machine's vectors.

On Arm's cores tests/hil/test_wide_images.py runs the assembly."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker, integers_of, lstm
from toolchain import ARMS, STRICTER, WIDE, WIDEST, build, compile, generate, need, selftest, write

from gatesmith.backends.base import Generated
from gatesmith.backends.c99.blocks import Layout
from gatesmith.core.functions import Function
from gatesmith.core.graph import Graph
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.windows import Window
from gatesmith.oracle.reference import Reference
from gatesmith.passes.fuse import fuse

RELU = Function("relu")


@dataclass(frozen=True)
class Net:
    """A convolution, a depthwise one and a pointwise layer on an image.

    Args:
        size: rows, columns, channels.
        first: the convolution's windows; depthwise: the other's.
        widths: channels of both, units of the pointwise layer.
        function: of the depthwise one.
    """

    size: tuple[int, int, int]
    first: tuple[Window, Window]
    depthwise: tuple[Window, Window]
    widths: tuple[int, int]
    function: Function = RELU

    def graph(self, seed: int) -> Graph:
        m = Maker(lambda options: options[0], seed)
        x = m.input("image", *self.size)
        taps = self.first[0].kernel * self.first[1].kernel * self.size[2]
        channels, units = self.widths
        op = Convolution(m.weights(taps, channels), m.weights(channels), self.first, 1, RELU)
        (x,) = m.add("first", op, x)
        taps = self.depthwise[0].kernel * self.depthwise[1].kernel
        weights, bias = m.weights(taps, channels), m.weights(channels)
        deep = DepthwiseConvolution(weights, bias, self.depthwise, channels, self.function)
        (x,) = m.add("depthwise", deep, x)
        (x,) = m.add("point", Dense(m.weights(channels, units), m.weights(units), Function("linear")), x, lead=2)
        m.output("answer", x)
        return m.graph()


SAME, VALID, TWO, LATE = Window(3, 1, 1, 1, 1), Window(3), Window(3, 2, 1, 1, 1), Window(3, 2, 1, 0, 1)
NETS = (
    Net((6, 5, 4), (SAME, SAME), (SAME, SAME), (8, 12)),
    Net((5, 8, 3), (SAME, Window(2, 1, 1, 0, 1)), (SAME, SAME), (12, 8)),
    Net((7, 22, 1), (Window(4, 2, 1, 1, 2), Window(4, 1, 1, 1, 2)), (TWO, TWO), (8, 8)),
    Net((6, 24, 8), (VALID, VALID), (VALID, LATE), (4, 20)),
    Net((4, 41, 2), (Window(1), Window(1, 2)), (SAME, SAME), (64, 4)),
)
QUICK = (
    Net((5, 8, 12), (SAME, SAME), (SAME, SAME), (8, 12)),
    Net((6, 11, 16), (Window(2, 2, 1, 0, 1), VALID), (SAME, SAME), (12, 8)),
    Net((4, 7, 20), (Window(4, 1, 2, 2, 3), Window(3, 1, 1, 0, 2)), (VALID, SAME), (4, 4)),
)


@pytest.mark.parametrize(
    ("net", "isa"), [*((net, ("dsp",)) for net in NETS), *((net, ("winograd", "dsp")) for net in QUICK)], ids=str
)
def test_c_beside_the_assembly_gives_the_bits_of_the_definition(net: Net, isa: tuple[str, ...], tmp_path: Path) -> None:
    numbers = np.random.default_rng(3)
    inputs = [numbers.normal(size=(6, *net.size)).astype(np.float32)]
    graph = integers_of(net.graph(7), "int8", *(2 * x[:4] for x in inputs))
    code = generate(graph, name="m", layout=Layout(8, 1, isa), numeric="int8")
    source = code.files["m.c"]
    assert all(word in source for word in ("tile_", "depthwise_", "spread_")), "the kernels are not used"
    assert ("winograd_columns(" in source) == (net in QUICK)
    taken = code.take(inputs)
    right = Reference(graph, np.int64).run(taken)
    assert selftest(code, tmp_path, taken, right, 1, 0.0) == f"m: 0 values of {len(taken[0])} samples differ\n"


def test_helium_s_assembly_leaves_registers_to_frames(tmp_path: Path) -> None:
    machine = "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard -O1 -fno-omit-frame-pointer -fPIC".split()
    graph = integers_of(NETS[4].graph(7), "int8", np.ones((4, *NETS[4].size), np.float32))
    source = write(generate(graph, layout=Layout(12, 4, ("mve",)), numeric="int8"), tmp_path)
    compile([need("arm-none-eabi-gcc"), *machine, "-c", source, "-o", tmp_path / "m.o"])


def test_c_beside_helium_keeps_to_the_definition_in_floats(tmp_path: Path) -> None:
    net = Net((6, 7, 4), (SAME, SAME), (VALID, Window(3, 1, 1, 1)), (88, 8))
    graph = fuse(net.graph(7))
    code = generate(graph, name="m", layout=Layout(8, 1, ("mve",)))
    machine = "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard -O2 -Wall -Werror".split()  # whose loops gcc once warned of
    compile([need("arm-none-eabi-gcc"), *machine, "-c", write(code, tmp_path / "arm"), "-o", tmp_path / "m.o"])
    assert all(word in code.files["m.c"] for word in ("points_", "depthwise_floats(")), "the kernels are not used"
    taken = code.take([np.random.default_rng(3).normal(size=(6, *net.size)).astype(np.float32)])
    selftest(code, tmp_path, taken, Reference(graph, np.float64).run(taken), 1, 1e-5)


FAR, APART = Window(3, 1, 2, 2, 2), Window(2, 3, 1, 0, 0)
HOSTS = (
    Net((6, 9, 4), (SAME, SAME), (SAME, SAME), (40, 33)),
    Net((7, 22, 1), (Window(4, 2, 1, 1, 2), Window(4, 1, 1, 1, 2)), (TWO, TWO), (8, 70)),
    Net((6, 60, 3), (VALID, FAR), (VALID, LATE), (24, 8)),
    Net((5, 31, 5), (SAME, APART), (SAME, FAR), (12, 16), Function("silu")),
    Net((7, 12, 3), (SAME, SAME), (Window(5, 1, 1, 2, 2), Window(2, 2)), (24, 9)),
    Net((4, 40, 3), (SAME, SAME), (Window(1), Window(6, 1, 2, 5, 5)), (8, 17)),
    Net((7, 6, 3), (SAME, SAME), (TWO, SAME), (32, 8)),
    Net((8, 5, 7), (Window(1), Window(3, 1, 2, 2)), (Window(6, 1, 1, 4, 2), Window(5, 2, 1, 4, 1)), (16, 19)),
    Net((2, 700, 20), (SAME, SAME), (SAME, TWO), (8, 8)),
)
"""Blocks that are filled up; few channels side by side; windows of more than four rows, and of one; narrow
rows, a place of which sees padding alone; places and positions apart; rows that are laid out in parts."""


def code_for_hosts(net: Net, numeric: str, math: str = "fast") -> tuple[Generated, Graph, Any]:
    """With what it computes, and samples."""
    graph = fuse(net.graph(7))
    x = np.random.default_rng(3).normal(size=(3, *net.size)).astype(np.float32)
    graph = integers_of(graph, numeric, 2 * x) if numeric == "int8" else graph
    code = generate(graph, math, name="m", layout=Layout(120, 8, ("vectors",)), numeric=numeric)
    assert "tile_" in code.files["m.c"], "the kernels are not used"
    assert "place_products(" in code.files["m.c"] or net.size[1] == 700
    return code, graph, x


@pytest.mark.parametrize(("numeric", "tolerance"), [("int8", 0.0), ("float32", 1e-5)])
@pytest.mark.parametrize(
    ("place", "arm"), [(k, arm) for k in range(len(HOSTS)) for arm in ((False, True) if EVERYTHING else (k % 2 == 1,))]
)
def test_vectors_of_hosts_keep_to_the_definition(
    place: int, arm: bool, numeric: str, tolerance: float, tmp_path: Path
) -> None:
    """AVX-512, AVX2, SSE2, none and both AArch64 take turns: integers bit for bit."""
    net = HOSTS[place]
    code, graph, x = code_for_hosts(net, numeric)
    taken = code.take([x])
    right = Reference(graph, np.int64 if numeric == "int8" else np.float64).run(taken)
    machines = ARMS if arm else [["-U__SSE2__"], [], WIDE, WIDEST]
    step = 1 if EVERYTHING else len(machines)
    for machine in machines[(place // 2 + (numeric == "int8")) % step :: step]:
        selftest(code, tmp_path, taken, right, 1, tolerance, machine)


def test_vectors_of_hosts_serve_libm_too(tmp_path: Path) -> None:
    """Kernels use their set's helpers together with functions of the C library."""
    code, graph, x = code_for_hosts(HOSTS[3], "float32", "libm")
    assert "expf(" in code.files["m.c"]
    selftest(code, tmp_path, [x], Reference(graph, np.float64).run([x]), 1, 1e-5, [*WIDE, "-Wl,--no-as-needed", "-lm"])


def test_one_vector_of_bytes_is_a_tile_too(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 7)
    (y,) = m.add("units", Dense(m.weights(101, 45), m.weights(45), Function("linear")), m.input("x", 101))
    m.output("answer", y)
    x = np.random.default_rng(3).normal(size=(40, 101)).astype(np.float32)
    graph = integers_of(m.graph(), "int8", x[:30])
    code = generate(graph, name="m", layout=Layout(120, 8, ("vectors",)), numeric="int8")
    assert "tile_" in code.files["m.c"] and "gemv_" not in code.files["m.c"]
    taken = code.take([x])
    for machine in ([], WIDE, WIDEST):
        selftest(code, tmp_path, taken, Reference(graph, np.int64).run(taken), 1, 0.0, machine)


@pytest.mark.parametrize("flags", [["-mavxvnni", "-mavx2"], ["-mavx512vnni", "-mavx512vbmi"]], ids=str)
def test_vectors_that_a_machine_may_lack_compile(flags: list[str], tmp_path: Path) -> None:
    for numeric in ("int8", "float32"):
        source = write(code_for_hosts(HOSTS[0], numeric)[0], tmp_path / numeric)
        for compiler in ("gcc", "clang"):
            compile([need(compiler), *STRICTER, "-O1", *flags, "-c", source, "-o", tmp_path / "m.o"])


def test_a_model_without_tiles_has_none_of_their_macros() -> None:
    code = generate(lstm("float32")[0], layout=Layout(120, 8, ("vectors",))).files["model.c"]
    assert "VECTORS" in code and "TILE_" not in code and "EIGHT_HALVES" not in code


def test_gcc_before_8_is_not_asked_to_unroll(tmp_path: Path) -> None:
    source = write(code_for_hosts(HOSTS[0], "float32")[0], tmp_path)
    compile([need("gcc"), "-U__GNUC__", "-D__GNUC__=7", "-E", source, "-o", tmp_path / "m.i"])
    assert "unroll" not in (tmp_path / "m.i").read_text("utf-8")


def test_an_infinity_stays_one_where_places_are_odd(tmp_path: Path) -> None:
    m = Maker(lambda options: options[0], 7)
    op = DepthwiseConvolution(np.ones((9, 16), np.float32), None, (VALID, VALID), 16, Function("linear"))
    (y,) = m.add("deep", op, m.input("x", 5, 9, 16))
    m.output("answer", y)
    code = generate(m.graph(), name="m", layout=Layout(120, 8, ("vectors",)))
    assert "place_products(" in code.files["m.c"]
    x = np.ones((1, 5, 9, 16), np.float32)
    x[0, 2, 4] = np.inf
    (y,) = build(code, tmp_path, ("-O1", *WIDE)).run(list(code.take([x])))
    right = Reference(m.graph(), np.float64).run([x])[0]
    np.testing.assert_array_equal(np.asarray(y).ravel(), right.ravel())
