"""A regression is judged as one: by its errors, on the range of its answers; goals that mean nothing are refused."""

import gc
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from gatesmith import cli
from gatesmith.core.errors import ExitCode
from gatesmith.oracle import judge

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
    assert "RMSE" in page and "R2" in page and "accuracy" not in page
    assert cli.main([*words, "--json"]) == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    scores = output["scores"]
    assert scores["task"] == "regression" and scores["oracle"]["r2"] > 0.9 and scores["confusion"] is None
    answers = np.load(data)["y"]
    assert abs(output["spread"] - np.std(answers)) < 1e-3  # of the answers, which an RMSE is compared with


def test_a_drop_of_accuracy_means_nothing_there(small: tuple[Path, Path], capsys: Any) -> None:
    model, data = small
    words = ["validate", str(model), "--numeric", "int8", "--calibration", str(data), "--max-accuracy-drop", "1"]
    assert cli.main(words) == ExitCode.USAGE
    assert "the model is a regression" in " ".join(capsys.readouterr().err.split())
    np.savez(data.with_name("bare.npz"), in_0=X)
    words[5] = str(data.with_name("bare.npz"))
    assert cli.main(words) == ExitCode.USAGE
    assert "no output has several classes" in " ".join(capsys.readouterr().err.split())


def test_keras_judges_without_what_it_needs_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Modules such as pandas take a third of the judge's start; no garbage is collected while Keras loads."""
    events: dict[str, Any] = {}

    class Doubling:
        inputs: ClassVar = [np.zeros((1, 3))]

        def __call__(self, x: Any, training: bool) -> Any:
            events["collects later"] = gc.isenabled()
            return 2 * x

    def loaded(package: str) -> Any:
        events.update(package=package, collects=gc.isenabled(), modules=[sys.modules[name] for name in judge.NEEDLESS])
        return SimpleNamespace(
            __version__="3.0", models=SimpleNamespace(load_model=lambda path, compile, custom_objects: Doubling())
        )  # fmt: skip

    for name in judge.NEEDLESS:
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    monkeypatch.setattr(judge, "import_module", loaded)
    np.savez(tmp_path / "in.npz", np.ones((2, 3), np.float32))
    judge._main("keras", "m.keras", str(tmp_path / "in.npz"), str(tmp_path / "out.npz"))
    with np.load(tmp_path / "out.npz") as answer:
        assert str(answer["name"]) == "Keras 3.0" and (answer["out_0"] == 2).all()
    assert events == {"package": "keras", "collects": False, "modules": [None, None, None], "collects later": True}


def test_decibels_are_floored_by_the_loudest_of_a_clip(tmp_path: Path, capsys: Any) -> None:
    """Not by that of a batch, in which Keras would floor a quiet clip by a loud one."""
    import keras

    mel = keras.layers.MelSpectrogram(64, 32, window=None, sampling_rate=8000, num_mel_bins=6, min_freq=50)
    keras.Sequential([keras.Input((256,)), mel]).save(tmp_path / "m.keras")
    clips = RNG.normal(size=(4, 256)) * np.array([1.0, 1e-6, 0.0, 1e-3])[:, None]
    np.savez(tmp_path / "clips.npz", in_0=clips.astype(np.float32))
    assert cli.main(["validate", str(tmp_path / "m.keras"), "--input", str(tmp_path / "clips.npz")]) == 0
    assert "PASS" in capsys.readouterr().out
