"""The facts of a run's report: what was built, what it costs, and how each figure is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .backends.base import Generated
from .device import host, measure
from .device.device import Device
from .device.emulator import Emulator
from .device.interface import Interface
from .flow import Settings
from .graph import Array
from .keras.spec import Source

EMULATED = {"timeout": 5.0, "run_timeout": 120.0}
"""Seconds that an emulator may take for a short answer and for a run: soft float on a loaded machine is slow."""


@dataclass(frozen=True)
class Built:
    """Generated files with their program for a target's device, which is a process or an emulator."""

    generated: Generated
    interface: Interface
    program: host.Program
    digest: str
    emulator: Emulator | None = None
    by_steps: bool = False
    """Whether its buffers hold one step, not a whole sequence."""

    def start(self) -> Device:
        """The device; a context manager that ends it."""
        patience = {} if self.emulator is None else EMULATED
        return Device.start(self.program.command, self.interface, **patience)

    def how(self) -> str:
        """What ran, in words that claim no more than that."""
        if self.emulator is None:
            return "compiled C in a process of its own, over the device link"
        return f"{self.emulator.claim()}, over the device link"


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
        "math": settings.math,
        "samples": 0 if inputs is None else int(np.prod(inputs[0].shape[:skip])),
        "steps": steps,
        "oracle": None,
        "max_abs_error": None,
        "files_sha256": made.digest,
        "macs": made.generated.macs,
        "weight_bytes": made.generated.weight_bytes,
        "state_bytes": made.generated.state_bytes,
    }
    if made.emulator is not None:
        facts |= {"emulator": made.emulator.name, "device": made.how()}
    if measured:
        sample = None if inputs is None else [x[0, 0] if stateful else x[0] for x in inputs]
        facts |= _costs_here(made, sample) if made.emulator is None else _costs_emulated(made, made.emulator, sample)
    return facts


def _costs_here(made: Built, sample: list[Array] | None) -> dict[str, Any]:
    print_size = measure.footprint(made.program, made.interface, made.generated.state_bytes)
    counted = measure.instructions_per_step(made.program, made.interface, sample)
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


def _costs_emulated(made: Built, emulator: Emulator, sample: list[Array] | None) -> dict[str, Any]:
    print_size = measure.footprint(made.program, made.interface, made.generated.state_bytes)
    image = host.section_sizes([made.program.path], made.program.size_tool)
    with made.start() as device:
        counted, stack = measure.cost_on_device(device, emulator.counts, emulator.ticks, sample)
    return {
        counted.unit: counted.count,
        f"{counted.unit}_per": counted.per,
        f"{counted.unit}_kind": f"{counted.how}, on an emulated core",
        "flash": print_size.flash,
        "ram": print_size.ram,
        "stack": stack.bytes,
        "stack_kind": "high-water mark by painting" if stack.bytes is not None else stack.reason,
        "firmware_flash": image.flash,
        "firmware_ram": image.ram,
    }
