"""Configurations with members replaced or dropped: read or refused, never a traceback."""

import contextlib
import json
import random
from dataclasses import replace

import pytest
from dialect_files import archive, dense, functional, layer, normal, recurrent, separate, sequential, source
from fuzz.files import edited

from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.containers.stored import Archive
from gatesmith.importers.keras.dialect.interpret import interpret


def models() -> list[Archive]:
    cell = layer("LSTM", name="l", output_dim=2)
    keras_1 = {
        "class_name": "Sequential",
        "config": [
            layer("Bidirectional", name="bi", layer=cell, batch_input_shape=[None, 5, 3]),
            layer("TimeDistributedDense", name="td", output_dim=2, bias=True),
        ],
    }
    halves = separate("LSTM", 3, 2, "forward_l") + separate("LSTM", 3, 2, "backward_l")
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    cells = [layer("LSTMCell", units=2), layer("GRUCell", units=2, reset_after=False)]
    stack = layer("StackedRNNCells", cells=cells)
    arrays = recurrent("LSTM", 3, 2, "a") + recurrent("GRU", 2, 2, "b")
    inner = sequential(source("i"), layer("Dense", name="d", units=2), layer("BatchNormalization", name="bn"))
    inner["config"]["name"] = "part"
    norms = [(f"bn/{name}:0", abs(normal(2))) for name in ("gamma", "beta", "moving_mean", "moving_variance")]
    row = sequential(source("x", 5, 3), layer("RNN", name="r", cell=stack), layer("Softmax", name="s", axis=-1))
    three = functional(
        [
            (source("x", 5, 3), []),
            (layer("GRU", name="g", units=2, trainable=True), [{"args": [tensor], "kwargs": {"mask": None}}]),
        ],
        [["g", 0, 0]],
    )
    shared = functional(
        [
            (source("x"), []),
            (source("y"), []),
            (inner, [[["x", 0, 0, {}]], [["y", 0, 0, {}]]]),
            (layer("Merge", name="m", mode="sum"), [[["part", 1, 0], ["part", 2, 0]]]),
        ],
        [["m", 0, 0]],
    )
    return [
        archive(keras_1, {"bi": halves, "td": [("td_W", normal(4, 2)), ("td_b", normal(2))]}, "1.2.2"),
        archive(row, {"r": arrays}),
        archive(three, {"g": recurrent("GRU", 3, 2, "g", 2)}, "3.15.1"),
        archive(shared, {"part": [*dense(3, 2, "d"), *norms]}),
    ]


@pytest.mark.parametrize("content", models(), ids=["keras 1", "stack", "keras 3", "nested"])
def test_spoiled_configurations(content: Archive) -> None:
    interpret(content)
    chance = random.Random(5)
    for _ in range(400):
        config = edited(json.loads(json.dumps(content.config)), chance, 2)
        with contextlib.suppress(GatesmithError):
            interpret(replace(content, config=config))
