"""docs/layers.md lists what files may hold, as the registry has it. ``make golden`` writes it again."""

import os
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from inspect import isabstract
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType

import numpy as np

from gatesmith import layers
from gatesmith.backends.c99.kernels import sets
from gatesmith.backends.c99.kernels.base import Ask
from gatesmith.backends.micropython.text import has
from gatesmith.core.op import Op
from gatesmith.importers.keras.dialect import refusals
from gatesmith.importers.keras.dialect.kinds import KINDS
from gatesmith.importers.keras.layers.operators import OPERATORS
from gatesmith.layers.integer import RULES
from gatesmith.numerics import NUMERICS
from gatesmith.numerics.base import Numeric

PAGE = Path(__file__).resolve().parents[2] / "docs" / "layers.md"
HEAD = """# Layers

Every layer class that Gatesmith reads, from every Keras that has it. `make golden` writes this page from
`gen/importers/keras/layers/`. The options are those that change the outputs of a trained layer, under Keras 3's names;
earlier names are read too. Gatesmith refuses all other layers by name, with a way around them: [below](#not-read).

| layer | options | also named |
| --- | --- | --- |
"""
OPERATIONS = """
## Operators

Bare operations of functional models, by Keras 3's class names: `ops.max` is `Max`. TensorFlow's operations, which
tf.keras writes, are read as these.

"""
WRITTEN = """
## Where they run

A layer or operator becomes one op or several. The table shows for each op whether C and MicroPython have code for it,
in floats ({floats}) and in integers ({integers}), and the instruction sets with a function of their own for it. The
matrices of ops marked * are multiplied by the kernels [below](#matrix-products). A view is read from its input's memory
and needs no code.

| op | C: floats | integers | MicroPython: floats | integers | kernels of its own |
| --- | --- | --- | --- | --- | --- |
"""
PRODUCTS = """
## Matrix products

The instruction sets of C with a kernel for a vector times a matrix of 64 inputs and 32 rows, by numeric type. A target
uses its own sets in the order of its file, and `plain` for all other matrices.

| numeric type | weights | inputs | instruction sets |
| --- | --- | --- | --- |
"""
SHAPE, BOUND = (64, 32), 1 << 20
"""Inputs and rows of the matrices by which kernels are asked, and the largest sum of a row."""
NOT_READ = """
## Not read

| {} | why | instead |
| --- | --- | --- |
"""


def rows() -> Iterator[str]:
    """One a kind, by name."""
    kinds = {id(kind): kind for kind in KINDS.values() if kind.in_files}
    for kind in sorted(kinds.values(), key=lambda kind: kind.name):
        words = ", ".join(f"`{option.name}`" for option in kind.options)
        options = "; ".join(part for part in (words, kind.remark) if part)
        yield f"| {kind.name} | {options} | {', '.join(kind.aliases)} |"


def ops() -> Iterator[type[Op]]:
    """All of floats, by their kinds."""
    modules = [import_module(f"{layers.__name__}.{each.name}") for each in iter_modules(layers.__path__)]
    members = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    yield from sorted((each for each in members if issubclass(each, Op) and not isabstract(each)), key=_kind)


def _kind(op: type[Op]) -> str:
    return op.kind


def integer_kinds(op: type[Op]) -> set[str]:
    """What the rule of an op, and the functions that it calls, name; the op itself where that is no other."""
    if op not in RULES:  # made of another by a pass, in integers too
        return {f"integer_{op.kind}"} & {integer.kind for integer in op.__subclasses__()}
    pending, visited, kinds = [RULES[op].rule], set[object](), set[str]()
    while pending:
        function = pending.pop()
        visited.add(function)
        for name in function.__code__.co_names:
            part = getattr(sys.modules[function.__module__], name, None)
            if isinstance(part, FunctionType) and part not in visited and "layers" in part.__module__:
                pending.append(part)
            if isinstance(part, type) and issubclass(part, Op):
                other = part in RULES and RULES[part].rule is not RULES[op].rule
                kinds |= {_kind(part)} if other or _kind(part).startswith("integer_") else set()
    return kinds or {op.kind}


def _runs() -> Iterator[str]:
    """One row for each op."""
    kernels = {name: sets.kernel_set(name) for name in sets.names() if name != sets.PLAIN}
    for op in ops():
        kinds = integer_kinds(op)
        view = "view" if op.view is not None else "yes"
        names = [
            name
            for name, kernel_set in kernels.items()
            if any({op.kind, *kinds} & set(kernel.kinds) for kernel in kernel_set.layers)
        ]
        cells = (
            view,
            view if kinds else "no",
            view if view == "view" or _micropython("float", op.kind) else "no",
            view if kinds and (view == "view" or all(_micropython("viper", kind) for kind in kinds)) else "no",
        )
        yield f"| {op.kind}{' *' if op.stored else ''} | {' | '.join(cells)} | {', '.join(names)} |"


def _micropython(folder: str, kind: str) -> bool:
    paths = (f"layers/{kind.removeprefix('integer_')}.mako", f"{folder}/{kind}.mako")
    return any(map(has, paths)) or any(op.moves for op in ops() if op.kind == kind)


def _asks(numeric: Numeric) -> Iterator[Ask]:
    """A matrix of random weights as layers of a numeric type multiply it; in int8, inputs may keep 16 bits."""
    storage, weights = numeric.weights, np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    if not numeric.integer:
        yield Ask(storage.name, "float32", *storage.store(weights))
        return
    levels = np.clip(np.round(weights * storage.most / 3), -storage.most, storage.most).astype(storage.dtype)
    multiples = None if storage.group is None else np.ones((SHAPE[0] // storage.group, SHAPE[1]), np.int8)
    for inputs in dict.fromkeys((numeric.dtype.name, "int16")):
        yield Ask(storage.name, inputs, levels, multiples, BOUND)


def _products() -> Iterator[str]:
    """A row a numeric type and type of inputs."""
    for numeric in NUMERICS.values():
        for ask in _asks(numeric):
            names = [name for name in sets.names() if any(gemv.takes(ask) for gemv in sets.kernel_set(name).gemvs)]
            yield f"| {numeric.name} | {ask.storage} | {ask.inputs} | {', '.join(names)} |"


def _where() -> str:
    names = {integer: [n.name for n in NUMERICS.values() if n.integer == integer] for integer in (False, True)}
    words = {"floats": names[False], "integers": names[True]}
    head = WRITTEN.format(**{key: ", ".join(value) for key, value in words.items()})
    text, _, table = head.partition("\n\n|")
    wrapped = "\n\n".join(textwrap.fill(part, 118) for part in text.strip("\n").split("\n\n"))
    return f"\n{wrapped}\n\n|{table}" + "\n".join(_runs()) + "\n" + PRODUCTS + "\n".join(_products()) + "\n"


def test_page_of_layers() -> None:
    operators = "\n".join(textwrap.wrap(", ".join(sorted(OPERATORS)), 118))
    read, others = (
        "\n".join(f"| {', '.join(group.classes)} | {group.why} | {group.fix} |" for group in groups)
        for groups in (refusals.LAYERS, refusals.OPERATORS)
    )
    heads = NOT_READ.format("layers"), NOT_READ.format("operators").replace("## Not read\n\n", "")
    text = f"{HEAD}{chr(10).join(rows())}\n{OPERATIONS}{operators}\n{_where()}{heads[0]}{read}\n{heads[1]}{others}\n"
    if os.environ.get("GATESMITH_GOLDEN") == "write":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
