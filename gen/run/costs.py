"""Costs of a program: bytes from the compiler; instructions and stack counted under valgrind, or by the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backends.base import Generated
from ..core.graph import Array
from .link.device import Device
from .link.running import RunningModel
from .link.transport import ProcessTransport
from .measures import Measure
from .toolchain.host import Binary, count_instructions, section_sizes
from .toolchain.stack import deepest

COUNTED_STEPS = 8
PATIENCE_SECONDS = 600.0  # valgrind is about 50 times slower than the machine


@dataclass(frozen=True)
class Footprint:
    """Bytes: flash of the model's own objects, RAM of its state struct and globals, stack of its deepest function."""

    flash: int
    ram: int
    stack: Measure


def footprint(program: Binary, model: Generated) -> Footprint:
    """Sizes of the model alone, without glue, link and port.

    Raises:
        BuildError: ``size`` is missing or fails.
    """
    sections = section_sizes(program.model_objects, program.size_tool)
    names = [f"{model.name}_{suffix}" for suffix in (["step", "run"] if model.stepped else ["run"])]
    stack = deepest(names, program.model_objects, program.size_tool)
    return Footprint(sections.flash, sections.ram + model.state_bytes, stack)


def instructions_per_step(
    program: Binary, model: Generated, inputs: Sequence[Array] | None = None, room: Sequence[int] = ()
) -> Measure:
    """Count the instructions of one time step (or one call of a model without steps) under valgrind.

    Args:
        inputs: one sample; by default, normal random numbers of a fixed seed.
        room: steps that the program's buffers hold, one number per axis; empty if they have no bounds.

    Raises:
        DeviceError: the program failed under valgrind.
    """
    if model.stepped:
        rows, counted = _rows(model, inputs)
        before = rows[: len(rows) - counted]
        count = _count(program, model, "step", lambda device: [device.step(row) for row in rows])
        if before and count.value is not None:
            warm = _count(program, model, "step", lambda device: [device.step(row) for row in before])
            count = Measure(None if warm.value is None else count.value - warm.value, kind=warm.kind)
        how = f"callgrind, {model.name}_step, mean of {counted}{_after(model)}"
        return _result(count, counted, model.per, how)
    sample = _sample(model, COUNTED_STEPS, room) if inputs is None else list(inputs)
    count = _count(program, model, "run", lambda device: device.run(sample))
    return _result(count, 1, model.per, f"callgrind, one {model.name}_run")


def cost_on_device(
    device: RunningModel,
    unit: str = "",
    ticks: float = 1.0,
    inputs: Sequence[Array] | None = None,
    room: Sequence[int] = (),
) -> tuple[str, Measure, Measure]:
    """Count one time step (or one call of a model without steps) with the device's own counter: the unit, the count,
    and the painted stack.

    Args:
        unit: the unit; the device's own word if empty.
        ticks: ticks of the device's counter per unit.
        inputs: one sample; by default, normal random numbers of a fixed seed.
        room: as in ``instructions_per_step``.

    Raises:
        DeviceError: the device fails.
    """
    costs = []
    device.reset()
    if device.model.stepped:
        rows, counted = _rows(device.model, inputs)
        for number, row in enumerate(rows, counted - len(rows)):
            device.step(row)
            if number >= 0:
                costs.append(device.cost())
    else:
        device.run(_sample(device.model, COUNTED_STEPS, room) if inputs is None else list(inputs))
        costs.append(device.cost())
    per = device.model.per
    unit = unit or costs[-1].kind
    if not unit:
        return "", Measure(None, per, "the port counts nothing"), Measure(None, kind="the port counts nothing")
    count = sum(cost.count for cost in costs) / len(costs) / ticks
    deepest = max(cost.stack_bytes or 0 for cost in costs)
    reason = "" if deepest else "the port does not paint its stack"
    how = f"{unit} by the core's counter"
    how += f", mean of {len(costs)}{_after(device.model)}" if len(costs) > 1 else ""
    return unit, Measure(count, per, how), Measure(deepest or None, kind=reason)


def _result(count: Measure, parts: int, per: str, how: str) -> Measure:
    return Measure(None, per, count.kind) if count.value is None else Measure(count.value / parts, per, how)


def _count(program: Binary, model: Generated, suffix: str, work: Any) -> Measure:
    def drive(transport: ProcessTransport) -> None:
        device = Device(transport, model, timeout=PATIENCE_SECONDS, run_timeout=PATIENCE_SECONDS, tries=1)
        device.hello()
        device.reset()
        work(device)

    return count_instructions(program.command, f"{model.name}_{suffix}", drive)


def _sample(model: Generated, steps: int, room: Sequence[int] = ()) -> list[Array]:
    random = np.random.default_rng(0)
    limits = room or [steps] * len(model.axes)
    lengths = tuple(
        axis.fixed or min(steps, axis.capacity or steps, most) for axis, most in zip(model.axes, limits, strict=True)
    )
    return [random.normal(size=port.shape_for(lengths)).astype(port.dtype) for port in model.inputs]


def _after(model: Generated) -> str:
    """A remark on the steps before those that are counted."""
    return f" after the first {model.first - 1}" if model.first > 1 else ""


def _rows(model: Generated, inputs: Sequence[Array] | None) -> tuple[list[list[Array]], int]:
    """Time steps of a sample, one list of inputs each, and how many of the last ones to count. Steps before the first
    output are not counted. A sample that is too short is repeated."""
    sample = _sample(model, COUNTED_STEPS) if inputs is None else list(inputs)
    timed = [len(a) for a, port in zip(sample, model.inputs, strict=True) if port.axis is not None]
    count = -(-COUNTED_STEPS // model.every) * model.every
    if model.first == 1:
        count = min([count, *timed])
    rows = [
        [
            array if port.axis is None else array[t % len(array)]
            for array, port in zip(sample, model.inputs, strict=True)
        ]
        for t in range(model.first - 1 + count)
    ]
    return rows, count
