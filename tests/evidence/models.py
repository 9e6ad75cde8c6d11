"""Models that proofs are made of here: small, and without Keras."""

import numpy as np
from graphs import Maker
from layers import integers

from gatesmith.backends.base import Generated
from gatesmith.core.functions import Function
from gatesmith.numerics import NUMERICS


def dense(numeric: str) -> Generated:
    """The C of two Dense layers."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", 6)
    for name, units in (("hidden", 5), ("scores", 3)):
        (x,) = maker.add(name, maker.dense(maker.shape(x)[-1] or 0, units), x)
    maker.output("y", x)
    return _made(maker, (20, 6), numeric, "dense")


def recurrent(numeric: str) -> Generated:
    """The C of an LSTM and a Dense layer with softmax."""
    maker = Maker(lambda options: options[0])
    x = maker.input("x", None, 3)
    h = maker.add("rnn", maker.cell("lstm", 3, 5), x)[1]
    maker.output("y", maker.add("scores", maker.dense(5, 3, Function("softmax")), h)[0])
    return _made(maker, (20, 6, 3), numeric, "recurrent")


def _made(maker: Maker, shape: tuple[int, ...], numeric: str, name: str) -> Generated:
    data = [[np.random.default_rng(3).normal(size=shape).astype(np.float32)]]
    return integers.convert(maker.graph(), data, NUMERICS[numeric], f"{name}_{numeric}").made
