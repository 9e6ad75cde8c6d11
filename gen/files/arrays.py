"""Arrays in a file that the user named: .npz or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import UsageError
from .single import write_file

KINDS = (".npz", ".csv")


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays under exactly this name; errors are those of :func:`write_file`."""
    memory = io.BytesIO()
    np.savez(memory, **arrays)
    write_file(path, memory.getvalue())


def check_kind(option: str, path: Path | None, kinds: Sequence[str] = KINDS) -> None:
    """Checks that the name of an option's file has the suffix of a supported format.

    Raises:
        UsageError: it has none.
    """
    if path is not None and path.suffix.lower() not in kinds:
        fix = f"{option} {path.parent / (path.stem or 'out')}{kinds[0]}"
        raise UsageError(f"{option} {path}: the file is written as {' or '.join(kinds)}", fix=fix)


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays of samples, (samples, ...) each, in the format of the file's suffix.

    In CSV a row is a sample. If every array has the same steps, (samples, steps, values), a row is a step, and a column
    ``sample`` has the number of its sample.
    """
    if path.suffix.lower() != ".csv":
        write_npz(path, arrays)
        return
    shapes = {x.shape[:2] for x in arrays.values()}
    stepped = len(shapes) == 1 and all(x.ndim == 3 for x in arrays.values())
    flat = {name: x.reshape(-1, x.shape[-1]) if stepped else x.reshape(len(x), -1) for name, x in arrays.items()}
    head = [f"{name}_{k}" if x.shape[1] > 1 else name for name, x in flat.items() for k in range(x.shape[1])]
    rows = np.concatenate(list(flat.values()), axis=1).tolist()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if stepped:
        steps = next(iter(shapes))[1]
        writer.writerow(["sample", *head])
        writer.writerows([number // steps, *row] for number, row in enumerate(rows))
    else:
        writer.writerow(head)
        writer.writerows(rows)
    write_file(path, text.getvalue())
