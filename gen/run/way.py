"""How a target's program is reached: as a process of this machine, on an emulator, or behind a port."""

from __future__ import annotations

from dataclasses import dataclass

from ..boards.backends import C99, MICROPYTHON, backend_of
from ..boards.target import Target
from ..core.errors import UsageError
from .link.serial_line import DEFAULT_SPEED
from .repl import micropython
from .standins import emulator
from .standins.emulator import Emulator
from .standins.interpreters import StandIn

ONLY_C = "gatesmith generate writes its C"


@dataclass(frozen=True)
class Reach:
    """A target and the way to it.

    Args:
        target: what the program is made for.
        emulator: what executes it, or (with a port) would, where a stand-in's program is behind the port.
        port: pyserial's URL; empty where the program is started here.
        backend: what runs there: C, or modules for MicroPython.
        board: the MicroPython that runs the modules; None for this machine's, or for a port.
    """

    target: Target
    emulator: Emulator | None = None
    port: str = ""
    backend: str = C99
    board: StandIn | None = None

    @property
    def flashed(self) -> bool:
        """Whether what is behind the port was put there before, and is as it is. Modules are copied anew each time."""
        return bool(self.port) and self.backend == C99

    @property
    def speed(self) -> int:
        """Baud."""
        return self.target.serial.speed or DEFAULT_SPEED

    @property
    def kind(self) -> str:
        """``host``, ``emulator`` or ``port``."""
        if self.port:
            return "port"
        return "host" if self.emulator is None and self.board is None else "emulator"

    def claim(self) -> str:
        """What ran, in words that claim no more than that."""
        if self.backend == MICROPYTHON:
            if self.board is not None:
                return self.board.claim()
            return f"MicroPython behind {self.port}" if self.port else "MicroPython's unix port in a process of its own"
        if self.port:
            return f"what says that it is this model behind {self.port}: a board, or what stands in for one"
        if self.emulator is None:
            return "compiled C in a process of its own, over the device link"
        return f"{self.emulator.claim()}, over the device link"


def reach(
    target: Target, emulate: bool = False, port: str | None = None, backend: str | None = None, chip: bool = False
) -> Reach:
    """The way that a command line chose; with ``chip`` the target is that of the emulated chip.

    Raises:
        UsageError: nothing says how to reach a board, or nothing stands in for it.
    """
    if backend_of(target, backend) == MICROPYTHON:
        if chip:
            raise UsageError("no emulated chip runs MicroPython", fix="leave out --chip")
        board = micropython.stand_in(target, emulate, port or "")
        return Reach(target, None, port or "", MICROPYTHON, board)
    if target.is_host:
        if emulate:
            raise UsageError(
                f"target {target.name} is this machine: there is nothing to emulate", fix="leave out --emulate"
            )
        return Reach(target, None, port or "")
    if port and not emulate:
        return Reach(target, None, port)
    if chip:
        target = emulator.on_chip(target)
    if not target.emulator:
        raise UsageError(
            f"no emulator stands in for {target.name} ({target.core}) yet",
            fix=("--port URL reaches a real one, over its serial port", ONLY_C),
        )
    stand_in = emulator.load(target.emulator)
    if not emulate:
        raise UsageError(
            f"{target.name} is a board: say how to reach it",
            fix=(
                "--port URL reaches a real one, over its serial port",
                f"--emulate runs it on {stand_in.summary}, an emulated {stand_in.core}",
                ONLY_C,
            ),
        )
    return Reach(target, stand_in, port or "")
