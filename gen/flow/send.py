"""Sends samples to a device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array
from ..core.settings import SILENT, Progress
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


def check_lengths(built: Built, inputs: Sequence[Array], file: str) -> None:
    """Checks that the data's sequences fit the buffers of a program that is flashed already or has ``--max-steps``.

    Raises:
        DataError: they do not.
    """
    if built.by_steps:
        return
    for index, (port, x) in enumerate(zip(built.generated.inputs, inputs, strict=True)):
        if port.axis is not None and x.shape[1] > built.lengths[port.axis]:
            raise DataError(
                f"in_{index} has sequences of {x.shape[1]:,} steps; the program's buffers hold"
                f" {built.lengths[port.axis]:,}",
                where=file,
                fix=f"--max-steps {x.shape[1]}; a board is built and flashed with it too",
            )
