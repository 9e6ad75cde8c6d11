"""The facts of a run's report: what was built, what it costs, and how each figure is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np

from .backends.base import Generated
from .device import host, measure, micropython
from .device.device import Device
from .device.emulator import Emulator
from .device.interface import Interface
from .device.reach import C99, MICROPYTHON, Reach
from .device.running import RunningModel
from .device.serial_line import SerialTransport, advice
from .flow import Settings
from .graph import Array
from .keras.spec import Source

EMULATED: dict[str, Any] = {"timeout": 5.0, "run_timeout": 120.0}
"""Seconds that an emulator may take for a short answer and for a run: soft float on a loaded machine is slow."""
STARTS_SECONDS = 10.0
"""A board that was reset by the opening of its port may take this long until it listens."""

INTEGERS = "integers"
"""What a report says of math where nothing is computed in floats."""


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
    interface: Interface
    program: host.Program | None
    digest: str
    way: Reach
    lengths: tuple[int, ...] = ()
    by_steps: bool = False

    @property
    def emulator(self) -> Emulator | None:
        """What executes it, if an emulator does."""
        return self.way.emulator

    def start(self) -> RunningModel:
        """The device; a context manager that ends it."""
        way = self.way
        if way.backend == MICROPYTHON:
            arch = way.target.micropython.arch if way.target.micropython else ""
            return micropython.start(self.interface, self.generated.files, way.board, way.port, arch)
        if way.port:
            line = SerialTransport(way.port, way.speed)
            told = advice(quote(way.target.option), way.port, way.speed)
            return Device(line, self.interface, **EMULATED, patience=STARTS_SECONDS, advice=told, stays=True)
        assert self.program is not None
        patience = {} if way.emulator is None else EMULATED
        return Device.start(self.program.command, self.interface, **patience)

    def take(self, inputs: Sequence[Array]) -> list[Array]:
        """Real inputs as the device takes them."""
        return self.generated.take(inputs)

    def give(self, outputs: Sequence[Array]) -> list[Array]:
        """The device's outputs as what they mean."""
        return [port.format.real(y) for port, y in zip(self.generated.outputs, outputs, strict=True)]

    def how(self) -> str:
        """What ran, in words that claim no more than that."""
        return self.way.claim()


def facts_of(
    made: Built,
    settings: Settings,
    path: Path,
    source: Source,
    inputs: Sequence[Array] | None,
    stateful: bool,
    measured: bool,
) -> dict[str, Any]:
    """The report's facts; costs only where they are asked for."""
    axes = {
        port.axis: index for index, port in reversed(list(enumerate(made.generated.inputs))) if port.axis is not None
    }
    skip = 2 if stateful else 1
    steps = None if inputs is None or not axes else int(inputs[axes[min(axes)]].shape[skip])
    facts: dict[str, Any] = {
        "schema": "gatesmith/run/1",
        "model": path.name,
        "weights_id": source.weights_id,
        "model_id": made.generated.model_id,
        "target": settings.target,
        "numeric": made.interface.numeric,
        "math": _math(made, settings),
        "samples": 0 if inputs is None else int(np.prod(inputs[0].shape[:skip])),
        "steps": steps,
        "oracle": None,
        "max_abs_error": None,
        "files_sha256": made.digest,
        "macs": made.generated.macs,
        "weight_bytes": made.generated.weight_bytes,
        "state_bytes": made.generated.state_bytes,
    }
    if made.generated.graph.notes:
        facts["notes"] = list(made.generated.graph.notes)
    if made.emulator is not None:
        facts["emulator"] = made.emulator.name
    if made.way.backend != C99:
        facts["backend"] = made.way.backend
    if made.way.board is not None:
        facts["emulator"] = made.way.board.name
    if made.way.port:
        facts["port"] = made.way.port
    if made.way.kind != "host" or made.way.backend != C99:
        facts["device"] = made.how()
    if measured and made.way.backend == MICROPYTHON:
        return facts | _costs_of_modules(made, inputs, stateful)
    if measured:
        sample = None if inputs is None else [x[0, 0] if stateful else x[0] for x in made.take(inputs)]
        facts |= _costs_here(made, sample) if made.way.kind == "host" else _costs_on_device(made, sample)
    return facts


def _math(made: Built, settings: Settings) -> str:
    """How floats are computed, where there are any."""
    if made.generated.integer:
        return INTEGERS
    return settings.math if made.way.backend == C99 else "MicroPython's own"


def _costs_here(made: Built, sample: list[Array] | None) -> dict[str, Any]:
    assert made.program is not None
    print_size = measure.footprint(made.program, made.interface, made.generated.state_bytes)
    counted = measure.instructions_per_step(made.program, made.interface, sample, made.lengths)
    return {
        "instructions": counted.count,
        "instructions_per": counted.per,
        "instructions_kind": counted.how,
        "flash": print_size.flash,
        "ram": print_size.ram,
        "stack": print_size.stack.bytes,
        "stack_kind": "worst case of the compiler's call graph"
        if print_size.stack.bytes is not None
        else print_size.stack.reason,
    }


def _costs_of_modules(made: Built, inputs: Sequence[Array] | None, stateful: bool) -> dict[str, Any]:
    """What MicroPython says of itself, and the heap that a step takes there before anything is collected."""
    with made.start() as device:
        assert isinstance(device, micropython.MicroPythonDevice)
        facts: dict[str, Any] = {"micropython": device.version(), "heap": None}
        if inputs is not None:
            sample = [x[0, 0] if stateful else x[0] for x in made.take(inputs)]
            steps = device.interface.has_step
            ports = zip(sample, device.interface.inputs, strict=True)
            if steps:
                device.step([x if port.axis is None else x[0] for x, port in ports], reset=True)
            else:
                device.run(sample, reset=True)
            per = "step" if steps else "run"
            facts |= {"heap": device.heap_of_last_call(), "heap_per": per}
            if (counted := device.instructions_of_last_call()) is not None:
                facts |= {"instructions": counted, "instructions_per": per, "instructions_kind": "emulated core"}
    return facts


def _costs_on_device(made: Built, sample: list[Array] | None) -> dict[str, Any]:
    """Counted by the device itself; bytes of the program, if it was built here."""
    emulator = made.emulator
    unit, ticks = (emulator.counts, emulator.ticks) if emulator is not None else ("", 1.0)
    with made.start() as device:
        counted, stack = measure.cost_on_device(device, unit, ticks, sample, made.lengths)
    where = f"behind {made.way.port}" if made.way.port else "on an emulated core"
    facts: dict[str, Any] = {
        "stack": stack.bytes,
        "stack_kind": "high-water mark by painting" if stack.bytes is not None else stack.reason,
    }
    if counted.unit:
        facts |= {
            counted.unit: counted.count,
            f"{counted.unit}_per": counted.per,
            f"{counted.unit}_kind": f"{counted.how}, {where}",
        }
    if made.program is None:
        return facts | {"flash": None, "ram": None}
    print_size = measure.footprint(made.program, made.interface, made.generated.state_bytes)
    image = host.section_sizes([made.program.path], made.program.size_tool)
    facts |= {
        "flash": print_size.flash,
        "ram": print_size.ram,
        "firmware_flash": image.flash,
        "firmware_ram": image.ram,
    }
    if made.way.port:
        facts["bytes_kind"] = f"of a build by this machine's {made.program.compiler}, not of what is behind the port"
    return facts
