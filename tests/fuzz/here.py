"""The reader process's own functions, in this process: starting a process costs more than reading a small file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any

from gatesmith.core.errors import ModelError
from gatesmith.importers.keras import _wire, sandbox

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


@contextmanager
def parsed_here(wanted: bool = True) -> Iterator[None]:
    """Files are parsed here, and the answer takes the wire's form all the same."""
    before = sandbox.parse
    if wanted:
        child()
        sandbox.parse = parse
    try:
        yield
    finally:
        sandbox.parse = before


def parse(data: bytes, kind: str, where: str) -> Any:
    """As ``sandbox.parse``."""
    out = BytesIO()
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
        raise ModelError(content.what, where=where, why=content.why, fix=content.fix)
    return content
