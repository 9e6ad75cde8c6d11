"""Integers and truth values within a model: what Keras cuts off to them is refused, floats made of them are right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gatesmith
from gatesmith.core.errors import UnsupportedError
from gatesmith.oracle.reference import Reference

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
k, o = keras.layers, keras.ops
Make = Callable[[Any], Any]


SOURCES: dict[str, Make] = {
    "truth": lambda x: o.greater(x, 0.5),
    "whole": lambda x: o.cast(x * 3.0, "int32"),
    "float of truth": lambda x: o.cast(o.greater(x, 0.5), "float32"),
    "float of whole": lambda x: o.cast(o.cast(x * 3.0, "int32"), "float32"),
}
BETWEEN: dict[str, Make] = {
    "as it is": lambda y: y,
    "ReLU": k.ReLU(),
    "LeakyReLU": k.LeakyReLU(),
    "relu6": k.Activation("relu6"),
    "tanh": k.Activation("tanh"),
    "Masking": k.Masking(),
    "MaxPooling1D": k.MaxPooling1D(2),
    "GlobalMaxPooling1D": lambda y: k.RepeatVector(2)(k.GlobalMaxPooling1D()(y)),
    "GlobalAveragePooling1D": lambda y: k.RepeatVector(2)(k.GlobalAveragePooling1D()(y)),
    "Add": lambda y: k.Add()([y, y]),
    "Multiply": lambda y: k.Multiply()([y, y]),
    "Average": lambda y: k.Average()([y, y]),
    "Concatenate": lambda y: k.Concatenate(axis=1)([y, y]),
    "Dot": lambda y: k.Dot((2, 2))([y, y]),
    "TimeDistributed": k.TimeDistributed(k.ReLU()),
    "Flatten": k.Flatten(),
    "Rescaling": k.Rescaling(0.5),
    "abs": o.abs,
    "negative": o.negative,
    "square": o.square,
    "round": o.round,
    "trunc": o.trunc,
    "clip": lambda y: o.clip(y, 0, 1),
    "maximum": lambda y: o.maximum(y, 0),
    "half": lambda y: o.maximum(y, 0.5),
    "plus": lambda y: y + 1,
    "remainder": lambda y: y % 2,
    "quotient": lambda y: y // 2,
    "divided": lambda y: y / 4,
    "where": lambda y: o.where(y > 0, y, 0),
    "where it is half": lambda y: o.where(y > 0, y, 0.5),
    "matmul": lambda y: o.matmul(y, o.transpose(y, (0, 2, 1))),
    "einsum": lambda y: o.einsum("abc,abd->acd", y, y),
    "stack": lambda y: o.stack([y[:, 0], y[:, 1]], axis=1),
    "tile": lambda y: o.tile(y, (1, 2, 1)),
    "flip": lambda y: o.flip(y, axis=1),
    "sum": lambda y: o.sum(y, axis=1, keepdims=True),
    "max": lambda y: o.max(y, axis=1, keepdims=True),
    "mean": lambda y: o.mean(y, axis=1, keepdims=True),
    "any": lambda y: o.any(y, axis=1, keepdims=True),
    "logical_not": o.logical_not,
    "equal": lambda y: o.equal(y, 0),
    "as truth": lambda y: o.cast(y, "bool"),
    "as float": lambda y: o.cast(y, "float32"),
    "beside floats": lambda y: o.cast(y, "float32") * 0.3 + y,
}


def of(path: Path, made: Any, x: np.ndarray) -> np.ndarray:
    """What the reference answers, from a file."""
    made.save(path)
    [found] = Reference(gatesmith.load(path), np.float64).run([x])
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("source", SOURCES)
def test_what_a_norm_is_given(source: str, between: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(5, 6, 3)).astype(np.float32)
    given = keras.Input((6, 3))
    try:
        inner = BETWEEN[between](SOURCES[source](given))
        made = keras.Model(given, k.LayerNormalization()(inner))
        wanted = np.asarray(made(x), np.float64)
        seen = np.asarray(keras.Model(given, inner)(x))
    except Exception as error:  # Keras has no such function of this type
        assert not source.startswith("float"), error
        return
    if seen.dtype.kind == "f":
        assert np.abs(of(tmp_path / "m.keras", made, x) - wanted).max() < 2e-6
    else:
        with pytest.raises(UnsupportedError, match="cuts what it makes of them off"):
            of(tmp_path / "m.keras", made, x)


@pytest.mark.filterwarnings("ignore")
def test_integers_as_inputs(tmp_path: Path) -> None:
    x = np.random.default_rng(7).integers(-3, 4, (5, 6, 3))
    given = keras.Input((6, 3), dtype="int32")
    made = keras.Model(given, k.LayerNormalization()(k.Rescaling(0.5)(given)))
    assert np.abs(of(tmp_path / "floats.keras", made, x) - np.asarray(made(x), np.float64)).max() < 2e-6
    with pytest.raises(UnsupportedError, match="cuts what it makes of them off"):
        of(tmp_path / "whole.keras", keras.Model(given, k.LayerNormalization()(given)), x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("clipped", [lambda y: o.clip(y, -0.5, 2), k.ReLU(max_value=1.5)])
def test_integers_clipped_within_two_of_them(clipped: Make, tmp_path: Path) -> None:
    given = keras.Input((6, 3))
    x = np.random.default_rng(7).normal(size=(5, 6, 3)).astype(np.float32)
    with pytest.raises(UnsupportedError, match="cuts off to integers"):
        of(tmp_path / "whole.keras", keras.Model(given, clipped(o.cast(given, "int32"))), x)
    made = keras.Model(given, clipped(given))
    assert np.abs(of(tmp_path / "floats.keras", made, x) - np.asarray(made(x))).max() < 1e-6
