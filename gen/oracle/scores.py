"""Scores of outputs by labels: accuracy and confusion of classes, errors of regressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..core.errors import DataError
from ..core.graph import Array

CLASSES, BINARY, LABELS, REGRESSION = "classes", "binary", "labels", "regression"
"""Tasks: one class of several; yes or no; several yes or no; a quantity."""
MOST_CLASSES = 40
"""Most classes for a confusion matrix."""


@dataclass(frozen=True)
class Scores:
    """One output judged by labels.

    Args:
        task: ``classes``, ``binary``, ``labels`` (several of them at once) or ``regression``.
        device, oracle: ``accuracy``; or ``mae``, ``rmse`` (in the output's units) and ``r2``.
        confusion: the device's samples by label (row) and class (column); None for regressions and many classes.
    """

    task: str
    device: Mapping[str, float]
    oracle: Mapping[str, float]
    confusion: tuple[tuple[int, ...], ...] | None


def score(ours: Array, theirs: Array, labels: Array, logits: bool = False) -> Scores:
    """Judge a device's outputs and the oracle's by labels.

    Args:
        ours, theirs: (samples, ..., values).
        labels: class numbers, (samples, ...); or one-hot rows or quantities in the outputs' shape.
        logits: whether an output above 0 is a yes, and not above .5.

    Raises:
        DataError: the labels do not fit these outputs.
    """
    labels, task = _understood(theirs, labels, logits)
    if task == REGRESSION:
        return Scores(task, _errors(ours, labels), _errors(theirs, labels), None)
    middle = 0.0 if logits else 0.5
    answers = [y.argmax(-1) if task == CLASSES else (y > middle).astype(np.int64) for y in (ours, theirs)]
    accuracies = [{"accuracy": float(np.mean(chosen == labels))} for chosen in answers]
    count = theirs.shape[-1] if task == CLASSES else 2
    matrix = _confusion(labels, answers[0], count) if task != LABELS and count <= MOST_CLASSES else None
    return Scores(task, accuracies[0], accuracies[1], matrix)


def _understood(theirs: Array, labels: Array, logits: bool) -> tuple[Array, str]:
    """Labels in the form of their task, and the task."""
    y = np.asarray(labels)
    shape, values = theirs.shape, theirs.shape[-1] if theirs.ndim > 1 else 1
    _check_numbers(y, len(theirs), values)
    if y.shape in (shape[:-1], (*shape[:-1], 1)) and values > 1:
        return _class_numbers(y.reshape(shape[:-1]), values), CLASSES
    if y.shape != shape and y.size != theirs.size:
        several = "class numbers, one-hot rows, or a quantity for each value of the output"
        raise DataError(
            f"labels of shape {y.shape} do not go with an output of shape {shape}",
            fix=f"give {several if values > 1 else 'one number a sample: 0 or 1, or a quantity'}",
        )
    y, marks = y.reshape(shape), bool(np.isin(y, (0, 1)).all())
    decides = logits or bool(np.isfinite(theirs).all() and theirs.min() >= 0 and theirs.max() <= 1)
    if values > 1 and marks and bool((y.sum(-1) == 1).all()):
        return y.argmax(-1), CLASSES
    if marks and decides:
        return y.astype(np.int64), BINARY if values == 1 else LABELS
    ends = sorted({float(y.min()), float(y.max())})
    if values == 1 and decides and len(ends) > 1 and np.isin(y, ends).all() and np.all(y == np.round(y)):
        what = f"the labels are {ends[0]:g} and {ends[1]:g}, and the output is a {'logit' if logits else 'probability'}"
        raise DataError(what, fix="number the classes 0 and 1")
    return y.astype(np.float64), REGRESSION


def _check_numbers(labels: Array, samples: int, values: int) -> None:
    """Checks that labels are numbers, one for each sample of an output of some values.

    Raises:
        DataError: they are not.
    """
    if labels.dtype.kind not in "iufb":
        words = np.unique(labels.astype(str)).tolist()
        raise DataError(
            f"the labels are {len(words)} words, and the output has {values} values",
            why=f"the words are {', '.join(words[:9])}{', ...' * (len(words) > 9)}",
            fix=("--classes with a name for each value, in its order", "class numbers from 0, in the output's order"),
        )
    check_count(labels, samples)
    if not (finite := np.isfinite(labels)).all():
        raise DataError(
            f"{int(np.sum(~finite)):,} of the labels are no numbers", fix="leave out samples without a label, x and y"
        )


def check_count(labels: Array | None, samples: int) -> None:
    """Checks that each sample has a label, if there are any.

    Raises:
        DataError: there are more or fewer.
    """
    if labels is not None and len(labels) != samples:
        raise DataError(
            f"there are {len(labels):,} labels for {samples:,} samples", fix="one label a sample, in the same order"
        )


def _class_numbers(labels: Array, values: int) -> Array:
    """Labels as numbers of classes.

    Raises:
        DataError: one is no number of a class.
    """
    if not np.array_equal(labels, labels.astype(np.int64)) or labels.min() < 0 or labels.max() >= values:
        raise DataError(
            f"the labels are no class numbers from 0 to {values - 1}",
            why=f"the output has {values} values a sample, and there is one label",
            fix=f"number the classes from 0 to {values - 1}, in the order of the output",
        )
    return labels.astype(np.int64)


def _errors(y: Array, labels: Array) -> dict[str, float]:
    """Mean absolute and root mean square error, and the share of the labels' variance that is explained."""
    errors = y.astype(np.float64) - labels
    around = labels - labels.mean(axis=0, keepdims=True)
    spread = float(np.sum(around**2))
    return {
        "mae": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt(np.mean(errors**2))),
        "r2": 1.0 - float(np.sum(errors**2)) / spread if spread else float("nan"),
    }


def _confusion(labels: Array, chosen: Array, count: int) -> tuple[tuple[int, ...], ...]:
    matrix = np.zeros((count, count), np.int64)
    np.add.at(matrix, (labels.reshape(-1), chosen.reshape(-1)), 1)
    return tuple(tuple(int(n) for n in row) for row in matrix)
