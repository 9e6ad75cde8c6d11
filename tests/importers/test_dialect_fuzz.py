"""Configurations with members replaced or dropped: read or refused, never a traceback."""

import contextlib
import json
import random
from dataclasses import replace

from dialect_files import archive, layer, normal, separate
from fuzz.files import edited

from gatesmith.core.errors import GatesmithError
from gatesmith.importers.keras.dialect.interpret import interpret


def test_spoiled_configurations() -> None:
    """Of Keras 1; those of its successors are in tests/fuzz."""
    halves = separate("LSTM", 3, 2, "forward_l") + separate("LSTM", 3, 2, "backward_l")
    inner = layer("LSTM", name="l", output_dim=2)
    config = [
        layer("Bidirectional", name="bi", layer=inner, batch_input_shape=[None, 5, 3]),
        layer("TimeDistributedDense", name="td", output_dim=2, bias=True),
    ]
    arrays = {"bi": halves, "td": [("td_W", normal(4, 2)), ("td_b", normal(2))]}
    content = archive({"class_name": "Sequential", "config": config}, arrays, "1.2.2")
    interpret(content)
    chance = random.Random(5)
    for _ in range(400):
        with contextlib.suppress(GatesmithError):
            interpret(replace(content, config=edited(json.loads(json.dumps(content.config)), chance, 2)))
