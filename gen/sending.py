"""Samples to a device, and the same to the definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .device.device import Device
from .graph import Array
from .reference import Reference


def send(device: Device, inputs: Sequence[Array], by_steps: bool) -> list[Array]:
    samples_of = [[x[i] for x in inputs] for i in range(len(inputs[0]))]
    results = [device.run_by_steps(x) if by_steps else device.run(x, reset=True) for x in samples_of]
    return [np.stack(parts) for parts in zip(*results, strict=True)]


def send_calls(device: Device, inputs: Sequence[Array]) -> list[Array]:
    """(calls, rows, ...): every row has a state of its own, kept on this side between its calls."""
    calls, rows = inputs[0].shape[:2]
    device.reset()
    states = [device.read_state()] * rows
    results: list[list[list[Array]]] = []
    for call in range(calls):
        answers = []
        for row in range(rows):
            device.write_state(states[row])
            answers.append(device.run([x[call, row] for x in inputs]))
            states[row] = device.read_state()
        results.append(answers)
    return [np.stack([np.stack([row[i] for row in call]) for call in results]) for i in range(len(results[0][0]))]


def reference_calls(reference: Reference, inputs: Sequence[Array]) -> list[Array]:
    answers = [reference.run([x[call] for x in inputs]) for call in range(len(inputs[0]))]
    return [np.stack(parts) for parts in zip(*answers, strict=True)]
