"""A regression is judged as one: by its errors, on the range of its answers; goals that mean nothing are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith import cli
from gatesmith.core.errors import ExitCode

RNG = np.random.default_rng(1)
X = RNG.normal(size=(40, 6, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A regression whose answers span a hundredth, and data with quantities as labels."""
    import keras

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("small")
    x = keras.Input((6, 2))
    model = keras.Model(x, keras.layers.Rescaling(0.01)(keras.layers.Dense(1)(keras.layers.GRU(6)(x))))
    model.save(folder / "m.keras")
    answers = model.predict(X, verbose=0)[:, 0]
    np.savez(folder / "data.npz", in_0=X, y=answers + RNG.normal(scale=1e-4, size=40))
    return folder / "m.keras", folder / "data.npz"


def test_the_page_and_the_report_tell_errors(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    words = ["validate", str(model), "--numeric", "int16", "--calibration", str(data), "--input", str(data)]
    assert cli.main(words) == 0
    page = capsys.readouterr().out
    assert "MAE" in page and "R2" in page and "accuracy" not in page
    assert cli.main([*words, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["outputs"]
    scores = told["scores"]
    assert scores["task"] == "regression" and scores["oracle"]["r2"] > 0.9 and scores["confusion"] is None
    answers = np.load(data)["y"]
    assert abs(told["scale"] - np.ptp(answers)) < 1e-3  # the range, not 1


def test_a_drop_of_accuracy_means_nothing_there(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    words = ["validate", str(model), "--numeric", "int8", "--calibration", str(data), "--max-accuracy-drop", "1"]
    assert cli.main(words) == ExitCode.USAGE
    assert "the model is a regression" in " ".join(capsys.readouterr().err.split())
    np.savez(data.with_name("bare.npz"), in_0=X)
    words[5] = str(data.with_name("bare.npz"))
    assert cli.main(words) == ExitCode.USAGE
    assert "no output has several classes" in " ".join(capsys.readouterr().err.split())


def test_labels_of_another_length_are_an_error_that_names_the_file(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    wrong = data.with_name("wrong.npz")
    np.savez(wrong, in_0=X, y=np.zeros(7))
    assert cli.main(["validate", str(model), "--input", str(wrong)]) == ExitCode.INPUT
    told = " ".join(capsys.readouterr().err.split())
    assert "7 labels for 40 samples" in told and "wrong.npz" in told
