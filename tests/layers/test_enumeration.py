"""Every layer and every operator of the installed Kerases is read, or refused with a reason: a new release of Keras
with a new class fails here."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gatesmith.importers.keras.dialect.allowed import is_read
from gatesmith.importers.keras.dialect.refusals import LAYERS, Refusal
from gatesmith.importers.keras.dialect.refusals import OPERATORS as REFUSED
from gatesmith.importers.keras.layers.operators import OPERATORS

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")
tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is not installed")

BY_ITS_OWN_MESSAGE = {"Lambda"}
NO_OPERATION = {
    *("bartlett", "blackman", "hamming", "hanning", "empty", "eye", "identity", "ones", "tri", "zeros"),  # constants
    *("convert_to_numpy", "custom_gradient", "dtype", "is_tensor", "shape", "vectorize"),  # no tensor, or Python code
    *("abs", "conj"),  # other names of absolute and conjugate
}
"""Functions of ``keras.ops`` that make no operation of their own."""
INTERNAL = {"Function", "Functional", "Sequential", "Model", "Operation"}


def _listed(groups: tuple[Refusal, ...]) -> list[str]:
    return [name for group in groups for name in group.classes]


def _operations() -> Iterator[str]:
    """Names of the classes of bare operations, as files have them."""
    base = keras.Operation
    waiting: list[Any] = list(base.__subclasses__())
    while waiting:
        kind = waiting.pop()
        if not issubclass(kind, keras.layers.Layer):
            waiting += kind.__subclasses__()
            if kind.__module__.startswith("keras.src."):
                yield kind.__name__


@pytest.mark.parametrize("package", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_every_layer_is_read_or_has_a_reason(package: Any) -> None:
    classes = {kind.__name__ for kind in vars(package.layers).values() if inspect.isclass(kind)}
    known = {*_listed(LAYERS), *BY_ITS_OWN_MESSAGE}
    assert len(classes) > 100
    assert sorted(name for name in classes if not is_read(name) and name not in known) == []


def test_every_operation_is_read_or_has_a_reason() -> None:
    classes = {*_operations()} - INTERNAL
    assert len(classes) > 300
    assert sorted(classes - {*OPERATORS} - {*_listed(REFUSED)}) == []


def test_every_function_of_ops_makes_a_known_operation() -> None:
    classes = {*_operations()}
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
