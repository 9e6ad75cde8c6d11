"""Every layer and every operator of the installed Kerases is read, or refused with a reason: a new release of Keras
with a new class fails here. Options of layers and arguments of operators as no Keras writes them are refused in
words, or read; never a crash."""

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import permutations
from typing import Any, ClassVar

import numpy as np
import pytest

import gatesmith.importers.keras.layers.operation
from gatesmith.core.errors import GatesmithError, UnsupportedError
from gatesmith.importers.keras.dialect.allowed import is_read
from gatesmith.importers.keras.dialect.build import describe
from gatesmith.importers.keras.dialect.config import Writer
from gatesmith.importers.keras.dialect.generations import Rules
from gatesmith.importers.keras.dialect.kinds import KINDS
from gatesmith.importers.keras.dialect.ledger import Ledger
from gatesmith.importers.keras.dialect.refusals import LAYERS, RefusalGroup
from gatesmith.importers.keras.dialect.refusals import OPERATORS as REFUSED
from gatesmith.importers.keras.dialect.site import Site
from gatesmith.importers.keras.dialect.source import Context, Source
from gatesmith.importers.keras.dialect.weights import Flat
from gatesmith.importers.keras.layers.base import Builder, Value
from gatesmith.importers.keras.layers.operation import used
from gatesmith.importers.keras.layers.operators import OPERATORS

assert gatesmith.importers.keras.layers.operation, "it fills the registry"
ODD: tuple[Any, ...] = (
    *(None, [], [[]], [1, 2, 3], [[1], [2, 3]], [None], ["a"], {}, {"class_name": "a", "config": 3}),
    *("x", "", -1, 0, 1, 2**40, 1.5, float("nan"), float("inf"), True),
)
PLAUSIBLE = {"size": 2, "int": 1, "axes": -1, "axes?": -1, "ints": [1], "sizes": [1], "float": 0.5, "flag": True}
CLASSES = sorted({kind.name for kind in KINDS.values() if kind.in_files})


def not_looked_into(*described: Any) -> Any:
    """A layer inside a wrapper: another test's."""
    raise UnsupportedError(f"wraps {described}")


@pytest.mark.parametrize("name", CLASSES)
def test_odd_options(name: str) -> None:
    kind, site = KINDS[name], Site("model.keras", "layer", name)
    table = (*kind.options, *(kind.cell.options if kind.cell is not None else ()))
    options = {option.name: PLAUSIBLE[option.kind] for option in table if option.kind in PLAUSIBLE}
    words = {*options, *(option.name for option in kind.options), "layer", "cell", "dtype", "quantizer"}
    for generation in ("Keras 3", "tf.keras 2", "Keras 1"):
        for word in sorted(words):
            for value in ODD:
                source = Source("layer", name, {**options, word: value}, (), Flat((), "layer"))
                with suppress(GatesmithError):
                    describe(source, Context(Writer(generation), layer=not_looked_into), site)


ODD_ARGUMENTS: tuple[Any, ...] = (
    *([], [[]], [[1], [2, 3]], [[0, 0], [1], [2, 3]], [1, 2, 3], [[1, 2], [3, 4]], [None], ["a"]),
    *("x", "", {"a": 1}, -1, 0, 1, 7, 2**40, 1.5, float("nan"), float("inf"), True, ...),
    *(slice(1, None), np.zeros((2, 3), np.float32), np.ones(1, np.float32), np.arange(3, dtype=np.float32)),
)
SHAPES = ((6, 4), (4, 4, 3))


class Seen(Ledger):
    """Arguments that keep the names that were ever asked for."""

    asked_of: ClassVar[set[str]] = set()

    def get(self, name: str, default: Any = None, /) -> Any:
        Seen.asked_of.add(name)
        return super().get(name, default)


