"""TFLite's own int8 beside ours: the same LSTM from tf_keras, the same calibration data, the same test data.

TFLite converts an LSTM only from tf_keras, where it is fused into one operation; a GRU it does not convert to integers.
"""

from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import beside_tflite as tool
import integers as table
import numpy as np
import pytest
from everything import EVERYTHING

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.quantization.prepare import quantized

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
pytestmark = pytest.mark.skipif(not hasattr(tf, "lite"), reason="this tensorflow has no tf.lite")

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


def motions() -> tuple[Any, Any, Any]:
    """The bundled example's LSTM and Dense on standardised windows: TFLite folds its Normalization differently."""
    import keras

    trained = keras.models.load_model(EXAMPLES / "basic_motions.keras")
    windows = []
    for which in ("calibration", "test"):
        with np.load(EXAMPLES / f"basic_motions_{which}.npz") as data:
            windows.append(np.asarray(trained.get_layer("standardise")(data["in_0"]), np.float32))
    layers = tf_keras.layers
    lstm, dense = layers.LSTM(24), layers.Dense(4, activation="softmax")
    model = tf_keras.Sequential([layers.Input(windows[0].shape[1:]), lstm, dense])
    lstm.set_weights(trained.get_layer("lstm").get_weights())
    dense.set_weights(trained.get_layer("activity").get_weights())
    return model, *windows


def stacked() -> tuple[Any, Any, Any]:
    tf_keras.utils.set_random_seed(1)
    layers = tf_keras.layers
    body = [layers.LSTM(32, return_sequences=True), layers.LSTM(16), layers.Dense(4, activation="softmax")]
    rng = np.random.default_rng(1)
    shown, test = (rng.normal(size=(64, 20, 9)).astype(np.float32) for _ in range(2))
    return tf_keras.Sequential([layers.Input((20, 9)), *body]), shown, test


def test_lstms_have_no_more_noise_than_tflites_on_other_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three of tools/integers.py that lost .7 to 2.3 dB, two by default; .5 dB of one is luck of rounding."""
    places = (0, 4, 6) if EVERYTHING else (0, 6)
    every = table.cases
    monkeypatch.setattr(table, "cases", lambda: (case for k, case in enumerate(islice(every(), 7)) if k in places))
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    table.make(tmp_path)
    ours = np.array([table.measure(tmp_path, k, "int8", Settings().observer) for k in range(len(places))])
    theirs = np.array([tool.alone(k, "int8") for k in range(len(places))], np.float64)
    print("TFLite", theirs, "ours", ours)
    assert np.all(ours >= theirs - 0.5) and ours.mean() >= theirs.mean() + 0.3


@cache
def judged(case: Callable[[], tuple[Any, Any, Any]]) -> tuple[Any, Any, Any, Any, float]:
    """A case with its Keras's answers, and TFLite's largest error."""
    model, calibration, test = case()
    right = np.asarray(model(test))
    return model, calibration, test, right, float(np.abs(tool.answers(model, "int8", calibration, test) - right).max())


@pytest.mark.parametrize(
    ("case", "observer"), [(case, observer) for case in (motions, stacked) for observer in ("minmax", "mse")]
)
def test_int8_is_no_further_from_keras_than_tflite(case: Any, observer: str, tmp_path: Path) -> None:
    model, calibration, test, right, theirs = judged(case)
    model.save(tmp_path / "m.h5")
    np.savez(tmp_path / "c.npz", in_0=calibration)
    settings = Settings(numeric="int8", calibration=str(tmp_path / "c.npz"), observer=observer)
    result = quantized(load(tmp_path / "m.h5", settings), settings, NUMERICS["int8"])
    ours = float(np.abs(evaluate(result.graph, [test])[0] - right).max())
    print(f"{case.__name__} {observer}: TFLite {theirs:.5f}, ours {ours:.5f}")
    assert ours <= theirs
