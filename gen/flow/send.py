"""Sends samples to a device, and the same samples to the reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array
from ..core.settings import SILENT, Progress
from ..oracle.reference import Reference
from ..run.built import Built
from ..run.link.running import RunningModel


def send(device: RunningModel, inputs: Sequence[Array], by_steps: bool, progress: Progress = SILENT) -> list[Array]:
    """Send each sample to a device, which is reset before it, or before the first alone if the model is stateful;
    returns the outputs, samples first."""
    results, count = [], len(inputs[0])
    run = device.run_by_steps if by_steps else device.run
    for index in range(count):
        progress.counted(index, count)
        results.append(run([x[index] for x in inputs], reset=index == 0 or not device.model.graph.stateful))
    progress.counted(count, count)
    return [np.stack(parts) for parts in zip(*results, strict=True)]


def send_calls(device: RunningModel, inputs: Sequence[Array], progress: Progress = SILENT) -> list[Array]:
    """Send (calls, rows, ...): every row has its own state, which this function saves between its calls."""
    calls, rows = inputs[0].shape[:2]
    device.reset()
    states = [device.read_state()] * rows
    results: list[list[list[Array]]] = []
    for call in range(calls):
        progress.counted(call, calls)
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


def check_lengths(built: Built, inputs: Sequence[Array], file: str, stateful: bool = False) -> None:
    """Checks that the data's sequences fit the buffers of a program that is flashed already or has ``--max-steps``.

    Raises:
        DataError: they do not.
    """
    if built.by_steps and not stateful:
        return
    drop = 2 if stateful else 1
    for index, (port, x) in enumerate(zip(built.generated.inputs, inputs, strict=True)):
        if port.axis is not None and x.shape[drop] > built.lengths[port.axis]:
            raise DataError(
                f"in_{index} has sequences of {x.shape[drop]:,} steps; the program's buffers hold"
                f" {built.lengths[port.axis]:,}",
                where=file,
                fix=() if built.by_steps else f"--max-steps {x.shape[drop]}; a board is built and flashed with it too",
            )