def tried(name: str, shape: tuple[int, ...], arguments: Mapping[str, Any]) -> set[str]:
    """The names that an operator's reader asks for, given tensors and some arguments."""
    builder = Builder(Rules(), lambda spec, inputs, initial: [])
    tensors = {key: Value(builder.tensor(key, shape)) for key in OPERATORS[name].parameters}
    listed = {key: [tensors[key], tensors[key]] for key in ("xs", "operands") if key in tensors}
    Seen.asked_of = set()
    ledger = Seen({**tensors, **listed, **arguments})
    with suppress(GatesmithError):
        used(builder, name, ledger)
    return Seen.asked_of


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_odd_arguments(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatesmith.importers.keras.layers.operation.Ledger", Seen)
    for shape in SHAPES:
        asked, known = {"axis"}, set[str]()
        while asked - known:
            known |= asked
            for argument in sorted(asked):
                for value in ODD_ARGUMENTS:
                    asked |= tried(name, shape, {argument: value})
        for one, other in permutations(sorted(known), 2):
            tried(name, shape, {one: [1], other: [[0, 0], [1, 1]]})


def test_positions_outside_of_an_axis_are_refused() -> None:
    builder = Builder(Rules(), lambda spec, inputs, initial: [])
    arguments = {"x": Value(builder.tensor("x", (6, 4))), "indices": np.array([0, 6]), "axis": 1}
    with pytest.raises(GatesmithError, match="outside of an axis of 6"):
        used(builder, "Take", Ledger(arguments))


BY_ITS_OWN_MESSAGE = {"Lambda"}
NO_OPERATION = {
    *("bartlett", "blackman", "hamming", "hanning", "empty", "eye", "identity", "ones", "tri", "zeros"),  # constants
    *("convert_to_numpy", "custom_gradient", "dtype", "is_tensor", "shape", "vectorize"),  # no tensor, or Python code
    *("abs", "conj"),  # other names of absolute and conjugate
}
"""Functions of ``keras.ops`` that make no operation of their own."""
OF_NO_KERAS_3 = {"AddN", "FakeQuant", "Flatten", "Identity", "SignalSTFT", "SquaredDifference"}
"""Operators of TensorFlow, and a name of Ravel in files of one release."""
INTERNAL = {"Function", "Functional", "Sequential", "Model", "Operation"}


def _listed(groups: tuple[RefusalGroup, ...]) -> list[str]:
    return [name for group in groups for name in group.classes]


def _operations() -> Iterator[str]:
    """Names of the classes of bare operations, as files have them."""
    keras = pytest.importorskip("keras")
    waiting: list[Any] = keras.Operation.__subclasses__()
    while waiting:
        kind = waiting.pop()
        if not issubclass(kind, keras.layers.Layer):
            waiting += kind.__subclasses__()
            if kind.__module__.startswith("keras.src."):
                yield kind.__name__


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_every_layer_is_read_or_has_a_reason(package: str) -> None:
    layers = vars(pytest.importorskip(package).layers)
    classes = {kind.__name__ for kind in layers.values() if inspect.isclass(kind)}
    known = {*_listed(LAYERS), *BY_ITS_OWN_MESSAGE}
    assert len(classes) > 100
    assert sorted(name for name in classes if not is_read(name) and name not in known) == []


def test_every_operation_is_read_or_has_a_reason() -> None:
    classes = {*_operations()} - INTERNAL
    assert len(classes) > 300
    assert sorted(classes - {*OPERATORS} - {*_listed(REFUSED)}) == []
    assert {*OPERATORS} - classes <= OF_NO_KERAS_3


def test_every_function_of_ops_makes_a_known_operation() -> None:
    classes, keras = {*_operations()}, pytest.importorskip("keras")
    functions = {
        name: function
        for room in (keras.ops, keras.ops.nn, keras.ops.numpy, keras.ops.linalg, keras.ops.image)
        for name, function in vars(room).items()
        if inspect.isfunction(function)
    }
    assert len(functions) > 300
    plain = {
        name
        for name, function in functions.items()
        if not classes & {*re.findall(r"\b([A-Z]\w+)\(", inspect.getsource(function))}
    }
    assert plain == NO_OPERATION


def test_nothing_is_both_read_and_refused() -> None:
    layers, operators = _listed(LAYERS), _listed(REFUSED)
    assert len(set(layers)) == len(layers) and len(set(operators)) == len(operators)
    assert [name for name in layers if is_read(name)] == []
    assert [name for name in operators if name in OPERATORS] == []
