"""Integers and truth values within a model: what Keras cuts off to them is refused, floats made of them are right,
and each tensor has Keras's own type. Of 8 and 16 bits, what Keras wraps round is refused, and all else has Keras's
values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from everything import EVERYTHING

import gatesmith
from gatesmith.core.errors import UnsupportedError
from gatesmith.core.settings import Settings
from gatesmith.importers.keras.importer import Importer
from gatesmith.importers.keras.layers.narrow import type_of
from gatesmith.importers.reading import load
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


def of(path: Path, model: Any, x: np.ndarray) -> np.ndarray:
    """The reference's answer; the model is read from a file."""
    model.save(path)
    [answer] = Reference(gatesmith.load(path), np.float64).run([x])
    return answer


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("source", "between"),
    [(s, b) for n, s in enumerate(SOURCES) for m, b in enumerate(BETWEEN) if EVERYTHING or (n + m) % 4 < 2],
)
def test_what_a_norm_is_given(source: str, between: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(5, 6, 3)).astype(np.float32)
    inputs = keras.Input((6, 3))
    try:
        inner = BETWEEN[between](SOURCES[source](inputs))
        model = keras.Model(inputs, k.LayerNormalization()(inner))
        wanted = np.asarray(model(x), np.float64)
        values = np.asarray(keras.Model(inputs, inner)(x))
    except Exception as error:  # Keras has no such function of this type
        assert not source.startswith("float"), error
        return
    if values.dtype.kind == "f":
        assert np.abs(of(tmp_path / "m.keras", model, x) - wanted).max() < 2e-6
    else:
        with pytest.raises(UnsupportedError, match=r"cuts what it makes of them off|computes with truth values"):
            of(tmp_path / "m.keras", model, x)


@pytest.mark.filterwarnings("ignore")
def test_integers_as_inputs(tmp_path: Path) -> None:
    x = np.random.default_rng(7).integers(-3, 4, (5, 6, 3))
    inputs = keras.Input((6, 3), dtype="int32")
    model = keras.Model(inputs, k.LayerNormalization()(k.Rescaling(0.5)(inputs)))
    assert np.abs(of(tmp_path / "floats.keras", model, x) - np.asarray(model(x), np.float64)).max() < 2e-6
    with pytest.raises(UnsupportedError, match="cuts what it makes of them off"):
        of(tmp_path / "whole.keras", keras.Model(inputs, k.LayerNormalization()(inputs)), x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("clipped", [lambda y: o.clip(y, -0.5, 2), k.ReLU(max_value=1.5)])
def test_integers_clipped_within_two_of_them(clipped: Make, tmp_path: Path) -> None:
    inputs = keras.Input((6, 3))
    x = np.random.default_rng(7).normal(size=(5, 6, 3)).astype(np.float32)
    with pytest.raises(UnsupportedError, match="cuts off to integers"):
        of(tmp_path / "whole.keras", keras.Model(inputs, clipped(o.cast(inputs, "int32"))), x)
    model = keras.Model(inputs, clipped(inputs))
    assert np.abs(of(tmp_path / "floats.keras", model, x) - np.asarray(model(x))).max() < 1e-6


TYPED: dict[str, Callable[[Any, Any, Any], Any]] = {
    **{
        f"truth {n}": lambda t, w, x, n=n: n(t, axis=-1) for n in (o.sum, o.max, o.min, o.any, o.mean, o.argmax, o.prod)
    },
    **{f"whole {n}": lambda t, w, x, n=n: n(w, axis=-1) for n in (o.sum, o.max, o.cumsum, o.count_nonzero, o.mean)},
    **{f"mixed {n}": lambda t, w, x, n=n: n(t, w) for n in (o.add, o.multiply, o.maximum, o.equal, o.subtract)},
    **{f"floats {n}": lambda t, w, x, n=n: n(t, x) for n in (o.add, o.multiply, o.maximum, o.greater, o.heaviside)},
    **{f"number {n}": lambda t, w, x, n=n: n(t, 2) for n in (o.add, o.multiply, o.maximum, o.equal, o.mod)},
    **{f"float {n}": lambda t, w, x, n=n: n(w, 2.0) for n in (o.add, o.multiply, o.maximum, o.greater, o.mod)},
    **{f"alone {n}": lambda t, w, x, n=n: n(t) for n in (o.square, o.fabs, o.logical_not, o.triu, o.zeros_like)},
    "chosen floats": lambda t, w, x: o.where(t, 1.0, 0.0),
    "chosen integers": lambda t, w, x: o.where(t, 1, 0),
    "chosen truths": lambda t, w, x: o.where(t, x > 1, x < -1),
    "truth of a sum": lambda t, w, x: o.cast(o.add(t, 1.0) * 2.0, "bool"),
    "count of a sum": lambda t, w, x: o.sum(o.cast(o.add(t, 1), "bool"), axis=1),
    "integer of a cast": lambda t, w, x: o.cast(o.cast(t, "float32") * 0.5 + 0.4, "int32"),
    "filled with truth": lambda t, w, x: o.full_like(t, 2.0),
    "filled with integers": lambda t, w, x: o.full_like(w, 1.5),
    "halves cut toward 0": lambda t, w, x: o.cast(x * 1.5, "int32") // 2,
    "quotient by an integer 0": lambda t, w, x: o.sign(1.0 / o.cast(x * 0.01, "int32")),
}


@pytest.mark.filterwarnings("ignore")
def test_types_and_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations of booleans, integers and floats, with each other and with numbers, have Keras's types and values."""
    types: list[str] = []
    inline = Importer.inline

    def noted(self: Importer, *arguments: Any) -> Any:
        results = inline(self, *arguments)
        types[:] = [self.builder.types.get(value.tensor, "") for value in results]
        return results

    monkeypatch.setattr(Importer, "inline", noted)
    x = np.random.default_rng(5).normal(size=(4, 5, 5)).astype(np.float32)
    inputs = keras.Input((5, 5))
    outputs = [make(inputs > 0.2, o.cast(inputs * 3, "int32"), inputs) for make in TYPED.values()]
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "m.keras")
    computed = Reference(gatesmith.load(tmp_path / "m.keras"), np.float64).run([x])
    for name, kind, output, value, wanted in zip(TYPED, types, outputs, computed, model(x), strict=True):
        assert kind == type_of(output.dtype), name
        np.testing.assert_allclose(value, np.asarray(wanted, np.float64), atol=1e-5, err_msg=name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [lambda t: o.matmul(t, o.transpose(t, (0, 2, 1))), o.diff, k.Dot(2)])
