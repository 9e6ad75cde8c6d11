"""Generated modules on MicroPythons: the unix port, one process for many models, and emulated boards, one boot each.

``GATESMITH_MICROPYTHON`` names what to try, only ``unix`` if it is not set: ``unix,cortex-m3,cortex-m4f`` for all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith import passes
from gatesmith.backends import micropython
from gatesmith.backends.base import Generated, Origin
from gatesmith.building import interface
from gatesmith.device import micropython as device
from gatesmith.device.repl import Repl
from gatesmith.graph import Graph
from gatesmith.numerics.base import Numeric
from gatesmith.numerics.float32 import FLOAT32

Array = npt.NDArray[Any]
UNIX = "unix"
CHOSEN = tuple(os.environ.get("GATESMITH_MICROPYTHON", UNIX).split(","))
ORIGIN = Origin("model.keras", "0" * 64, "Keras 3", "0" * 16)


def modules(graph: Graph, name: str, numeric: Numeric = FLOAT32) -> Generated:
    """A graph's modules."""
    return micropython.generate(passes.compile_graph(graph), ORIGIN, micropython.Options(name, "test", numeric), "test")


def lacking(where: str) -> str:
    """What is missing to run modules there; empty if nothing."""
    if where == UNIX:
        return "" if shutil.which("micropython") else "micropython (apt-get install micropython)"
    tools = ", ".join(device.lacking())
    return f"{tools} (pip install 'gatesmith[micropython]')" if tools else device.boards()[where].missing()


class Interpreters:
    """The unix port for all models of a session; a fresh emulated board for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unix: Repl | None = None

    @contextmanager
    def start(self, where: str, made: Generated) -> Iterator[device.MicroPythonDevice]:
        """A device that has imported the model."""
        described = interface(made, "integers" if made.integer else "float32")
        if where != UNIX:
            with device.start(described, made.files, device.boards()[where]) as board:
                yield board
            return
        if self._unix is None:
            self._unix = device.unix()
            self._unix.exec(f"import sys, gc\nsys.path.insert(0, {str(self.folder)!r})", 10)
        for path, text in made.files.items():
            (self.folder / path).write_text(text, "utf-8")
        found = device.MicroPythonDevice(self._unix, described)
        found.hello()
        yield found
        names = ", ".join(repr(path.removesuffix(".py")) for path in made.files if path.endswith(".py"))
        self._unix.exec(
            f"_g = _m = _y = _b = _call = None\nfor n in ({names}): sys.modules.pop(n, 0)\ngc.collect()", 10
        )

    def close(self) -> None:
        if self._unix is not None:
            self._unix.close()


def calls(found: device.MicroPythonDevice, inputs: Sequence[Sequence[Array]], rows: int) -> list[list[Array]]:
    """Each row from zeros, its calls one after the other; arrays with the rows first, a list a call."""
    answers = [
        [found.run([x[row] for x in call], reset=number == 0) for number, call in enumerate(inputs)]
        for row in range(rows)
    ]
    return [[np.stack(list(parts)) for parts in zip(*call, strict=True)] for call in zip(*answers, strict=True)]
