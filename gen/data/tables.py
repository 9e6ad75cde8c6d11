"""Samples from a CSV file: a row a sample, or a recording whose rows are time steps.

A column named as labels are (``y``, ``label``, ``labels``, ``class``, ``target``) holds them; one named as time is left
out, and so is a first column without a name that only grows by even steps where there is a column too many; one named
``sample``, ``window`` or ``id`` says which rows are one sample.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array
from ..core.limits import MAX_VALUES
from .samples import placed

LABELS = ("y", "label", "labels", "class", "target")
TIMES = ("time", "t", "timestamp", "time_s", "time_ms", "seconds", "ms", "datetime", "date")
GROUPS = ("sample", "window", "id", "sample_id", "window_id")
DELIMITERS = ",;\t "
TABLE = "one line a sample or time step, numbers with commas between them; names of the columns may be the first line"
COMMA = re.compile(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$")
"""A number with a decimal comma."""


@placed
def read_csv(path: Path, shape: Sequence[int | None]) -> tuple[Array, Array | None]:
    """Samples of one model input, and their labels where there is a column of them.

    Args:
        shape: of a sample: (features,): a row each; (steps, features): rows are steps, cut into windows one behind the
            other where the number of steps is fixed, else one sequence (or one for each value of a group's column); any
            other shape, or rows that are as long as a window: a row each, flat.

    Returns:
        (samples, ...) as float32, and (samples,) labels; of a window, the label of its last step.

    Raises:
        DataError: it cannot be read, a cell is no number, rows differ in length, or columns are not the model's values.
    """
    head, rows = _rows(path)
    columns = {name: index for index, name in enumerate(head)}
    label, group = (_column(columns, names) for names in (LABELS, GROUPS))
    left_out = {index for name, index in columns.items() if name in TIMES} | {label, group}
    used = [index for index in range(len(rows[0])) if index not in left_out]
    steps, width = len(shape) == 2, int(np.prod([n or 1 for n in (shape[1:] if len(shape) == 2 else shape)]))
    values = _numbers(head, rows, used)
    if len(used) == width + 1 and not head and _is_time(values[:, 0]):
        values = values[:, 1:]
    if steps and values.shape[1] == (shape[0] or 0) * width:
        _check_order([head[index] for index in used if head], width)
        steps, width = False, values.shape[1]
    if values.shape[1] != width:
        named = f": {', '.join(head[index] for index in used[:9])}{', ...' * (len(used) > 9)}" if head else ""
        raise DataError(
            f"a row has {values.shape[1]} values, and the model takes {width}{' a step' if steps else ''}",
            why=f"columns that are taken as values{named}" if named else "the file has no line of column names",
            fix=f'one column a value; labels in a column "{LABELS[0]}" or "{LABELS[1]}", times in "{TIMES[0]}"',
        )
    labels = None if label is None else _labels([row[label] for row in rows])
    if not steps:
        return values.reshape(len(values), *(n or 1 for n in shape)), labels
    parts = _windows(values, shape[0], None if group is None else [row[group] for row in rows])
    whole = np.stack([values[part] for part in parts])
    return whole, None if labels is None else np.stack([labels[part][-1] for part in parts])


def _check_order(names: Sequence[str], features: int) -> None:
    """That the columns of a window are those of its first step, then those of its second.

    Raises:
        DataError: their names, without numbers, say that all steps of a feature stand together.
    """
    words = [re.sub(r"\d+", "", name) for name in names]
    if len(set(words[:features])) < min(features, len(set(words))):
        raise DataError(
            "a row has all steps of a feature before the next feature",
            why=f"so its columns say: {', '.join(names[:3])}, ...",
            fix="x.transpose(0, 2, 1).reshape(len(x), -1) writes all features of a step before the next step",
        )


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Names of the columns, in small letters, none where the first line is numbers; and the other lines' cells."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("cannot read the CSV file", why=str(error), fix="save it as text in UTF-8") from error
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first else max(DELIMITERS, key=lambda mark: (first.count(mark), mark == ","))
    try:
        lines = [row for row in csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True) if any(row)]
    except csv.Error as error:
        raise DataError("cannot read the CSV file", why=str(error), fix=TABLE) from error
    head: list[str] = []
    if delimiter != ",":  # as spreadsheets write numbers where a comma is the decimal mark
        lines = [[COMMA.sub(r"\1.\2", cell) for cell in row] for row in lines]
    if lines and not all(_is_number(cell) for cell in lines[0]):
        head, lines = [cell.strip().lower() for cell in lines[0]], lines[1:]
    if not lines:
        raise DataError("the CSV file has no line of numbers", fix=TABLE)
    wide = len(head) or len(lines[0])
    for number, row in enumerate(lines, 2 if head else 1):
        if len(row) != wide:
            raise DataError(
                f"line {number} has {len(row)} cells, and others {wide}",
                fix="give each line a cell for every column; numbers with a decimal comma need ; between the cells",
            )
    if len(lines) * wide > MAX_VALUES:
        raise DataError(f"the CSV file has {len(lines) * wide:,} cells: too many", fix="save as .npz")
    return head, lines


def _numbers(head: Sequence[str], rows: Sequence[Sequence[str]], used: Sequence[int]) -> Array:
    try:
        return np.array([[float(row[index]) for index in used] for row in rows], np.float64).astype(np.float32)
    except ValueError:
        for number, row in enumerate(rows, 2 if head else 1):
            for index in used:
                if not _is_number(row[index]):
                    name = f' of column "{head[index]}"' if head else ""
                    raise DataError(
                        f"line {number}: {row[index]!r}{name} is no number",
                        fix=f"leave the column out, or name it {TIMES[0]} or {LABELS[0]} if it is that",
                    ) from None
        raise


def _labels(cells: Sequence[str]) -> Array:
    """Labels as numbers; words as the place of each in their alphabet."""
    if all(map(_is_number, cells)):
        numbers = np.array([float(cell) for cell in cells])
        return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers.astype(np.float32)
    words = sorted(set(cells))
    return np.array([words.index(cell) for cell in cells])


def _windows(values: Array, steps: int | None, groups: Sequence[str] | None) -> list[slice]:
    """Rows of each sample."""
    if groups is None:
        if steps is None:
            return [slice(0, len(values))]
        if len(values) < steps:
            raise DataError(
                f"the recording has {len(values)} steps, and a sample {steps}",
                fix=f"give at least {steps} lines: a line is one time step",
            )
        return [slice(at, at + steps) for at in range(0, len(values) - steps + 1, steps)]
    ends = [at for at in range(1, len(groups)) if groups[at] != groups[at - 1]]
    parts = [slice(a, b) for a, b in zip([0, *ends], [*ends, len(groups)], strict=True)]
    lengths = {part.stop - part.start for part in parts}
    if len(lengths) > 1 or steps not in (None, *lengths):
        told = ", ".join(map(str, sorted(lengths)[:4]))
        wanted = "one length" if steps is None else f"{steps} steps"
        raise DataError(
            f"samples have {told} rows, and all must have {wanted}",
            fix=f"cut or pad each sample to {wanted}; a sample is the lines with the same {' or '.join(GROUPS[:3])}",
        )
    return parts


def _column(columns: dict[str, int], names: Sequence[str]) -> int | None:
    return next((columns[name] for name in names if name in columns), None)


def _is_time(values: Array) -> bool:
    """Whether a column only grows, by nearly even steps."""
    steps = np.diff(values.astype(np.float64))
    return len(steps) > 1 and bool(np.all(steps > 0)) and float(steps.max()) < 1.5 * float(steps.min())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