def test_logic_of_truth_values(make: Make, tmp_path: Path) -> None:
    inputs = keras.Input((5, 5))
    truths = [inputs > 0.2, inputs > 0.4]
    model = keras.Model(inputs, make(truths if isinstance(make, k.Dot) else truths[0]))
    with pytest.raises(UnsupportedError, match="computes with truth values"):
        of(tmp_path / "m.keras", model, np.zeros((1, 5, 5), np.float32))


@pytest.mark.filterwarnings("ignore")
def test_product_by_truth_values_in_keras_2(tmp_path: Path) -> None:
    """tf.keras gives a boolean: whether both are not 0."""
    layers = pytest.importorskip("tf_keras", reason="tf_keras is not installed").layers
    inputs = layers.Input((5, 5))
    models = pytest.importorskip("tf_keras").models
    x = np.random.default_rng(5).normal(size=(4, 5, 5)).astype(np.float32)
    with pytest.raises(UnsupportedError, match="which gives truth values"):
        of(tmp_path / "m.h5", models.Model(inputs, layers.Multiply()([inputs > 0.2, inputs])), x)
    model = models.Model(inputs, layers.Multiply()([inputs > 0.2, inputs < 0.9]))
    np.testing.assert_array_equal(of(tmp_path / "both.h5", model, x), np.asarray(model(x)))


L, ops = keras.layers, keras.ops
VALUES = {
    "uint8": [0, 1, 100, 128, 200, 255],
    "int8": [-128, -1, 0, 1, 100, 127],
    "int16": [-32768, -1, 0, 300, 20000, 32767],
    "int32": [-70000, -129, -1, 0, 255, 40000],
    "float32": [-300.5, -1.5, 0.0, 0.5, 127.5, 300.0],
}
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
