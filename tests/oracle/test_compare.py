"""Comparing outputs: infinities never pass by being divided away, labels count only where they fit."""

import json

import msgspec
import numpy as np
import pytest

from gatesmith.core.errors import DataError
from gatesmith.flow.facts import Comparison
from gatesmith.oracle.compare import compare
from gatesmith.oracle.scores import score


def row(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


@pytest.mark.parametrize(
    ("ours", "theirs", "passes"),
    [
        (row(1, 2), row(1, 2.00001), True),
        (row(1, 2), row(1, 2.1), False),
        (row(1, np.inf), row(1, np.inf), True),
        (row(1, 3e38), row(1, np.inf), False),
        (row(1, np.inf), row(1, 3), False),
        (row(1, np.nan), row(1, 3), False),
        (row(1, 3), row(1, np.nan), False),
        (row(0, 2e6 + 8), row(0, 2e6), True),
    ],
)
def test_within(ours: np.ndarray, theirs: np.ndarray, passes: bool) -> None:
    comparison = compare("y", ours, theirs)
    assert comparison.within(1e-5) is passes
    json.dumps(msgspec.to_builtins(Comparison.of(comparison)), allow_nan=False)


@pytest.mark.parametrize(
    ("labels", "accuracy"), [(np.array([1]), 1.0), (np.array([[0]]), 0.0), (np.array([[0, 1]]), 1.0)]
)
def test_class_labels(labels: np.ndarray, accuracy: float) -> None:
    assert compare("y", row(0.2, 0.8), row(0.2, 0.8), labels).accuracy_device == accuracy


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        (np.array(["b"]), "not numbers"),
        (np.zeros((4,)), "4 labels for 1 samples"),
        (np.zeros((1, 5)), "do not go with an output"),
        (np.array([2]), "no class numbers from 0 to 1"),
        (np.array([0.5]), "no class numbers"),
    ],
)
def test_labels_of_something_else_are_refused(labels: np.ndarray, what: str) -> None:
    with pytest.raises(DataError, match=what):
        compare("y", row(0.2, 0.8), row(0.2, 0.8), labels)


def test_yes_or_no_and_several_at_once() -> None:
    theirs = np.array([[0.9], [0.2], [0.7], [0.4]], np.float32)
    scores = score(theirs, theirs, np.array([1, 0, 0, 0]))
    assert scores.task == "binary" and scores.device["accuracy"] == 0.75 and scores.confusion == ((2, 1), (0, 1))
    both = np.array([[0.9, 0.8], [0.1, 0.2]], np.float32)
    assert score(both, both, np.array([[1, 1], [0, 0]])).task == "labels"


def test_a_regression_is_judged_by_errors() -> None:
    """The expected scores follow scikit-learn's formulas of r2_score and mean_absolute_error."""
    y = np.array([1.0, 2.0, 4.0, 7.0])
    theirs = y[:, None].astype(np.float32)
    ours = theirs + np.array([[0.5], [-0.5], [0.0], [1.0]], np.float32)
    scores = score(ours, theirs, y)
    assert scores.task == "regression" and scores.confusion is None and scores.span == 6.0
    assert scores.oracle == {"mae": 0.0, "rmse": 0.0, "r2": 1.0}
    assert scores.device["mae"] == 0.5 and np.isclose(scores.device["rmse"], np.sqrt(1.5 / 4))
    assert np.isclose(scores.device["r2"], 1 - 1.5 / np.sum((y - 3.5) ** 2))
    assert score(ours, theirs, np.ones(4)).device["r2"] != score(ours, theirs, np.ones(4)).device["r2"]  # no variance
    json.dumps(msgspec.to_builtins(Comparison.of(compare("y", ours, theirs, np.ones(4)))), allow_nan=False)
