"""Images give the bits of plain C where channels fill vectors; layer cases' do not. Of int8w4 cores run half."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from everything import EVERYTHING
from graphs import Maker
from layers import integers
from layers.session import once

from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph
from gatesmith.layers.attention import Attention
from gatesmith.layers.convolution import Convolution, DepthwiseConvolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.pool import GlobalPool, Pool
from gatesmith.layers.reshape import Reshape
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS
from gatesmith.passes import compile_graph
from gatesmith.passes.fuse import fuse
from gatesmith.passes.memory import Program
from gatesmith.quantization.quantize import quantize

from . import cores
from .bits import Answer, Case

RELU, RELU6, LINEAR = Function("relu"), function("relu", max_value=6.0), Function("linear")


@dataclass(frozen=True)
class Wide:
    """An image through a convolution, a depthwise one, a pointwise one and a mean.

    Args:
        size: rows and columns. channels: of the convolution. units: of the pointwise layer.
        kernel, stride, padding: of the depthwise windows, both axes alike; padding on each side.
        first: the convolution's kernel.
        loud: the weights' scale, which moves what is shifted out of sums.
    """

    size: tuple[int, int]
    channels: int
    units: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    act: Function = RELU
    first: tuple[int, int] = (3, 2)
    loud: float = 1.0
    pooled: bool = False
    again: bool = False
    """Whether a convolution of three by three is behind the first."""

    @property
    def title(self) -> str:
        words = [*self.size, self.channels, self.units, self.kernel, self.stride, self.padding, *self.first]
        return f"{self.act} {'x'.join(map(str, words))} {self.loud} {self.pooled} {self.again}"

    def graph(self, seed: int) -> Graph:
        m = Maker(lambda options: options[0], seed)
        x = m.input("image", *self.size, 2)
        taps = self.first[0] * self.first[1] * 2
        begun = tuple(Window(k, 1, 1, (k - 1) // 2, k // 2) for k in self.first)
        kernel = m.weights(taps, self.channels) * np.float32(self.loud)
        (x,) = m.add("first", Convolution(kernel, m.weights(self.channels), begun, 1, self.act), x)
        if self.again:
            kernel = m.weights(9 * self.channels, self.channels) * np.float32(self.loud)
            op = Convolution(kernel, m.weights(self.channels), (Window(3, 1, 1, 1, 1),) * 2, 1, self.act)
            (x,) = m.add("again", op, x)
        window = Window(self.kernel, self.stride, 1, self.padding, self.padding)
        kernel = m.weights(self.kernel**2, self.channels) * np.float32(self.loud)
        op = DepthwiseConvolution(kernel, m.weights(self.channels), (window, window), self.channels, self.act)
        (x,) = m.add("depthwise", op, x)
        (x,) = m.add("point", Dense(m.weights(self.channels, self.units), m.weights(self.units), self.act), x, lead=2)
        if self.pooled:
            rows, columns, _ = (int(n or 0) for n in m.shape(x))
            (x,) = m.add("mean", Pool("average", (Window(rows, rows), Window(columns, columns))), x)
            (x,) = m.add("flat", Reshape((self.units,)), x)
        else:
            (x,) = m.add("mean", GlobalPool("average"), x)
        (x,) = m.add("head", Dense(m.weights(self.units, 3), m.weights(3)), x)
        m.output("answer", x)
        return m.graph()


WIDE = (
    Wide((5, 4), 16, 20, stride=2, act=RELU6),
    Wide((3, 5), 48, 32, pooled=True),
    Wide((3, 1), 17, 16, act=LINEAR, loud=4.0),
    Wide((3, 4), 33, 17, padding=0, first=(1, 4)),
    Wide((2, 4), 32, 48, kernel=2, padding=0, act=RELU6, pooled=True, first=(1, 1)),
    Wide((2, 3), 80, 16, act=LINEAR, loud=0.1),
    Wide((6, 24), 8, 20, first=(3, 3)),
    Wide((5, 23), 12, 8, stride=2, first=(1, 4), loud=3.0),
    Wide((4, 18), 40, 36, padding=0, first=(4, 3)),
    Wide((3, 8), 16, 20, again=True),
    Wide((4, 7), 36, 8, act=LINEAR, loud=2.0, again=True),
    Wide((1, 18), 520, 4, first=(1, 1)),
    Wide((2, 2), 4, 64, first=(1, 1)),
)


def attention() -> Graph:
    """Seven queries of three keys; the last see none and get zeros."""
    m = Maker(lambda options: options[0], 1)
    tensors = [m.input(name, count, 8) for name, count in (("query", 7), ("key", 3), ("value", 3))]
    op = Attention(1, 1, 3, np.asarray([0.3], np.float32), None, False, 2, (), False, blank=True)
    (x,) = m.add("attention", op, *tensors)
    m.output("answer", x)
    return m.graph()


@cache
def right(numeric: str) -> list[tuple[str, Program, Answer]]:
    """Graphs in a type and their answers, made once by all processes of a session."""
    return once(f"wide-{numeric}", lambda: _right(numeric))


def _right(numeric: str) -> list[tuple[str, Program, Answer]]:
    models, programs = {wide.title: wide.graph(number) for number, wide in enumerate(WIDE)}, {}
    for number, (title, whole) in enumerate([*models.items(), ("attention", attention())]):
        graph = fuse(whole)
        rng = np.random.default_rng(number)
        shapes = [graph.tensor(port.tensor).shape for port in graph.inputs]
        seen = [[rng.normal(0.7, 1.0, [4, *(int(n or 0) for n in shape)]).astype(np.float32) for shape in shapes]]
        graph = quantize(graph, integers.ranges(graph, seen), NUMERICS[numeric])
        programs[title] = compile_graph(graph, by_rows=True)
    plain = enumerate(programs.items())
    wanted = cores.wanted([Case(t, cores.code_for(cores.PLAIN, one, numeric, f"m{k}")) for k, (t, one) in plain])
    return [(title, program, wanted.answers[title]) for title, program in programs.items()]


@pytest.mark.parametrize(
    ("core", "numeric", "quick"),
    [
        ("cortex-m55", "int8", False),
        ("cortex-m55", "int8w4", False),
        ("cortex-m4f", "int8", False),
        ("cortex-m4f", "int8", True),
        ("cortex-m4f", "int8w4", False),
        ("rv32imc", "int8w4", False),
    ],
)
def test_wide_images(core: str, numeric: str, quick: bool, tmp_path: Path) -> None:
    if reason := cores.reason_to_skip(core, False, False):
        pytest.skip(reason)
    cases, wanted = [], {}
    whole = EVERYTHING or (core, numeric) == ("cortex-m55", "int8")
    share = slice(None) if whole else slice(core == "cortex-m4f" and not quick, None, 2)
    for number, (title, program, answer) in enumerate(right(numeric)[share]):
        cases.append(Case(title, cores.code_for(core, program, numeric, f"m{number}", quick)))
        wanted[title] = answer
    assert quick == any("winograd" in text for case in cases for text in case.code.files.values())
    ran = cores.run(core, cases, tmp_path / "cases")
    assert not ran.unfit
    assert ran.answers == wanted
