"""A transformer's encoder and convolutional LSTMs in integers, on data that they were not calibrated on: how near to
Keras, and C bit for bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric_types import FINE, measured

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.quantization.calibrate import decibels, noise

from . import integers

LEAST = {"int8": 20.0, "int16w8": 30.0, "int16": 45.0}
"""Signal to noise in decibels. Measured: 25.1 to 34.6, 37.9 to 46.5, 61.3 to 66.9."""


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


def convolutional(keras: Any, rank: int) -> Any:
    """A ConvLSTM over 8 steps of a line or an image, then an answer."""
    layers = keras.layers
    x = keras.Input((8, 12, 3) if rank == 1 else (8, 5, 6, 2))
    h = getattr(layers, f"ConvLSTM{rank}D")(6, 3, padding="same")(x)
    return keras.Model(x, layers.Dense(4)(layers.Flatten()(h)))


@pytest.mark.parametrize("kind", ["heads", "causal", "groups", "plain", "additive"])
def test_an_encoder_block(kind: str, tmp_path: Path) -> None:
    held_out(lambda keras: encoder(keras, kind), tmp_path)


@pytest.mark.parametrize("rank", [1, 2])
def test_a_convolutional_lstm(rank: int, tmp_path: Path) -> None:
    held_out(lambda keras: convolutional(keras, rank), tmp_path)


def held_out(build: Callable[[Any], Any], folder: Path) -> None:
    import keras

    keras.utils.set_random_seed(5)
    model = build(keras)
    rng = np.random.default_rng(3)
    for weight in model.weights:
        if weight.path.endswith(("kernel", "bias")):
            sources = weight.shape[0] if "conv" not in weight.path else np.prod(weight.shape[:-1])
            size = 1.5 / np.sqrt(sources) if weight.path.endswith("kernel") else 0.1
            weight.assign(rng.normal(0, size, weight.shape))
    model.save(folder / "model.keras")
    graph = load(folder / "model.keras", Settings()).graph
    shape = model.input_shape[1:]
    seen, held = (rng.normal(size=(count, *shape)).astype(np.float32) for count in (64, 32))
    wanted = np.asarray(model(held))
    models = {name: integers.convert(graph, [[seen]], NUMERICS[name], f"model_{name}") for name in FINE}
    libraries = integers.compile_all([one.code for one in models.values()], folder)
    gains = {}
    for name, one in models.items():
        one.library = libraries[one.code.name]
        integers.same(one, [[held[:4]]])
        (got,) = one.reference().run(one.code.take([held]))
        (port,) = one.code.outputs
        gains[name] = decibels(*noise(port.format.real(got), wanted))
    assert all(gains[name] >= measured(name, LEAST) for name in gains), gains
