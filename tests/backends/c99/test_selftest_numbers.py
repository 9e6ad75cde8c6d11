"""Self-tests of models that divide by 0 on some samples, or on all: NaN and infinity have no literal in C."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from gatesmith.cli import main
from gatesmith.core.errors import ExitCode

keras = pytest.importorskip("keras", reason="Keras 3 is not installed")


def saved(path: Path, spread: float) -> Path:
    x: Any = keras.Input((4,))
    y = keras.ops.power(keras.ops.relu(x) * spread, -1.0)
    keras.Model(x, keras.layers.Dense(2, kernel_initializer="ones")(y)).save(path)
    return path


def test_samples_without_an_answer_are_left_out(tmp_path: Path) -> None:
    """One sample of 16 has no value below 0."""
    model, out = saved(tmp_path / "some.keras", 1.0), tmp_path / "out"
    assert main(["generate", str(model), "--target", "host", "-o", str(out)]) == ExitCode.OK
    done = subprocess.run(["make", "-C", out, "test"], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "largest difference" in done.stdout, done


def test_a_model_without_any_answer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = saved(tmp_path / "none.keras", 0.0), tmp_path / "out"
    assert main(["generate", str(model), "--target", "host", "-o", str(out)]) == ExitCode.INPUT
    assert "an infinity or NaN" in capsys.readouterr().err
    assert not out.exists()
