"""Every option in a file is used, neutral, at its default, or refused by name: at every depth."""

from typing import Any

import numpy as np
import pytest
from dialect_files import archive, dense, functional, layer, normal, recurrent, sequential, source

from gatesmith.core.errors import ModelError, UnsupportedError
from gatesmith.core.graph import Graph
from gatesmith.importers.keras.dialect.interpret import interpret
from gatesmith.importers.keras.dialect.ledger import Ledger
from gatesmith.importers.keras.importer import build

LSTM = {"units": 2, "name": "lstm_cell"}
CELL = recurrent("LSTM", 3, 2, "lstm")


def graph(*layers: Any, arrays: Any = None, version: str = "2.11.0", shape: tuple[int, ...] = (4, 3)) -> Graph:
    named = {one["config"]["name"]: stored for one, stored in zip(layers, arrays or [], strict=False)}
    return build(interpret(archive(sequential(source("x", *shape), *layers), named, version)))


def wrapped(kind: str, inner: Any, **config: Any) -> Any:
    return layer(kind, name="outer", layer=inner, **config)


def rnn(*cells: Any, **stack: Any) -> Any:
    cell = cells[0] if len(cells) == 1 else layer("StackedRNNCells", cells=list(cells), **stack)
    return layer("RNN", name="rnn", cell=cell, return_sequences=True)


NOVEL = {"scale_by": 2}
CASES = {
    "layer": (layer("Dense", name="d", units=2, **NOVEL), dense(3, 2)),
    "layer without weights": (layer("Flatten", name="d", **NOVEL), []),
    "layer in a wrapper": (wrapped("TimeDistributed", layer("Dense", name="d", units=2, **NOVEL)), dense(3, 2)),
    "wrapper": (wrapped("TimeDistributed", layer("Dense", name="d", units=2), **NOVEL), dense(3, 2)),
    "recurrent layer": (layer("LSTM", name="d", units=2, **NOVEL), CELL),
    "half of a Bidirectional": (wrapped("Bidirectional", layer("LSTM", name="d", units=2, **NOVEL)), [*CELL, *CELL]),
    "cell": (rnn(layer("LSTMCell", **LSTM, **NOVEL)), CELL),
    "cell of a stack": (
        rnn(layer("LSTMCell", **LSTM), layer("LSTMCell", units=2, name="b", **NOVEL)),
        [*CELL, *recurrent("LSTM", 2, 2, "b")],
    ),
    "stack": (
        rnn(layer("LSTMCell", **LSTM), layer("LSTMCell", units=2, name="b"), **NOVEL),
        [*CELL, *recurrent("LSTM", 2, 2, "b")],
    ),
    "activation": (layer("Dense", name="d", units=2, activation=layer("LeakyReLU", alpha=0.1, **NOVEL)), dense(3, 2)),
    "activation by a class without options": (
        layer("Dense", name="d", units=2, activation=layer("softplus", **NOVEL)),
        dense(3, 2),
    ),
    "option that is read at its default alone": (
        layer("CategoryEncoding", name="d", num_tokens=3, output_mode="one_hot", scale_by=2, sparse=True),
        [],
    ),
    "policy": (layer("Dense", name="d", units=2, dtype=layer("Policy", name="float32", scale_by=2)), dense(3, 2)),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_unknown_options_are_refused_by_name(case: str) -> None:
    described, arrays = CASES[case]
    with pytest.raises(UnsupportedError, match="scale_by=2"):
        graph(described, arrays=[arrays])


@pytest.mark.parametrize("case", sorted(set(CASES) - {"option that is read at its default alone"}), ids=str)
def test_an_option_without_a_value_is_none(case: str) -> None:
    """Keras writes None for what was not given: releases that add an option do so."""
    described, arrays = CASES[case]
    assert graph(_without(described), arrays=[arrays]).outputs


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: None if key == "scale_by" else _without(item) for key, item in value.items()}
    return [_without(item) for item in value] if isinstance(value, list) else value


