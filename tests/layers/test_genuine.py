"""Models saved here and now by both Kerases, in shapes that were once read wrongly or refused."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING

from gatesmith.importers.keras import read
from gatesmith.importers.keras.importer import build
from gatesmith.oracle.reference import Reference

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
KERAS = {
    "keras": pytest.importorskip("keras", reason="Keras 3 is not installed"),
    "tf_keras": pytest.importorskip("tf_keras", reason="tf_keras is not installed"),
}
RNG = np.random.default_rng(11)


def frozen_twice_nested(k: Any) -> Any:
    """HDF5 lists trainable arrays first at every level; tf_keras's names do not say which model they belong to."""
    L = k.layers
    deep = k.Sequential([k.Input((4,)), L.Dense(4), L.BatchNormalization(), L.Dense(4)], name="deep")
    middle = k.Sequential([k.Input((4,)), deep, L.Dense(4)], name="middle")
    outer = k.Sequential([k.Input((5, 4)), L.TimeDistributed(middle), L.LSTM(4)], name="outer")
    deep.layers[0].trainable = False
    return k.Sequential([k.Input((5, 4)), outer, L.Dense(2)])


def frozen_cell(k: Any) -> Any:
    """Two cells of the same shapes: nothing but the order tells whose arrays they are."""
    L = k.layers
    return k.Sequential([k.Input((5, 3)), L.RNN([L.LSTMCell(3, trainable=False), L.LSTMCell(3)])])


def masks_of_different_rank(k: Any) -> Any:
    """Keras 3 writes Concatenate's mask into the wiring, with zeros_like."""
    L = k.layers
    words, series = k.Input((5,), dtype="int32"), k.Input((5, 3))
    one, two = L.Embedding(6, 3, mask_zero=True)(words), L.Masking(0.0)(series)
    return k.Model([words, series], [L.LSTM(3)(L.Concatenate()([one, two])), L.GRU(2)(L.Add()([one, two]))])


def adapted(k: Any) -> Any:
    """A SavedModel lists no variables for a layer that is adapted."""
    L = k.layers
    norm = L.Normalization(axis=-1)
    norm.adapt(RNG.normal(3, 2, (50, 4, 3)).astype("float32"))
    return k.Sequential([k.Input((4, 3)), norm, L.Normalization(axis=None, mean=1.0, variance=4.0), L.LSTM(2)])


FILES = [("keras", "m.keras"), ("keras", "m.h5"), ("tf_keras", "m.keras"), ("tf_keras", "m.h5"), ("tf_keras", "folder")]
MODELS = [frozen_twice_nested, frozen_cell, masks_of_different_rank, adapted]
DEAR = None if EVERYTHING else (masks_of_different_rank, "folder")
"""A third of all the time, most of it TensorFlow's tracing; and masks are no weights, but for Keras 3 to write."""
CASES = [(make, package, file) for make in MODELS for package, file in FILES if (make, file) != DEAR]


@pytest.mark.parametrize(("make", "package", "file"), CASES)
def test_as_keras(tmp_path: Path, package: str, file: str, make: Callable[[Any], Any]) -> None:
    model = make(KERAS[package])
    for array in model.trainable_weights if make is adapted else model.weights:
        array.assign(RNG.uniform(0.5 if "variance" in array.name else -0.8, 1, tuple(array.shape)).astype("float32"))
    path = tmp_path / file
    model.save(path, **({"save_format": "tf"} if file == "folder" else {}))
    data = [
        RNG.integers(0, 4, (3, *x.shape[1:])).astype("int32")
        if "int" in str(x.dtype)
        else RNG.normal(size=(3, *x.shape[1:])).astype("float32")
        for x in model.inputs
    ]
    wanted = model(data if len(data) > 1 else data[0], training=False)  # predict would trace a graph of it first
    got = Reference(build(read(path))).run(data)
    for one, other in zip(got, wanted if isinstance(wanted, (list, tuple)) else [wanted], strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5, rtol=2e-5)
