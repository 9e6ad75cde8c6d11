"""The route to a target's program: a process of this machine, an emulator, or a port."""

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
class Route:
    """A target and the route to its program.

    Args:
        target: the target of the program.
        emulator: the emulator that executes it; with a port, the one for which its program was built.
        port: pyserial's URL; empty if the program is started here.
        backend: the kind of program: C, or modules for MicroPython.
        board: the MicroPython that runs the modules; None for this machine's, or for a port.
    """

    target: Target
    emulator: Emulator | None = None
    port: str = ""
    backend: str = C99
    board: StandIn | None = None

    @property
    def flashed(self) -> bool:
        """Whether the program behind the port was flashed before and is used unchanged. Modules are copied for every
        run."""
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
        """A description of what ran, which claims no more than that."""
        if self.backend == MICROPYTHON:
            if self.board is not None:
                return self.board.claim()
            return f"MicroPython behind {self.port}" if self.port else "MicroPython's unix port in a process of its own"
        if self.port:
            return f"what says that it is this model behind {self.port}: a board, or what stands in for one"
        if self.emulator is None:
            return "compiled C in a process of its own, over the device link"
        return f"{self.emulator.claim()}, over the device link"


def find_route(
    target: Target, emulate: bool = False, port: str | None = None, backend: str | None = None, chip: bool = False
) -> Route:
    """The route that a command line chose; with ``chip`` its target has the emulator of the whole chip.

    Raises:
        UsageError: the options give no route to a board, or it has no stand-in.
    """
    if backend_of(target, backend) == MICROPYTHON:
        if chip:
            raise UsageError("no emulated chip runs MicroPython", fix="leave out --chip")
        return Route(target, None, port or "", MICROPYTHON, micropython.stand_in(target, emulate, port or ""))
    if target.is_host:
        if emulate:
            raise UsageError(
                f"target {target.name} is this machine: there is nothing to emulate", fix="leave out --emulate"
            )
        return Route(target, None, port or "")
    if port and not emulate:
        return Route(target, None, port)
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
    return Route(target, stand_in, port or "")
