"""Functions that make bare operators, which are layers of their own in a functional model: all that Gatesmith's
registries name. No operator is named here; what a call may be given is in ``layers/signatures_operators``."""

import inspect
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import gatesmith.importers.keras.layers.operation
from gatesmith.importers.keras.layers.operators import OPERATORS
from gatesmith.importers.keras.layers.spellings import ROOMS, operator_of, renamed

from .recipe import Call, function_of

assert gatesmith.importers.keras.layers.operation, "it fills the registry"


@dataclass(frozen=True)
class Function:
    """A function that makes an operator: where it is in its package, the operator's name, and what it calls Keras 3's
    parameters."""

    path: str
    name: str
    keywords: Mapping[str, str]


@cache
def functions(package: str) -> tuple[Function, ...]:
    """All functions of a Keras that the importer reads; its registries hold names of other generations too."""
    listed = []
    operators = ((f"ops.{snake(name)}", name) for name in OPERATORS)
    for path, name in operators if package == "keras" else tensorflow_functions():
        try:
            signature = inspect.signature(function_of(import_module(package), path)).parameters.values()
        except AttributeError:
            continue
        older, read = package != "keras", OPERATORS[name].function
        taken = [(renamed(p.name, name) if older else p.name, p) for p in signature]
        keywords = {
            own: p.name
            for own, p in taken
            if p.name != "name" and p.kind is not p.VAR_KEYWORD and (not older or own in read or p.default is p.empty)
        }
        listed.append(Function(path, name, keywords))
    return tuple(sorted(listed, key=lambda each: each.path))


def tensorflow_functions() -> Iterator[tuple[str, str]]:
    """Paths of TensorFlow's functions that are read, and Keras 3's operators for them."""
    tensorflow = import_module("tensorflow")
    for room in ROOMS:
        for word in dir(getattr(tensorflow, room, None) if room else tensorflow):
            name = operator_of(word) if not word.startswith("_") else None
            if name is not None and inspect.isfunction(getattr(getattr(tensorflow, room, tensorflow), word, None)):
                yield f"{room}.{word}".removeprefix("."), name


def snake(name: str) -> str:
    """``LogSoftmax``, of which ``log_softmax`` makes an operation."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def calls(package: str, name: str, arguments: Mapping[str, Any], but: Container[str] = ()) -> Iterator[Call]:
    """An operator's calls with these arguments, by each function of a Keras for it that has them."""
    for function in functions(package):
        own = function.path == f"ops.{name}" if package == "keras" else snake(function.name) == name
        if own and arguments.keys() <= function.keywords.keys() and function.path not in but:
            row = arguments.get("operands", ())
            named = {function.keywords[key]: value for key, value in arguments.items() if key != "operands"}
            yield Call(function.path, (*named.values(), *row), {}) if row else Call(function.path, (), named)
