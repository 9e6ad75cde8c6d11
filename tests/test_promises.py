"""What CONTRIBUTING promises of adding a layer: its own files, and not a line elsewhere."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from gatesmith import layers
from gatesmith.core.op import Op
from gatesmith.importers.keras.dialect.kinds import KINDS, cells
from gatesmith.layers import integer

GEN = Path(__file__).resolve().parent.parent / "gen"
ROOMS = ("layers", "importers/keras/layers")
"""Rooms with a file a layer."""
SHARED = sorted(
    path
    for path in GEN.rglob("*.py")
    if not any(path.relative_to(GEN).as_posix().startswith(f"{room}/") for room in ROOMS)
)
ALLOWED = {"importers/keras/dialect/masks.py": {"Concatenate"}}
"""Names that are not a layer's there: of an operation that Keras 3 writes masks with."""
NAMES = {*KINDS, *(f"{name}Cell" for name in cells())}
"""Every class of layers that is read."""


def ops() -> set[str]:
    """Names of all op classes, base classes too."""
    for room in (layers, integer):
        for module in iter_modules(room.__path__):
            import_module(f"{room.__name__}.{module.name}")
    names, waiting = set(), [Op]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        names.add(one.__name__)
    return names


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are not documentation."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


def class_checks(tree: ast.AST, classes: set[str]) -> Iterator[ast.Call | ast.MatchClass]:
    """What asks an object whether it is of one of these classes: all code outside a layer's files asks for traits."""
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass):
            named = [node.cls]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass"):
            named = node.args[1:]
        else:
            continue
        words = {getattr(each, "id", getattr(each, "attr", "")) for one in named for each in ast.walk(one)}
        if words & classes:
            yield node


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.relative_to(GEN).as_posix())
def test_shared_code_names_no_layer(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = NAMES - ALLOWED.get(path.relative_to(GEN).as_posix(), set())
    named = [f"line {node.lineno}: {node.value!r}" for node in strings(tree) if node.value in names]
    named += [f"line {node.lineno}: {ast.unparse(node)}" for node in class_checks(tree, ops())]
    assert named == []
