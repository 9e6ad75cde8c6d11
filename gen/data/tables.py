"""Samples from a CSV file: one row per sample, or a recording whose rows are time steps.

A column called ``label``, ``class``, ``target`` or ``y`` has the labels; the model may need the last two as values.
Columns of times are left out. If there is one column too many, so is a first one that is an index of pandas; in a table
without names, one that grows by even steps. A column ``sample``, ``window`` or ``id`` numbers the samples. Lines before
the table and a line of units below the names are no data. A first line 0, 1, 2, ... is pandas's for columns without
names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array
from ..core.limits import MAX_VALUES
from .samples import LABELS, placed

TIME = re.compile(
    r"(time|t|timestamp|datetime|date|seconds|ms|elapsed)([^a-z0-9]+(time|s|ms|us|ns|sec|seconds|elapsed|utc))*[^a-z0-9]*"
)
GAPS = ("", "na", "n/a", "null", "none", "-", "?")
FILL = "fill gaps as the device will: with the last good value (pandas: frame.ffill()), or the feature's mean"
VALUES = ("target", "targets", "y")
"""Names of labels that may be a value: a setpoint, an axis."""
GROUPS = ("sample", "window", "id", "sample_id", "window_id")
DELIMITERS = ",;\t "
TABLE = "one line a sample or time step, numbers with commas between them; names of the columns may be the first line"
Lines = Mapping[int, Sequence[str]]
"""The cells of each line, by the line's number."""
COMMA = re.compile(r"^([-+]?\d*),(\d+(?:[eE][-+]?\d+)?)$")
"""A number with a decimal comma."""


@placed
def read_csv(path: Path, shape: Sequence[int | None]) -> tuple[Array, Array | None]:
    """Samples of one model input, and their labels if there is a column of labels.

    Args:
        shape: shape of a sample. (features,): one row per sample. (steps, features): rows are steps, cut into
            consecutive windows if the number of steps is fixed, else one sequence, or one per group of rows. Any other
            shape, or rows as long as a window: one flat row per sample.

    Returns:
        (samples, ...) as float32, and (samples,) labels; the label of a window is that of its last step.

    Raises:
        DataError: the file cannot be read, a cell is no number, rows differ in length, or the columns do not fit the
            model's values.
    """
    head, lines = _lines(path)
    rows = list(lines.values())
    used, label, group = _columns(head, len(rows[0]))
    steps, width = len(shape) == 2, int(np.prod([n or 1 for n in (shape[1:] if len(shape) == 2 else shape)]))
    window = (shape[0] or 0) * width if steps else width
    if label is not None and head[label] in VALUES and len(used) + 1 in (width, window):
        used, label = sorted([*used, label]), None
    values = _values(head, lines, used, (width, window))
    used = used[len(used) - values.shape[1] :]
    if steps and values.shape[1] == window:
        _check_order([head[index] for index in used if head], width)
        steps, width = False, values.shape[1]
    if values.shape[1] != width:
        names = f": {', '.join(head[index] for index in used[:9])}{', ...' * (len(used) > 9)}" if head else ""
        raise DataError(
            f"a row has {values.shape[1]} values, and the model takes {width}{' a step' if steps else ''}",
            why=f"columns that are taken as values{names}" if names else "the file has no line of column names",
            fix='one column a value; labels in a column "label", times in "time"',
        )
    labels = None if label is None else _labels({number: row[label] for number, row in lines.items()})
    if not steps:
        return values.reshape(len(values), *(n or 1 for n in shape)), labels
    if group is None:
        _check_time(head, lines)
    parts = _windows(values, shape[0], None if group is None else [row[group] for row in rows])
    windows = np.stack([values[part] for part in parts])
    return windows, None if labels is None else np.stack([labels[part][-1] for part in parts])


def _check_time(head: Sequence[str], lines: Lines) -> None:
    """Checks that the only column of times, if it has numbers, never goes back.

    Raises:
        DataError: it does: a window would begin in one recording and end in the next.
    """
    columns = [index for index, name in enumerate(head) if TIME.fullmatch(name)]
    times = [row[columns[0]] for row in lines.values()] if len(columns) == 1 else []
    backwards = np.diff(np.array(times, np.float64)) < 0 if all(map(_is_number, times)) else np.zeros(0)
    if backwards.any():
        later = int(backwards.argmax()) + 1
        raise DataError(
            f'line {[*lines][later]}: "{head[columns[0]]}" goes back from {times[later - 1]} to {times[later]}',
            why="it seems that another recording begins there, and windows would hold parts of both",
            fix=("give a folder with a file for each recording", "or leave the column out, if the rows are in order"),
        )


def _check_order(names: Sequence[str], features: int) -> None:
    """Checks that the columns of a window are those of its first step, then those of its second, and so on.

    Raises:
        DataError: their names, without numbers, show that all steps of a feature are together.
    """
    words = [re.sub(r"\d+", "", name) for name in names]
    if len(set(words[:features])) < min(features, len(set(words))):
        raise DataError(
            "a row has all steps of a feature before the next feature",
            why=f"so its columns say: {', '.join(names[:3])}, ...",
            fix="x.transpose(0, 2, 1).reshape(len(x), -1) writes all features of a step before the next step",
        )


