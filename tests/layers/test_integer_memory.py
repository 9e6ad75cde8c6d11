"""Recurrent layers in integers over long sequences: nothing drifts apart, whole, by steps, or in turns."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric_types import FINE

from gatesmith.core.functions import Function, function
from gatesmith.core.graph import Graph, Node, Port, Tensor
from gatesmith.layers.gru import Gru
from gatesmith.layers.lstm import Lstm
from gatesmith.layers.recurrent import Recurrent
from gatesmith.layers.simple_rnn import SimpleRnn
from gatesmith.numerics import NUMERICS

from . import integers

INPUTS, UNITS, STEPS = 3, 6, 400
TANH, SIGMOID = Function("tanh"), Function("sigmoid")
HARD = function("hard_sigmoid", slope=0.2, offset=0.5)


def graph_of(make: Callable[..., Recurrent], gates: int, biases: tuple[int, ...], **options: Any) -> Graph:
    """A stateful cell that gives its output at every step."""
    rng = np.random.default_rng(gates)
    op = make(
        units=UNITS,
        inputs=INPUTS,
        kernel=rng.normal(0, 0.8, (INPUTS, gates * UNITS)).astype(np.float32),
        recurrent=rng.normal(0, 0.6, (UNITS, gates * UNITS)).astype(np.float32),
        bias=rng.normal(0, 0.4, (*biases, gates * UNITS)).astype(np.float32),
        stateful=True,
        masked=False,
        initial=False,
        masked_output="state",
        **options,
    )
    shapes = [(None, INPUTS), *op.shapes((None, INPUTS))]
    tensors = tuple(Tensor(k, f"t{k}", shape) for k, shape in enumerate(shapes))
    node = Node("cell", "cell", op, (0,), tuple(range(1, len(shapes))))
    return Graph("long", tensors, (node,), (Port("x", 0),), (Port("y", 1),)).check()


CELLS = {
    "lstm": graph_of(Lstm, 4, (), activation=TANH, recurrent_activation=SIGMOID),
    "lstm_hard": graph_of(Lstm, 4, (), activation=Function("softsign"), recurrent_activation=HARD),
    "gru": graph_of(Gru, 3, (2,), activation=TANH, recurrent_activation=SIGMOID, reset_after=True),
    "gru_before": graph_of(Gru, 3, (), activation=TANH, recurrent_activation=SIGMOID, reset_after=False),
    "simple_rnn": graph_of(SimpleRnn, 1, (), activation=TANH),
}


@pytest.mark.parametrize("numeric", FINE)
def test_1200_steps(numeric: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    data = [rng.normal(size=(2, STEPS, INPUTS)) for _ in range(3)]
    data[1][:, 100:200] *= 50  # far beyond the range that was seen
    data[2][:, 50:60] = 0
    models = {
        name: integers.convert(graph, [[data[0]]], NUMERICS[numeric], f"{name}_{numeric}")
        for name, graph in CELLS.items()
    }
    libraries = integers.compile_all([one.made for one in models.values()], tmp_path)
    for one in models.values():
        one.library = libraries[one.made.name]
        reference = one.reference()
        taken = [one.made.take([x])[0] for x in data]
        wanted = [reference.run([x])[0] for x in taken]
        whole, stepping, turns = one.instance(), one.instance(), [one.instance(), one.instance()]
        for x, y in zip(taken, wanted, strict=True):
            integers.equal(whole.run([x[0]]), [y[0]])
            integers.equal(stepping.steps([x[1]]), [y[1]])
            for t in range(STEPS):
                for row, turn in enumerate(turns):
                    integers.equal(turn.step([x[row, t]]), [y[row, t]])
    assert "runtime error" not in capfd.readouterr().err
