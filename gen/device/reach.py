"""How a target's program is reached: as a process of this machine, on an emulator, or behind a port."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError
from ..target import Target
from . import emulator
from .emulator import Emulator
from .serial_line import DEFAULT_SPEED

ONLY_C = "gatesmith generate writes its C"


@dataclass(frozen=True)
class Reach:
    """A target and the way to it.

    Args:
        target: what the program is made for.
        emulator: what executes it, or (with a port) would, where a stand-in's program is behind the port.
        port: pyserial's URL; empty where the program is started here.
    """

    target: Target
    emulator: Emulator | None = None
    port: str = ""

    @property
    def speed(self) -> int:
        """Baud."""
        return self.target.serial_speed or DEFAULT_SPEED

    @property
    def kind(self) -> str:
        """``host``, ``emulator`` or ``port``."""
        if self.port:
            return "port"
        return "host" if self.emulator is None else "emulator"

    def claim(self) -> str:
        """What ran, in words that claim no more than that."""
        if self.port:
            return f"what says that it is this model behind {self.port}: a board, or what stands in for one"
        if self.emulator is None:
            return "compiled C in a process of its own, over the device link"
        return f"{self.emulator.claim()}, over the device link"


def reach(target: Target, emulate: bool = False, port: str | None = None) -> Reach:
    """The way that a command line chose.

    Raises:
        UsageError: nothing says how to reach a board, or nothing stands in for it.
    """
    if target.is_host:
        if emulate:
            raise UsageError(
                f"target {target.name} is this machine: there is nothing to emulate", fix="leave out --emulate"
            )
        return Reach(target, None, port or "")
    if port and not emulate:
        return Reach(target, None, port)
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