def test_no_option_of_a_layer_that_does_nothing_matters() -> None:
    assert not graph(layer("Dropout", name="d", rate=0.5, **NOVEL)).nodes


def test_an_input_is_held_to_its_options() -> None:
    described = sequential(source("x", 3) | {"config": {**source("x", 3)["config"], "scale_by": 2}})
    with pytest.raises(UnsupportedError, match="scale_by=2"):
        interpret(archive(described, {}))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("Permute", {"dims": None}, "do not permute"),
        ("MelSpectrogram", {"fft_length": 8, "sequence_length": "x", "sequence_stride": 2}, "is a whole number"),
        ("MelSpectrogram", {"fft_length": 8, "sequence_length": 8, "sequence_stride": [2]}, "is a whole number"),
    ],
    ids=str,
)
def test_an_option_of_another_type_is_refused(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        graph(layer(kind, name="odd", **options), version="3.15.1")


TENSOR = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ([TENSOR], {"scale_by": 2}, "scale_by=2"),
        ([TENSOR, TENSOR], {}, "by position"),
        ([TENSOR, None, None, 3], {}, "by position"),
        ([TENSOR], {"mask": {"class_name": "__numpy__", "config": {"value": [[1, 0, 1, 1]]}}}, "in place of a layer"),
        ([TENSOR], {"mask": [True, False]}, "is called with True in place"),
        ([TENSOR, 3], {}, "training=3"),
        ([TENSOR], {"training": TENSOR}, "training"),
        ([TENSOR], {"scale_by": None, "mask": None, "training": False}, ""),
    ],
    ids=str,
)
def test_arguments_of_a_call(args: Any, kwargs: Any, message: str) -> None:
    pool = layer("GlobalAveragePooling1D", name="pool", trainable=True)
    described = functional([(source("x", 4, 3), []), (pool, [{"args": args, "kwargs": kwargs}])], [["pool", 0, 0]])
    content = archive(described, {}, "3.15.1")
    if message:
        with pytest.raises(UnsupportedError, match=message):
            build(interpret(content))
    else:
        assert build(interpret(content)).nodes
    old = [[["x", 0, 0, kwargs]]]
    described = functional([(source("x", 4, 3), []), (pool, old)], [["pool", 0, 0]])
    if kwargs.get("scale_by"):
        with pytest.raises(UnsupportedError, match="scale_by=2"):
            build(interpret(archive(described, {})))


def operation(name: str, **config: Any) -> Graph:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    one = layer(name, name="op", **config) | {"module": "keras.src.ops.numpy"}
    described = functional([(source("x", 4, 3), []), (one, [{"args": [tensor], "kwargs": {}}])], [["op", 0, 0]])
    return build(interpret(archive(described, {}, "3.15.1")))


def test_arguments_of_operators() -> None:
    assert operation("Mean", axis=1, keepdims=True, initial=None).nodes
    with pytest.raises(UnsupportedError, match="has scale_by=2"):
        operation("Mean", axis=1, scale_by=2)
    with pytest.raises(UnsupportedError, match="has initial="):
        operation("Mean", axis=1, initial=0.5)


def test_initial_bounds_a_maximum() -> None:
    from gatesmith.oracle.reference import Reference

    x = normal(5, 4, 3)
    for name, low in (("Max", np.maximum), ("Min", np.minimum)):
        (answer,) = Reference(operation(name, axis=1, initial=0.25)).run([x])
        np.testing.assert_allclose(answer, low(getattr(np, name.lower())(x, axis=1), 0.25), rtol=1e-6)


def test_a_ledger_knows_what_was_asked() -> None:
    first = Ledger({"a": 1, "b": 2, "c": 3})
    first.owed |= first
    assert "a" in first and dict(first) == {"a": 1, "b": 2, "c": 3}
    assert first.unread() == {"a": 1, "b": 2, "c": 3}
    second = first | {"d": 4}
    assert second["a"] == 1 and second.get("b") == 2 and second["d"] == 4
    assert first.unread() == {"c": 3} == second.unread()
