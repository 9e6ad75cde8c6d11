"""Links from layers to functions, and from tables in C to the bytes of the compiled object."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..backends.base import Generated
from ..backends.names import identifier
from ..run.toolchain.host import run_tool
from .facts import TableFacts
from .source import SECONDS, put
from .walk import IntervalWalk


def layer_of(name: str, generated: Generated) -> str:
    """The layer to which a function or table belongs, by its name; empty if several share it."""
    layers = {identifier(node.name, "layer"): node.name for node in generated.graph.nodes}
    fitting = [known for known in layers if name.startswith(f"{known}_")]
    return layers[max(fitting, key=len)] if fitting else ""


def tables(walk: IntervalWalk, generated: Generated, folder: Path) -> tuple[TableFacts, ...]:
    """The library's tables, with their values in the source and in the compiled object."""
    put(folder, generated.files)
    command = ["gcc", "-O2", "-w", "-shared", "-fPIC", "-Dstatic=", "-fgnu89-inline", f"{generated.name}.c"]
    run_tool(command, SECONDS, folder)
    compiled, facts = ctypes.CDLL(str(folder / "a.out")), []
    for table in walk.tables.values():
        source = _bytes(walk.numbers[table.name], table.type.bits)
        read = bytes((ctypes.c_char * len(source)).in_dll(compiled, table.name))
        before, after = (hashlib.sha256(values).hexdigest() for values in (source, read))
        size, layer, same = len(source), layer_of(table.name, generated), source == read
        facts.append(TableFacts(name=table.name, layer=layer, bytes=size, source=before, object=after, same=same))
    return tuple(facts)


def _bytes(numbers: Iterable[int], bits: int) -> bytes:
    """Integers as little-endian bytes of a width."""
    values = np.array([number % (1 << bits) for number in numbers], np.uint64)
    return values.astype(f"<u{bits // 8}").tobytes()
