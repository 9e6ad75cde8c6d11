"""Generated files and the program built from them."""

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
from .route import Route
from .toolchain import host

EMULATED: dict[str, Any] = {"timeout": 5.0, "run_timeout": 120.0}
"""Seconds that an emulator may take for a short answer and for a run: soft float is slow. Time spent waiting for a CPU
of this machine does not count."""
SLOWEST = 20_000
"""Multiply-accumulates per second of the slowest emulator, at least: rp2040js's soft float reaches 150,000."""
STARTS_SECONDS = 10.0
"""Seconds until a board listens that was reset by the opening of its port."""


@dataclass(frozen=True)
class Built:
    """Generated files and the program built from them.

    Args:
        program: the program (None if it runs behind a port and was not built here).
        digest: the digest of the generated files.
        lengths: steps that its buffers hold, one number per axis.
        by_steps: whether its buffers hold one step, not a whole sequence.
    """

    generated: Generated
    program: host.Binary | None
    digest: str
    route: Route
    lengths: tuple[int, ...] = ()
    by_steps: bool = False

    def start(self, command: Sequence[str] = ()) -> RunningModel:
        """The device; a context manager that ends it.

        Args:
            command: the command that starts the program, if not its own.
        """
        route = self.route
        if route.backend == MICROPYTHON:
            arch = route.target.micropython.arch if route.target.micropython else ""
            return micropython.start(self.generated, self.generated.files, route.board, route.port, arch)
        if route.port:
            line = SerialTransport(route.port, route.speed)
            remedies = advice(quote(route.target.option), route.port, route.speed)
            return Device(line, self.generated, **EMULATED, patience=STARTS_SECONDS, advice=remedies, stays=True)
        assert self.program is not None
        patience = {} if route.emulator is None else {**EMULATED, "run_timeout": self._run_seconds()}
        return Device.start(command or self.program.command, self.generated, **patience)

    def _run_seconds(self) -> float:
        """Seconds that a run on an emulator may take."""
        macs = self.generated.macs_of_call((1,) if self.by_steps else self.lengths)
        return float(max(EMULATED["run_timeout"], macs / SLOWEST))

    def take(self, inputs: Sequence[Array]) -> list[Array]:
        """Inputs in the device's formats, from real values."""
        return self.generated.take(inputs)

    def give(self, outputs: Sequence[Array]) -> list[Array]:
        """Real values of the device's outputs."""
        return [port.format.real(y) for port, y in zip(self.generated.outputs, outputs, strict=True)]
