"""``training=True`` in a file: refused wherever tf.keras's ``predict`` is random by it, however deep the layer is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
L = tf_keras.layers


def nested(*layers: Any) -> Any:
    return tf_keras.Sequential([L.InputLayer((4, 6)), *layers])


RANDOM: dict[str, Callable[[], Any]] = {
    "model": lambda: nested(L.Dropout(0.5)),
    "model in a model": lambda: nested(nested(L.GaussianNoise(0.5))),
    "statistics of the batch": lambda: nested(L.BatchNormalization()),
    "layer in a wrapper": lambda: L.TimeDistributed(L.Dropout(0.5)),
    "model in a wrapper": lambda: L.TimeDistributed(tf_keras.Sequential([L.Dropout(0.5)])),
    "recurrent layer": lambda: L.Bidirectional(L.LSTM(3, dropout=0.5)),
    "cell": lambda: L.RNN(L.GRUCell(3, recurrent_dropout=0.5)),
    "stack of cells": lambda: L.RNN([L.GRUCell(3), L.LSTMCell(2, dropout=0.5)]),
}
STILL: dict[str, Callable[[], Any]] = {
    "wrapper": lambda: L.TimeDistributed(L.Dense(2)),
    "cell": lambda: L.RNN(L.GRUCell(3)),
}


def saved(layer: Any, folder: Path) -> tuple[Path, Any]:
    entry = tf_keras.Input((4, 6))
    model = tf_keras.Model(entry, layer(entry, training=True))
    model.save(folder / "model.h5")
    return folder / "model.h5", model


@pytest.mark.parametrize("case", RANDOM, ids=str)
def test_random_layers_are_refused_at_every_depth(case: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="training=True"):
        load(saved(RANDOM[case](), tmp_path)[0], Settings())


def test_attention_that_drops_is_refused(tmp_path: Path) -> None:
    entry = tf_keras.Input((4, 6))
    for layer, inputs in ((L.Attention(dropout=0.5), [entry, entry]), (L.Dropout(0.5), entry)):
        tf_keras.Model(entry, layer(inputs, training=True)).save(tmp_path / "model.h5")
        with pytest.raises(UnsupportedError, match="training=True"):
            load(tmp_path / "model.h5", Settings())


@pytest.mark.parametrize("case", ["wrapper", "cell"], ids=str)
def test_what_is_the_same_in_training_is_read(case: str, tmp_path: Path) -> None:
    path, model = saved(STILL[case](), tmp_path)
    x = np.random.default_rng(1).normal(size=(3, 4, 6)).astype(np.float32)
    (got,) = Reference(load(path, Settings()).graph).run([x])
    np.testing.assert_allclose(got, model(x), atol=2e-6)
