"""Ceilings of the house's size: what a reader has before them. One that goes up needs a commit that says for what."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE, TEMPLATES, TARGETS = 33_418, 12_500, 250_000
"""Lines of Python in gen/ without docstrings, comments, blank lines and imports; lines of Mako; bytes of targets/."""
ARGUMENTS, MANY = 8, 2
"""Arguments that a function should have at most, and how many functions have more."""
LONG, LONGER = 40, 18
"""Lines that a function should have at most, and how many functions have more."""
TESTS = 38_338
"""Lines of Python in tests/, all of them."""
SHOWN = 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


ROOMS = {"evidence": 2_940, "train": 721}
"""Lines of rooms with a ceiling of their own, Python and Mako together."""


def trees() -> Iterator[tuple[Path, str, ast.Module]]:
    for path in sorted((ROOT / "gen").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield path.relative_to(ROOT), text, ast.parse(text)


def lines_of_code(text: str, tree: ast.Module) -> int:
    skipped: set[int] = set()
    for node in ast.walk(tree):
        text_alone = (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )
        if text_alone or isinstance(node, (ast.Import, ast.ImportFrom)):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in skipped for n, line in lines)


def functions() -> Iterator[tuple[str, int, int]]:
    """Name, lines and arguments of every function."""
    for path, _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                count = (
                    len(node.args.args)
                    + len(node.args.kwonlyargs)
                    - (bool(node.args.args) and node.args.args[0].arg == "self")
                )
                yield f"{path}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1, count


def test_the_house_grows_no_more() -> None:
    rooms = {path: lines_of_code(text, tree) for path, text, tree in trees()}
    rooms |= {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "gen").rglob("*.mako")
    }
    sizes = {name: sum(count for path, count in rooms.items() if path.parts[1] == name) for name in ROOMS}
    code, templates = (
        sum(count for path, count in rooms.items() if path.suffix == kind and path.parts[1] not in ROOMS)
        for kind in (".py", ".mako")
    )
    targets = sum(path.stat().st_size for path in (ROOT / "targets").rglob("*.toml"))
    print(f"gen: {code:,} lines of code, {templates:,} of templates; targets: {targets:,} bytes")
    assert all(sizes[name] <= most for name, most in ROOMS.items()), sizes
    assert code <= CODE and templates <= TEMPLATES and targets <= TARGETS


def test_tests_grow_no_more() -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py"))
    print(f"tests: {lines:,} lines")
    assert lines <= TESTS


def test_functions_grow_no_more() -> None:
    sizes = list(functions())
    for name, length, _ in sorted(sizes, key=lambda one: -one[1])[:SHOWN]:
        print(f"{length} lines: {name}")
    many = [f"{name}: {count} arguments" for name, _, count in sizes if count > ARGUMENTS]
    long = [f"{name}: {length} lines" for name, length, _ in sizes if length > LONG]
    assert len(many) <= MANY, many
    assert len(long) <= LONGER, long
