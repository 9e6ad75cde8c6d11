"""Models that proofs are made of here: small, and without Keras."""

import numpy as np
import numpy.typing as npt
from graphs import Maker
from layers import integers

from gatesmith import passes
from gatesmith.backends import c99
from gatesmith.backends.base import Generated, Origin
from gatesmith.backends.c99.blocks import Layout
from gatesmith.backends.c99.model import Options
from gatesmith.core.functions import Function
from gatesmith.layers.activation import VectorActivation
from gatesmith.layers.attention import Attention
from gatesmith.layers.convolution import Convolution
from gatesmith.layers.dense import Dense
from gatesmith.layers.embedding import Embedding
from gatesmith.layers.layer_norm import LayerNorm
from gatesmith.layers.merge import Merge
from gatesmith.layers.resize import Resize
from gatesmith.layers.reverse import Reverse
from gatesmith.layers.slice import Slice
from gatesmith.layers.spectrogram import Bands, Spectrogram
from gatesmith.layers.windows import Window
from gatesmith.numerics import NUMERICS
from gatesmith.passes.fuse import fuse
from gatesmith.quantization.quantize import quantize


def dense(numeric: str) -> Generated:
    """The C of two Dense layers."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", 6)
    for name, units in (("hidden", 5), ("scores", 3)):
        (x,) = maker.add(name, maker.dense(maker.shape(x)[-1] or 0, units), x)
    maker.output("y", x)
    return _converted(maker, (20, 6), numeric, "dense")


def recurrent(numeric: str, units: int = 5) -> Generated:
    """The C of an LSTM and a Dense layer with softmax, whose scores reach the ends of its table."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", None, 3)
    h = maker.add("rnn", maker.cell("lstm", 3, units), x)[1]
    scores = Dense(8 * maker.weights(units, 3), 8 * maker.weights(3), Function("softmax"))
    maker.output("y", maker.add("scores", scores, h)[0])
    return _converted(maker, (20, 6, 3), numeric, "recurrent")


def stream(numeric: str) -> Generated:
    """The C, frame by frame, of a causal convolution and a dilated one added to it."""
    maker = Maker(lambda options: options[0])
    x = maker.input("sound", None, 2)
    (x,) = maker.add("front", Convolution(maker.weights(6, 2), maker.weights(2), (Window(3, 1, 1, 2),)), x)
    dilated = Convolution(maker.weights(6, 2), None, (Window(3, 1, 2, 4),), 1, Function("relu"))
    maker.output("y", maker.add("sum", Merge("add"), x, *maker.add("dilated", dilated, x), lead=1)[0])
    graph = fuse(maker.graph())
    whole = quantize(graph, integers.ranges(graph, [[_noise(20, 9, 2)]]), NUMERICS[numeric])
    program = passes.compile_graph(whole, None, stream=True)
    options = Options(f"stream_{numeric}", "host", NUMERICS[numeric], Layout(8, 1))
    return c99.generate(program, Origin("stream.keras", "0" * 64, "Keras 3", ""), options, "0")


def rows(numeric: str) -> Generated:
    """The C of two convolutions of images, row by row: few rows of the first are kept."""
    maker = Maker(lambda options: options[0])
    windows = (Window(3, 1, 1, 1, 1), Window(3, 1, 1, 1, 1))
    (x,) = maker.add("front", Convolution(maker.weights(9, 4), maker.weights(4), windows), maker.input("x", 12, 6, 1))
    maker.output("y", maker.add("back", Convolution(maker.weights(36, 2), None, windows), x)[0])
    return _converted(maker, (20, 12, 6, 1), numeric, "rows")


def embedding(numeric: str) -> Generated:
    """The C of an embedding, whose rows have scales of their own in types of 4 and 2 bits."""
    maker = Maker(lambda options: options[0])
    x = maker.input("token", 1)
    maker.output("y", maker.add("words", Embedding(maker.weights(7, 40), False), x)[0])
    data = [[np.random.default_rng(3).integers(0, 7, (20, 1)).astype(np.float32)]]
    return integers.convert(maker.graph(), data, NUMERICS[numeric], f"embedding_{numeric}").code


def norm(numeric: str, values: int = 6) -> Generated:
    """The C of a layer norm and a softmax."""
    maker = Maker(lambda options: options[0])
    op = LayerNorm(0.001, False, maker.weights(values), maker.weights(values))
    (x,) = maker.add("norm", op, maker.input("x", values))
    maker.output("y", maker.add("shares", VectorActivation(Function("softmax")), x)[0])
    return _converted(maker, (20, values), numeric, "norm")


def spectrum(numeric: str) -> Generated:
    """The C of power spectra of 16 samples, and sums of neighbouring bins."""
    maker = Maker(lambda options: options[0])
    (x,) = maker.add("power", Spectrogram(np.hanning(16).astype(np.float32), 8), maker.input("x", 40))
    bands = Bands(np.int32([1, 3, 5]), np.int32([0, 3, 6, 9]), np.abs(_noise(9)))
    maker.output("y", maker.add("bands", bands, x, lead=1)[0])
    return _converted(maker, (20, 40), numeric, "spectrum")


def mixture(numeric: str) -> Generated:
    """The C of sums over nine neighbours: if all weights were as large as one, 32 bits would not hold them."""
    maker = Maker(lambda options: options[0])
    op = Resize(np.arange(6)[:, None] + np.arange(9, dtype=np.int32), np.float32([[0.1] * 4 + [1] + [0.1] * 4] * 6))
    maker.output("y", maker.add("mixed", op, maker.input("x", 14, 3))[0])
    return _converted(maker, (20, 14, 3), numeric, "mixture")


def attention(numeric: str) -> Generated:
    """The C of causal attention in two heads: of 6 queries, keys and values."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", 6, 4)
    maker.output("y", maker.add("mix", Attention(2, 2, 6, np.ones(1, np.float32), causal=True), x, x, x)[0])
    return _converted(maker, (20, 6, 4), numeric, "attention")


def backwards(numeric: str) -> Generated:
    """The C of rows that are read from the last one, and every other of them, behind windows that see padding."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", 6, 3)
    for name, op in (("turned", Reverse()), ("cut", Slice(((4, -2, 3), (2, -1, 2))))):
        front = Convolution(maker.weights(9, 3), None, (Window(3, 1, 1, 1, 1),))
        (x,) = maker.add(name, op, *maker.add(f"before_{name}", front, x))
    maker.output("y", x)
    return _converted(maker, (20, 6, 3), numeric, "backwards")


def ending(numeric: str) -> Generated:
    """The C of windows of which the last one alone sees padding."""
    maker = Maker(lambda options: options[0])
    op = Convolution(maker.weights(6, 3), maker.weights(3), (Window(2, 1, 1, 0, 1),))
    maker.output("y", maker.add("front", op, maker.input("x", 5, 3))[0])
    return _converted(maker, (20, 5, 3), numeric, "ending")


def _noise(*shape: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


def _converted(maker: Maker, shape: tuple[int, ...], numeric: str, name: str) -> Generated:
    return integers.convert(maker.graph(), [[_noise(*shape)]], NUMERICS[numeric], f"{name}_{numeric}").code
