"""The verdict: classes and accuracy, RMSE, the user's limits, and faults that no limit may hide."""

from dataclasses import replace

import numpy as np
import pytest

from gatesmith.flow.verdict import MOST_LOST, Verdict, as_good, verdict
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.compare import compare
from gatesmith.oracle.limits import Limits

HONEST = (
    "every integer is the reference's, so it is int8 that loses this much, not the device; "
    "gatesmith calibrate names the layers that lose it, gatesmith choose the types that lose less"
)
RANDOM = np.random.default_rng(0)
WAVE = np.sin(np.arange(200) / 7)[:, None].astype(np.float32)


def of(
    ours: np.ndarray, theirs: np.ndarray, labels: np.ndarray | None = None, numeric: str = "int8", **more: object
) -> Verdict:
    limits, tolerance = Limits(**more.pop("limits", {})), more.pop("tolerance", None)  # type: ignore[arg-type]
    rows = [compare("y", ours, theirs, labels)]
    return verdict(rows, NUMERICS[numeric], limits, tolerance, more.pop("different", 0), ours.size)  # type: ignore[arg-type]


def classes(changed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of 100 samples, sure of a class each; so many samples then prefer another one."""
    theirs = np.full((100, 4), 0.1, np.float32)
    theirs[np.arange(100), np.arange(100) % 4] = 0.7
    ours = theirs.copy()
    ours[:changed] = np.roll(ours[:changed], 1, axis=1)
    return ours, theirs


def test_a_classifier_is_judged_by_its_classes() -> None:
    most = round(100 * MOST_LOST)
    passed = of(*classes(most))
    assert passed.passed and passed.sentence == "95 of 100 classes as Keras"
    assert all(of(*classes(lost), limits={"drop": lost}).passed for lost in (5, 7)), "1 - .95 is more than .05"
    failed = of(*classes(most + 1))
    assert not failed.passed
    assert str(failed) == f"FAIL: 94 of 100 classes as Keras: more than 5 % differ; {HONEST}"
    right = np.arange(100) % 4
    assert of(*classes(most), right).sentence == "95 of 100 classes as Keras; accuracy 95 %, Keras 100 %"
    assert not of(*classes(most + 1), right).passed
    judged = verdict([replace(compare("y", *classes(most)), judge="the reference")], NUMERICS["int8"])
    assert judged.sentence == "95 of 100 classes as the reference", "Keras is not named where it did not run"
    wrong = (np.arange(100) + 1) % 4
    assert of(*classes(50), wrong).passed, "no accuracy is lost where Keras is wrong"


def test_a_yes_or_no_may_lose_no_more() -> None:
    theirs, labels = np.full((100, 1), 0.9, np.float32), np.ones(100)
    for lost in (5, 6):
        assert of(np.where(np.arange(100)[:, None] < lost, 0.1, theirs), theirs, labels).passed is (lost == 5)


def test_one_sample_of_few_may_change() -> None:
    ours, theirs = (y[:8] for y in classes(1))
    assert of(ours, theirs).passed and not of(classes(2)[0][:8], theirs).passed


def test_a_regression_is_judged_by_its_rmse() -> None:
    """The labels differ from Keras's answers by .01 of their spread; the device from Keras's by more and more."""
    labels = WAVE + 0.01 * RANDOM.normal(size=WAVE.shape)
    noise = RANDOM.normal(size=WAVE.shape).astype(np.float32)
    near, far = of(WAVE + 0.005 * noise, WAVE, labels), of(WAVE + 0.1 * noise, WAVE, labels)
    assert near.passed and "RMSE 0.0" in near.sentence and ", Keras 0.0" in near.sentence
    assert not far.passed and far.sentence.startswith("RMSE 0.1") and "; Keras 0.0" in far.sentence


def test_without_labels_the_difference_is_compared_with_the_spread() -> None:
    offset = 1000 + 0.2 * WAVE
    assert "> 0.014, 110 % of" in of(offset + 0.15, offset).sentence, "an offset does not make an error small"
    assert of(offset + 0.005, offset).passed
    assert "difference 1e+08 > 0.014, more than 1,000 % of" in of(offset + 1e8, offset).sentence
    constant = np.full((20, 1), 3.0, np.float32)
    assert of(constant + 0.2, constant).passed and not of(constant + 0.4, constant).passed


def test_a_value_that_is_lost_beside_larger_ones_is_named() -> None:
    """As int8 holds a value of size 1 beside one of 1,000; a value that stands still is not lost."""
    theirs = np.stack([np.cos(np.arange(200) / 9), 1000 * WAVE[:, 0], np.full(200, 7.0)], -1).astype(np.float32)
    ours = np.round(theirs / 8) * 8
    for labels, first in ((None, "RMS difference"), (theirs + 1, "RMSE")):
        passed = of(ours, theirs, labels)
        assert passed.passed and passed.sentence.startswith(first)
        assert passed.sentence.endswith("; value 1 alone: 100 % of its own spread")
    assert "alone" not in of(theirs + 0.1, theirs).sentence


@pytest.mark.parametrize("numeric", NUMERICS)
def test_a_device_that_computes_otherwise_fails_whatever_the_classes(numeric: str) -> None:
    ours, theirs = classes(0)
    integer = NUMERICS[numeric].integer
    judged = of(ours + 1, theirs, numeric=numeric, different=7 if integer else 0)
    assert not judged.passed
    assert not integer or judged.sentence == "7 of 400 integers differ from the reference's"


def test_limits_of_the_user_replace_the_others() -> None:
    ours, theirs = classes(20)
    assert of(ours, theirs, limits={"error": 0.7}).sentence == "80 of 100 classes as Keras; error 0.6, at most 0.7"
    assert of(ours, theirs, limits={"error": 0.5}).sentence == f"error 0.6 > 0.5; {HONEST}"
    assert of(ours, theirs, limits={"error": 0.5}, numeric="float32").sentence == "error 0.6 > 0.5"
    assert of(ours, theirs, limits={"drop": 20.0}).passed and not of(ours, theirs, limits={"drop": 19.0}).passed
    assert of(ours, theirs, tolerance=0.7).passed and not of(ours, theirs, tolerance=0.5).passed
    assert of(ours, theirs, limits={"flash": 10, "ms": 1.0}).passed is of(ours, theirs).passed


def test_nan_passes_no_limit() -> None:
    ours = WAVE.copy()
    ours[3] = np.nan
    for more in ({}, {"limits": {"error": 1e9}}, {"tolerance": 1e9}):
        judged = of(ours, WAVE, **more)
        assert not judged.passed and "NaN" in judged.sentence


def test_as_good_as_keras() -> None:
    assert as_good(compare("y", *classes(0))) and not as_good(compare("y", *classes(1)))
    labels = WAVE + 0.1 * RANDOM.normal(size=WAVE.shape)
    assert as_good(compare("y", WAVE + 1e-3, WAVE, labels)) and not as_good(compare("y", WAVE + 0.1, WAVE, labels))
    assert as_good(compare("y", WAVE + 1e-3, WAVE)) and not as_good(compare("y", WAVE + 0.1, WAVE))
