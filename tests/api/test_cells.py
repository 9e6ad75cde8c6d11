"""Cells of the user's own, ``examples/cells``: in C and in MicroPython's Python, compared with Keras."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gatesmith
from gatesmith.api import custom
from gatesmith.core.errors import UnsupportedError, UsageError
from gatesmith.importers.keras.live.custom import module_of

CELLS = {"min_gru": "MinGRUCell", "fast_grnn": "FastGRNNCell", "cfc": "CfCCell"}
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "cells"
RNG = np.random.default_rng(9)
X = RNG.normal(size=(4, 7, 4)).astype(np.float32)


def model_of(module: ModuleType, name: str) -> Any:
    """Two layers: units that blocks of rows divide, and a number that they do not; every step, and the last."""
    import keras

    cell = module.custom_objects[name]
    layers = [keras.layers.RNN(cell(7), return_sequences=True), keras.layers.RNN(cell(4)), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((7, 4)), *layers], name=f"a_{name.lower()}")
    for weight in model.weights:
        weight.assign(RNG.normal(0, 0.5, weight.shape))
    return model


@pytest.mark.parametrize("file", CELLS)
def test_a_cell_computes_what_keras_does(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = FOLDER / f"{file}.py"
    code = path.read_text("utf-8").split('"""', 2)[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 60  # Keras class, op and templates
    model = model_of(module_of(path), CELLS[file])
    right = np.asarray(model(X))
    for numeric, bound in (("float32", 2e-6), ("float32w16", 0.01), ("float32w8", 0.1)):
        artifact = gatesmith.convert(model, numeric=numeric)
        done = artifact.validate(X, measure=False)  # the compiled C beside Keras
        assert done.passed and done.result.report.oracle.startswith("Keras") and done.outputs[0].max_abs < bound
    with pytest.raises(UnsupportedError, match="no integer form of"):
        gatesmith.convert(model, numeric="int8", calibration=X)
    for weight in model.weights:
        if len(weight.shape) == 2 and weight.shape[0] > 2:  # matrices that 4 bits hold as they are
            weight.assign(np.vstack([np.full((1, weight.shape[1]), 7), RNG.integers(-7, 8, weight.shape)[1:]]) / 16)
    right = np.asarray(model(X))
    done = gatesmith.convert(model, numeric="float32w4").validate(X, measure=False)
    assert done.passed and done.outputs[0].max_abs < 1e-5
    written = gatesmith.convert(model, backend="micropython")
    assert np.abs(in_micropython(written, tmp_path, monkeypatch) - right).max() < 5e-6


@pytest.mark.parametrize("file", CELLS)
def test_a_cell_in_integers(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C and MicroPython's Python are the rule's op bit for bit, and that is near Keras."""
    path = FOLDER / f"{file}_integer.py"
    assert len(path.read_text("utf-8").splitlines()) <= 30
    model = model_of(module_of(path), CELLS[file])
    right = np.asarray(model(X))
    for numeric, least in (("int8", 30), ("int16w8", 40)):
        artifact = gatesmith.convert(model, numeric=numeric, calibration=X)
        done = artifact.validate(X, measure=False)  # the compiled C beside the definition and Keras
        assert (
            done.passed and done.result.report.oracle.startswith("Keras") and done.result.report.different_integers == 0
        )
        definition = np.asarray(artifact.predict(X))
        assert 10 * np.log10(np.sum(right**2) / np.sum((definition - right) ** 2)) > least
        written = gatesmith.convert(model, numeric=numeric, calibration=X, backend="micropython")
        folder = tmp_path / numeric
        folder.mkdir()
        assert np.array_equal(in_micropython(written, folder, monkeypatch).astype(np.float32), definition)


SLIPS = (
    ({"z": "sigmoid"}, "has the gates 'zh', and 1 are activated"),
    ({}, "and 0 are activated"),
    ({"z": "sigmoid", "h": "relu"}, "calls no relu"),
    ({"z": "sigmoid", "h": "linear", "q": "linear"}, "takes other gates"),
)


@pytest.mark.parametrize(("activations", "words"), SLIPS)
def test_slips_of_a_formula_are_told_where_it_is_registered(activations: dict[str, str], words: str) -> None:
    op = module_of(FOLDER / "min_gru_integer.py").MinGRU
    with pytest.raises(UsageError, match=words):
        custom.mix(op, lambda shift, h, z, new: h, activations)


def test_a_formula_beyond_32_bits_is_refused() -> None:
    """The same on both sides of 2^31; and whole numbers may stand on either side of an operator."""
    module = module_of(FOLDER / "min_gru_integer.py")
    model = model_of(module, "MinGRUCell")
    for beyond, words in ((4, "32 bits do not hold that"), (1, "")):

        def formula(shift: Any, h: Any, z: Any, new: Any, times: int = beyond) -> Any:
            return shift(times * ((32768 - z) * h) + times * (z * new), 17 if times == 4 else 15)

        custom.mix(module.MinGRU, formula, {"z": "sigmoid", "h": "linear"})
        if words:
            with pytest.raises(UnsupportedError, match=words):
                gatesmith.convert(model, numeric="int8", calibration=X)
        else:
            assert gatesmith.convert(model, numeric="int8", calibration=X).validate(X, measure=False).passed


def in_micropython(written: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The outputs of MicroPython's code in CPython, (samples, 2)."""
    for name, text in written.files.items():
        (folder / Path(name).name).write_text(text, "utf-8")
    monkeypatch.syspath_prepend(str(folder))
    module = importlib.import_module(written.name).Model()
    answers = np.array([module.predict(x.reshape(-1).tolist()) for x in X]).reshape(len(X), 2)
    for name in written.files:
        sys.modules.pop(Path(name).stem, None)
    return answers


def test_a_file_with_a_cell(tmp_path: Path) -> None:
    """The file is read with ``custom``, and Keras, in a process of its own, judges with the same module."""
    path = FOLDER / "cfc.py"
    model = model_of(module_of(path), "CfCCell")
    for file in (tmp_path / "m.keras", tmp_path / "m.h5"):
        model.save(str(file))
        artifact = gatesmith.convert(file, custom=path)
        assert np.abs(np.asarray(artifact.predict(X)) - np.asarray(model(X))).max() < 2e-6
        assert artifact.validate(X, measure=False).result.report.oracle.startswith("Keras")


def test_a_file_with_a_cell_in_integers(tmp_path: Path) -> None:
    """A module of ``custom`` imports what lies beside it, here and where Keras judges."""
    path = FOLDER / "cfc_integer.py"
    file = tmp_path / "m.keras"
    model_of(module_of(path), "CfCCell").save(str(file))
    done = gatesmith.convert(file, custom=path, numeric="int8", calibration=X).validate(X, measure=False)
    assert done.passed and done.result.report.oracle.startswith("Keras") and done.result.report.different_integers == 0
