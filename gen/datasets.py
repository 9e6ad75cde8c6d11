"""Calibration data: an .npz or .npy file, or a folder of them, in batches of samples of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import DataError
from .graph import Array
from .samples import bounded, numbers, read_npz


@dataclass(frozen=True)
class Batch:
    """Samples of one shape: (samples, ...) one a model input, and their labels if there are any."""

    inputs: list[Array]
    labels: Array | None = None


def read(path: Path, count: int) -> list[Batch]:
    """All samples that a path holds, by shape, files of a folder in the order of their names.

    Args:
        count: of the model's inputs.

    Raises:
        DataError: there is nothing to read, or a file is not as :func:`gatesmith.samples.read_npz` wants it.
    """
    if not path.is_dir():
        return [_file(path, count)]
    files = sorted(file for file in path.iterdir() if file.suffix in (".npz", ".npy"))
    if not files:
        raise DataError("there is no .npz and no .npy file in the folder", where=str(path))
    found: dict[tuple[tuple[int, ...], ...], list[Batch]] = {}
    for file in files:
        batch = _file(file, count)
        found.setdefault(tuple(x.shape[1:] for x in batch.inputs), []).append(batch)
    return [_joined(batches) for batches in found.values()]


def _file(path: Path, count: int) -> Batch:
    if path.suffix != ".npy":
        return Batch(*read_npz(path, count))
    if count > 1:
        raise DataError(
            f"an .npy file holds one array, and the model takes {count} inputs",
            where=str(path),
            fix="save in_0, in_1, ... as one .npz file",
        )
    try:
        with path.open("rb") as stream:
            bounded(stream, path.stat().st_size, "the array", path)
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"cannot read calibration data: {error}", where=str(path)) from error
    return Batch([numbers(array, "the array", path)])


def _joined(batches: Sequence[Batch]) -> Batch:
    inputs = [np.concatenate(arrays) for arrays in zip(*(b.inputs for b in batches), strict=True)]
    labels = [b.labels for b in batches if b.labels is not None]
    alike = len(labels) == len(batches) and len({x.shape[1:] for x in labels}) == 1
    return Batch(inputs, np.concatenate(labels) if alike else None)
