"""Integers of 8 and 16 bits: what Keras wraps round is refused, and all else has Keras's values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.oracle.reference import Reference

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
L, ops = keras.layers, keras.ops
VALUES = {
    "uint8": [0, 1, 100, 128, 200, 255],
    "int8": [-128, -1, 0, 1, 100, 127],
    "int16": [-32768, -1, 0, 300, 20000, 32767],
    "int32": [-70000, -129, -1, 0, 255, 40000],
    "float32": [-300.5, -1.5, 0.0, 0.5, 127.5, 300.0],
}
Make = Callable[[Any], Any]
WRAPPING: tuple[tuple[str, Make], ...] = (
    *(
        (dtype, make)
        for dtype in ("uint8", "int8", "int16")
        for make in (
            lambda x: x - 128,
            lambda x: x * 2,
            lambda x: 7 - x,
            lambda x: x + x,
            lambda x: -x,
            ops.square,
            lambda x: ops.power(x, 2),
            lambda x: L.Add()([x, x]),
            lambda x: L.Average()([x, x]),
            lambda x: L.Multiply()([x, ops.flip(x, axis=1)]),
            lambda x: L.Add()([L.Reshape((6,))(x), L.Concatenate()([x[:, :3], x[:, 3:]])]),
            lambda x: L.Dot(1)([x, x]),
            lambda x: ops.where(x > 3, x, 70000),
            lambda x: ops.max(ops.max(x, axis=1, keepdims=True) * 2 + x, axis=1),
        )
    ),
    ("int32", lambda x: ops.cast(x, "int8")),
    ("int32", lambda x: ops.cast(x, "uint8") * 1.0),
    ("int16", lambda x: ops.cast(x, "uint8")),
    ("int8", lambda x: ops.cast(x, "uint8")),
    ("float32", lambda x: ops.cast(x * 2.0, "uint8")),
    ("float32", lambda x: ops.cast(ops.clip(x, 0, 300), "uint8")),
    ("uint8", lambda x: ops.maximum(x, -5)),
    ("int32", lambda x: x * 100_000_000),
    ("int32", lambda x: (x * 2_654_435) * 1024 % 7 + 2**30),
    ("float32", lambda x: ops.cast(ops.clip(x, -1e10, 1e10), "int32")),
    ("int32", lambda x: ops.saturate_cast(L.IntegerLookup(vocabulary=[3, 8], output_mode="count")(x), "float32")),
)
SAME: tuple[tuple[str, Make], ...] = (
    *(
        (dtype, make)
        for dtype in ("uint8", "int8", "int16")
        for make in (
            lambda x: ops.cast(x, "float32") - 128,
            lambda x: ops.cast(x, "int32") * 2,
            lambda x: x / 255,
            lambda x: x * 2.0,
            lambda x: (x - 0.5) / 3.0,
            L.Rescaling(1 / 127.5, -1),
            lambda x: L.Maximum()([x, ops.flip(x, axis=1)]),
            lambda x: ops.sum(x, axis=1),
            lambda x: ops.mean(x, axis=1),
            lambda x: ops.max(x, axis=1),
            lambda x: ops.cast(x > 3, "int8"),
            lambda x: ops.where(x > 3, x, 0),
            lambda x: L.Concatenate()([x, x]),
            lambda x: L.Add()([x, ops.cast(x, "int32")]),
        )
    ),
    ("uint8", lambda x: ops.cast(x, "int16")),
    ("float32", lambda x: ops.cast(ops.clip(x, 0, 255), "uint8")),
    ("float32", lambda x: ops.cast(ops.round(ops.clip(x, -100, 100)), "int8")),
    ("float32", lambda x: ops.saturate_cast(x, "int8")),
    ("int32", lambda x: ops.saturate_cast(x, "uint8")),
    ("int32", lambda x: x * 2),
    ("int32", lambda x: ops.cast(x, "float32") * 1e8),
    ("int32", lambda x: ops.cast(x > 3, "int32") * -1_000_000_000),
    ("float32", lambda x: ops.cast(ops.clip(x, -1e6, 1e6), "int32")),
)


def results(dtype: str, make: Make, folder: Path) -> tuple[Any, Any]:
    """The reference's answer and Keras's."""
    inputs = keras.Input((6,), dtype=dtype)
    model = keras.Model(inputs, make(inputs))
    model.save(folder / "model.keras")
    x = np.array([VALUES[dtype], VALUES[dtype][::-1]], dtype)
    graph = load(folder / "model.keras", Settings()).graph
    return Reference(graph).run([x])[0], np.asarray(model(x), np.float64)


@pytest.mark.parametrize("index", range(len(WRAPPING)))
def test_what_wraps_is_refused(index: int, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="wrap"):
        results(*WRAPPING[index], tmp_path)


@pytest.mark.parametrize("index", range(len(SAME)))
def test_what_does_not_wrap_is_the_same(index: int, tmp_path: Path) -> None:
    got, wanted = results(*SAME[index], tmp_path)
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("op", [ops.cumsum, ops.prod])
def test_a_type_of_whole_numbers_that_an_operator_computes_in_is_refused(op: Make, tmp_path: Path) -> None:
    """Fractions are cut off before; it was read as floats."""
    x = keras.Input((3, 3))
    keras.Model(x, op(x, axis=-1, dtype="int32")).save(tmp_path / "m.keras")
    with pytest.raises(UnsupportedError, match="computes in int32") as refused:
        load(tmp_path / "m.keras", Settings())
    assert "keras.ops.cast" in refused.value.fix[0]
    keras.Model(x, op(x, axis=-1)).save(tmp_path / "plain.keras")
    load(tmp_path / "plain.keras", Settings())
