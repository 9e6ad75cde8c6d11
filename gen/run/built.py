"""Generated files, and the way to a program made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any

from ..backends.base import Generated
from ..boards.backends import MICROPYTHON
from ..core.graph import Array
from .link.device import Device
from .link.running import RunningModel
from .link.serial_line import SerialTransport, advice
from .repl import micropython
from .toolchain import host
from .way import Reach

EMULATED: dict[str, Any] = {"timeout": 5.0, "run_timeout": 120.0}
"""Seconds that an emulator may take for a short answer and for a run: soft float is slow. Waiting for a processor of
this machine is not among them."""
SLOWEST = 20_000
"""Multiply-accumulates a second that an emulator makes at least: rp2040js's soft float makes 150,000."""
STARTS_SECONDS = 10.0
"""A board that was reset by the opening of its port may take this long until it listens."""


@dataclass(frozen=True)
class Built:
    """Generated files, and the way to a program made of them.

    Args:
        program: what runs (None where it runs behind a port and was not built here).
        digest: of the generated files.
        lengths: steps that its buffers hold, one an axis.
        by_steps: whether its buffers hold one step, not a whole sequence.
    """

    generated: Generated
    program: host.Binary | None
    digest: str
    way: Reach
    lengths: tuple[int, ...] = ()
    by_steps: bool = False

    def start(self, command: Sequence[str] = ()) -> RunningModel:
        """The device; a context manager that ends it.

        Args:
            command: what starts its program, if not the program's own command.
        """
        way = self.way
        if way.backend == MICROPYTHON:
            arch = way.target.micropython.arch if way.target.micropython else ""
            return micropython.start(self.generated, self.generated.files, way.board, way.port, arch)
        if way.port:
            line = SerialTransport(way.port, way.speed)
            told = advice(quote(way.target.option), way.port, way.speed)
            return Device(line, self.generated, **EMULATED, patience=STARTS_SECONDS, advice=told, stays=True)
        assert self.program is not None
        patience = {} if way.emulator is None else {**EMULATED, "run_timeout": self._run_seconds()}
        return Device.start(command or self.program.command, self.generated, **patience)

    def _run_seconds(self) -> float:
        """That a run may take on an emulator."""
        macs = self.generated.macs_of_call((1,) if self.by_steps else self.lengths)
        return float(max(EMULATED["run_timeout"], macs / SLOWEST))

    def take(self, inputs: Sequence[Array]) -> list[Array]:
        """Real inputs as the device takes them."""
        return self.generated.take(inputs)

    def give(self, outputs: Sequence[Array]) -> list[Array]:
        """The device's outputs as what they mean."""
        return [port.format.real(y) for port, y in zip(self.generated.outputs, outputs, strict=True)]
