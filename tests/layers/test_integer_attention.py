"""A transformer's encoder in integers, on data that it was not calibrated on: how near to Keras, and C bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.calibrate import decibels, noise

from . import integers

LEAST = {"int8": 20.0, "int16w8": 30.0, "int16": 50.0}
"""Signal to noise in decibels. Measured: 25.1 to 33.9, 37.9 to 46.5, 61.3 to 66.9."""


def encoder(keras: Any, kind: str) -> Any:
    """One block of 24 steps of 16 features; weights of a common size, from a seed."""
    layers = keras.layers
    x = keras.Input((24, 16))
    if kind == "heads":
        h = layers.MultiHeadAttention(4, 8)(x, x)
    elif kind == "causal":
        h = layers.MultiHeadAttention(2, 8)(x, x, use_causal_mask=True)
    elif kind == "groups":
        h = layers.GroupQueryAttention(8, 4, 2)(x, x)
    else:
        q, v = layers.Dense(16)(x), layers.Dense(16)(x)
        h = layers.AdditiveAttention()([q, v]) if kind == "additive" else layers.Attention(use_scale=True)([q, v])
    h = layers.LayerNormalization()(layers.Add()([x, h]))
    f = layers.Dense(16)(layers.Dense(32, activation="gelu")(h))
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([h, f])))


@pytest.mark.parametrize("kind", ["heads", "causal", "groups", "plain", "additive"])
def test_an_encoder_block(kind: str, tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    model = encoder(keras, kind)
    rng = np.random.default_rng(3)
    for weight in model.weights:
        if weight.path.endswith(("kernel", "bias")):
            size = 1.5 / np.sqrt(weight.shape[0]) if weight.path.endswith("kernel") else 0.1
            weight.assign(rng.normal(0, size, weight.shape))
    model.save(tmp_path / "model.keras")
    graph = load(tmp_path / "model.keras", Settings()).graph
    seen, held = (rng.normal(size=(count, 24, 16)).astype(np.float32) for count in (64, 32))
    wanted = np.asarray(model(held))
    models = {name: integers.convert(graph, [[seen]], NUMERICS[name], f"model_{name}") for name in LEAST}
    libraries = integers.compile_all([one.made for one in models.values()], tmp_path)
    found = {}
    for name, one in models.items():
        one.library = libraries[one.made.name]
        integers.same(one, [[held[:4]]])
        (got,) = one.reference().run(one.made.take([held]))
        (port,) = one.made.outputs
        found[name] = decibels(*noise(port.format.real(got), wanted))
    assert all(found[name] >= least for name, least in LEAST.items()), found
