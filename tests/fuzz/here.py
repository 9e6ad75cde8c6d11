"""What the reader's and the judge's processes do, in this one: to start one costs more than to read a small file, and
Keras is loaded here already. ``tests/conftest.py`` has all tests do so that do not ask for ``apart``."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from gatesmith import cli
from gatesmith.importers.keras.containers import _wire, sandbox
from gatesmith.oracle import judge

ALONE = threading.Lock()
"""HDF5 takes two files in memory of one name, open at once, for one file."""


@cache
def child(name: str = "_child") -> ModuleType:
    """A module of the child, which knows no package around it."""
    folder = str(sandbox.CHILD.parent)
    sys.path.append(folder)
    try:
        return import_module(name)
    finally:
        sys.path.remove(folder)


PROCESS = sandbox.parse
JUDGE = judge._run


def commanded(arguments: Sequence[str]) -> tuple[int, str, str]:
    """A command by its own function: the exit code, what it says on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main(list(arguments))
    return code, out.getvalue(), err.getvalue()


@contextmanager
def parsed_here(wanted: bool = True) -> Iterator[None]:
    """Files are parsed here, and the answer takes the wire's form all the same; or by the process, if not wanted."""
    before = sandbox.parse
    if wanted:
        child()
    sandbox.parse = parse if wanted else PROCESS
    try:
        yield
    finally:
        sandbox.parse = before


@contextmanager
def judged_here(wanted: bool = True) -> Iterator[None]:
    """Keras answers here; or in a process, if not wanted."""
    before = judge._run
    judge._run = run if wanted else JUDGE
    try:
        yield
    finally:
        judge._run = before


def run(package: str, model: Path, given: Path, told: Path) -> None:
    """As ``judge._run``."""
    keras = import_module(package)
    try:
        judge.answer(keras, package, model, given, told)
    except Exception as error:
        raise judge._unable(package, f"{type(error).__name__}: {error}".splitlines()[-1]) from error


def parse(data: bytes, kind: str, where: str) -> Any:
    """As ``sandbox.parse``."""
    out = io.BytesIO()
    child(f"_child_{kind}")  # loaded where its neighbours are found
    with ALONE:
        reply = child().answer(child().reader(kind), data)
    if type(reply).__name__ == "Refusal":
        child()._wire.send_refusal(out, reply)
    else:
        child()._wire.send_content(out, reply)
    said = out.getvalue()
    _, header, payload = _wire.PREFIX.unpack(said[: _wire.PREFIX.size])
    rest = said[_wire.PREFIX.size :]
    content = _wire.parse_reply(rest[:header], rest[header : header + payload])
    if isinstance(content, _wire.Refusal):
        raise sandbox.refused(content, where)
    return content
