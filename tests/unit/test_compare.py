"""Comparing outputs: infinities never pass by being divided away, labels count only where they fit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gatesmith.compare import compare


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
    found = compare("y", ours, theirs)
    assert found.within(1e-5) is passes
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("labels", "accuracy"),
    [
        (np.array([1]), 1.0),
        (np.array([[0]]), 0.0),
        (np.array([[0, 1]]), 1.0),
        (np.array(["b"]), None),
        (np.zeros((1, 5)), None),
        (np.zeros((4,)), None),
    ],
)
def test_labels(labels: np.ndarray, accuracy: float | None) -> None:
    assert compare("y", row(0.2, 0.8), row(0.2, 0.8), labels).accuracy_device == accuracy
