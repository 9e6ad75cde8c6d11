"""``--length``: lengths that a model leaves open and a layer needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import UnsupportedError, UsageError
from gatesmith.core.settings import Settings
from gatesmith.flow.run import run
from gatesmith.importers.reading import load


@pytest.fixture(scope="module")
def luong(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray], np.ndarray]:
    """A decoder that attends to an encoder (Luong et al. 2015), both of open length, as Keras saved it."""
    keras: Any = pytest.importorskip("keras", reason="Keras 3 is not installed")
    layers = keras.layers
    keras.utils.set_random_seed(3)
    words, spoken = keras.Input((None, 3), name="words"), keras.Input((None, 2), name="spoken")
    seen = layers.LSTM(4, return_sequences=True)(words)
    said = layers.LSTM(4, return_sequences=True)(spoken)
    weights = layers.Activation("softmax")(layers.Dot(axes=[2, 2])([said, seen]))
    context = layers.Dot(axes=[2, 1])([weights, seen])
    model = keras.Model([words, spoken], layers.Dense(2)(layers.Concatenate()([context, said])))
    path = tmp_path_factory.mktemp("luong") / "luong.keras"
    model.save(path)
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(3, 5, 3)).astype(np.float32), rng.normal(size=(3, 6, 2)).astype(np.float32)]
    return path, x, np.asarray(model(x))


def test_an_open_length_is_told(luong: Any) -> None:
    with pytest.raises(UnsupportedError, match="whose length is not fixed") as refusal:
        load(luong[0], Settings())
    assert "--length" in refusal.value.fix[0]


@pytest.mark.parametrize("length", [("words=5", "spoken=6"), ("in_0=5", "in_1=6")])
def test_fixed_by_name_or_number_as_keras(luong: Any, length: tuple[str, ...], tmp_path: Path) -> None:
    path, x, wanted = luong
    np.savez(tmp_path / "in.npz", words=x[0], spoken=x[1])
    outputs = run(path, Settings(length=length), input=tmp_path / "in.npz").outputs
    assert outputs is not None
    assert np.abs(outputs[0] - wanted).max() < 1e-6


@pytest.mark.parametrize(
    ("said", "word"),
    [("words", "no number of steps"), ("0", "no number"), ("word=5", "no input of that name"), ("-3", "no number")],
)
def test_what_fixes_nothing_is_refused(luong: Any, said: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        load(luong[0], Settings(length=(said,)))


def test_a_length_that_is_not_open_is_refused(luong: Any) -> None:
    with pytest.raises(UsageError, match="no length is left open"):
        load(luong[0], Settings(length=("5", "words=6")))