def _lines(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Names of the columns in small letters, empty if the first line is numbers, and the cells of the other lines, by
    the line's number."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("cannot read the CSV file", why=str(error), fix="save it as text in UTF-8") from error
    last = text.rstrip().rpartition("\n")[2]
    delimiter = ";" if ";" in last else max(DELIMITERS, key=lambda mark: (last.count(mark), mark == ","))
    try:
        reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
        lines = {number: row for number, row in enumerate(reader, 1) if any(row)}
    except csv.Error as error:
        raise DataError("cannot read the CSV file", why=str(error), fix=TABLE) from error
    if delimiter != ",":  # the numbers may have decimal commas
        lines = {number: [COMMA.sub(r"\1.\2", cell) for cell in row] for number, row in lines.items()}
    head, lines = _table(lines)
    if not lines:
        raise DataError("the CSV file has no line of numbers", fix=TABLE)
    wide = len(head) or len(next(iter(lines.values())))
    for number, row in lines.items():
        if len(row) != wide:
            raise DataError(
                f"line {number} has {len(row)} cells, and others {wide}",
                fix="give each line a cell for every column; numbers with a decimal comma need ; between the cells",
            )
    if len(lines) * wide > MAX_VALUES:
        raise DataError(f"the CSV file has {len(lines) * wide:,} cells: too many", fix="save as .npz")
    return head, lines


def _table(lines: dict[int, list[str]]) -> tuple[list[str], dict[int, list[str]]]:
    """Names and lines of the table alone, without remarks before it, units below the names, and the empty last column
    of lines that end with a delimiter."""
    wide = max(map(len, lines.values()), default=0)
    if not any(row[wide - 1 :] for row in lines.values() if row[wide - 1 :] != [""]):
        wide -= 1
    rows = [(number, row[:wide]) for number, row in lines.items()]
    while rows and not _is_line(rows[0][1], wide):
        rows = rows[1:]
    numbered = rows[1:] and wide > 2 and rows[0][1] == [str(number) for number in range(wide)]
    if not rows or (all(map(_is_number, rows[0][1])) and not numbered):
        return [], dict(rows)
    head = [cell.strip(" #").lower() for cell in rows[0][1]]
    cells = rows[1][1] if rows[1:] else []
    values = [cell for name, cell in zip(head, cells, strict=False) if name not in LABELS and not TIME.fullmatch(name)]
    if any(values) and not any(_is_number(cell) or cell.lower() in GAPS[1:] for cell in cells):
        rows = rows[1:]
    return head, dict(rows[1:])


def _is_line(row: Sequence[str], wide: int) -> bool:
    """Whether a line belongs to the table: all numbers, or names of the columns, of which one may be empty."""
    return all(map(_is_number, row)) or sum(map(bool, row)) >= wide - (not row[0].startswith("#"))


def _values(head: Sequence[str], lines: Lines, used: Sequence[int], sizes: Sequence[int]) -> Array:
    """The used columns; if there is one too many, without a first column that is pandas's index, in any order, or that
    has no name and grows like an index or time."""
    values = _numbers(head, lines, used)
    index = any(head[at] in ("", "index", "unnamed: 0") for at in used[:1]) if head else _is_time(values[:, 0])
    return values[:, 1:] if index and len(used) - 1 in sizes else values


def _numbers(head: Sequence[str], lines: Lines, used: Sequence[int]) -> Array:
    try:
        return np.array([[float(row[at]) for at in used] for row in lines.values()], np.float64).astype(np.float32)
    except ValueError:
        number, index = next((n, at) for n, row in lines.items() for at in used if not _is_number(row[at]))
        cell = lines[number][index]
        name = f' of column "{head[index]}"' if head else ""
        fix = FILL if cell.lower() in GAPS else 'leave the column out, or name it "time" or "label" if it is that'
        raise DataError(f"line {number}: {cell!r}{name} is no number", fix=fix) from None


def _labels(cells: Mapping[int, str]) -> Array:
    """Labels as numbers, or as words if some are no numbers; ``cells`` by the line's number.

    Raises:
        DataError: one is missing, which would be a word of its own.
    """
    if gap := next((number for number, cell in cells.items() if cell.lower() in ("", "nan")), 0):
        raise DataError(f"line {gap} has no label", fix="leave out what has no label (pandas: frame.dropna())")
    if not all(map(_is_number, cells.values())):
        return np.array([*cells.values()])
    numbers = np.array([float(cell) for cell in cells.values()])
    return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers.astype(np.float32)


def _windows(values: Array, steps: int | None, groups: Sequence[str] | None) -> list[slice]:
    """The rows of each sample."""
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
        listed = ", ".join(map(str, sorted(lengths)[:4]))
        expected = "one length" if steps is None else f"{steps} steps"
        raise DataError(
            f"samples have {listed} rows, and all must have {expected}",
            fix=f"cut or pad each sample to {expected}; a sample is the lines with the same {' or '.join(GROUPS[:3])}",
        )
    return parts


def _columns(head: Sequence[str], count: int) -> tuple[list[int], int | None, int | None]:
    """The columns of values, the column of labels, and the column of the samples' numbers."""
    columns = {name: index for index, name in enumerate(head)}
    label, group = (next((columns[name] for name in names if name in columns), None) for names in (LABELS, GROUPS))
    left_out = {index for name, index in columns.items() if TIME.fullmatch(name)} | {label, group}
    return [index for index in range(count) if index not in left_out], label, group


def _is_time(values: Array) -> bool:
    """Whether a column grows by nearly even steps."""
    steps = np.diff(values.astype(np.float64))
    return len(steps) > 1 and bool(np.all(steps > 0)) and float(steps.max()) < 1.5 * float(steps.min())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
