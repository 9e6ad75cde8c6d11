"""The counted costs of a built program: instructions or cycles, bytes, stack, heap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backends.c99.text import owners_of_lines
from ..boards.backends import MICROPYTHON
from ..core.graph import Array
from ..files.scratch import scratch
from ..run import costs as measure
from ..run.built import Built
from ..run.measures import Measure, flat
from ..run.repl import micropython
from ..run.standins.trace import flash_of, traced
from ..run.toolchain import host
from .times import cycles_of, waits_of

QUICK_MACS = 4_000_000
"""Multiply-adds of a step that callgrind counts in a second or two."""


def costs_of(built: Built, inputs: Sequence[Array] | None, measured: bool | None = True) -> dict[str, Any]:
    """The facts of a report that are counted.

    Args:
        measured: whether anything is counted; None: only if that is fast.
    """
    if measured is None:
        kind = built.route.kind
        measured = kind == "emulator" or (kind == "host" and built.generated.macs <= QUICK_MACS)
    if not measured:
        return {}
    sample = None if inputs is None else [x[0] for x in built.take(inputs)]
    if built.route.backend == MICROPYTHON:
        return flat(_costs_of_modules(built, sample))
    return flat(_costs_here(built, sample) if built.route.kind == "host" else _costs_on_device(built, sample))


def _costs_here(built: Built, sample: list[Array] | None) -> dict[str, Any]:
    assert built.program is not None
    print_size = measure.footprint(built.program, built.generated)
    return {
        "instructions": measure.instructions_per_step(built.program, built.generated, sample, built.lengths),
        "flash": print_size.flash,
        "ram": print_size.ram,
        "stack": _stack(print_size.stack, "worst case of the compiler's call graph"),
    }


def _stack(stack: Measure, method: str) -> Measure:
    return stack if stack.value is None else stack._replace(kind=method)


def _costs_of_modules(built: Built, sample: list[Array] | None) -> dict[str, Any]:
    """MicroPython's version, and the heap that a step allocates."""
    with built.start() as device:
        assert isinstance(device, micropython.MicroPythonDevice)
        facts: dict[str, Any] = {"micropython": device.version(), "heap": None}
        if sample is not None:
            if device.model.stepped:
                pairs = list(zip(sample, device.model.inputs, strict=True))
                for t in range(device.model.first):  # measure a stream's step that has an output
                    frame = [x if port.axis is None else x[t % len(x)] for x, port in pairs]
                    device.step(frame, reset=t == 0)
            else:
                device.run(sample, reset=True)
            per = device.model.per
            facts["heap"] = Measure(device.heap_of_last_call(), per)
            if (counted := device.instructions_of_last_call()) is not None:
                facts["instructions"] = Measure(counted, per, "emulated core")
    return facts


def _costs_on_device(built: Built, sample: list[Array] | None) -> dict[str, Any]:
    """Costs counted by the device itself, and bytes of the program if it was built here."""
    emulator = built.route.emulator
    unit, ticks = (emulator.counter.kind, emulator.counter.ticks) if emulator is not None else ("", 1.0)
    with scratch() as folder:
        source = f"{built.generated.name}.c"
        owners = owners_of_lines(built.generated.files.get(source, ""), source)
        flash = flash_of(built.route.target.waits, emulator.firmware.ldflags if emulator else ())
        trace = None if built.program is None or built.route.port else traced(built.program, folder, owners, flash)
        with built.start(trace.command if trace else ()) as device:
            unit, counted, stack = measure.cost_on_device(device, unit, ticks, sample, built.lengths)
        shares = cycles_of(built.route.target, trace) | (waits_of(built.route.target.waits, trace) if flash else {})
    place = f"behind {built.route.port}" if built.route.port else "on an emulated core"
    facts: dict[str, Any] = {"stack": _stack(stack, "high-water mark by painting"), **shares}
    if unit:
        facts[unit] = counted._replace(kind=f"{counted.kind}, {place}")
    if built.program is None:
        return facts | {"flash": None, "ram": None}
    print_size = measure.footprint(built.program, built.generated)
    image = host.section_sizes([built.program.path], built.program.size_tool)
    facts |= {
        "flash": print_size.flash,
        "ram": print_size.ram,
        "firmware_flash": image.flash,
        "firmware_ram": image.ram,
    }
    if built.route.port:
        facts["bytes_kind"] = f"of a build by this machine's {built.program.compiler}, not of what is behind the port"
    return facts
