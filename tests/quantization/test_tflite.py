"""TFLite's own int8 beside ours: the same LSTM from tf_keras, the same calibration data, the same test data.

TFLite converts an LSTM only from tf_keras, where it is fused into one operation; a GRU it does not convert to integers.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatesmith.core.settings import Settings
from gatesmith.importers.reading import load
from gatesmith.numerics import NUMERICS
from gatesmith.oracle.reference import evaluate
from gatesmith.quantization.prepare import quantized

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
tf_keras = pytest.importorskip("tf_keras", reason="tf_keras is not installed")
pytestmark = pytest.mark.skipif(not hasattr(tf, "lite"), reason="this tensorflow has no tf.lite")

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


def tflite(model: Any, calibration: Any, test: Any) -> Any:
    """What TFLite's int8 interpreter answers, each sample from zero states."""
    shape = tf.TensorSpec((1, *test.shape[1:]), tf.float32)
    traced = tf.function(model).get_concrete_function(shape)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    device = tf.lite.Interpreter(model_content=converter.convert())
    device.allocate_tensors()
    (port,), (out,) = device.get_input_details(), device.get_output_details()
    scale, zero = port["quantization"]
    answers = []
    for x in test:
        device.reset_all_variables()  # else an LSTM's states would go on from the last sample
        device.set_tensor(port["index"], np.clip(np.round(x[None] / scale + zero), -128, 127).astype(np.int8))
        device.invoke()
        answers.append(device.get_tensor(out["index"])[0].astype(np.float32))
    scale, zero = out["quantization"]
    return (np.array(answers) - zero) * scale


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
    """The three of tools/integers.py that lost .7 to 2.3 dB; .5 dB of one is luck of rounding."""
    monkeypatch.syspath_prepend(str(EXAMPLES.parent / "tools"))
    tool, table = import_module("beside_tflite"), import_module("integers")
    every = table.cases
    monkeypatch.setattr(table, "cases", lambda: (case for k, case in enumerate(islice(every(), 7)) if k in (0, 4, 6)))
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    table.make(tmp_path)
    ours = np.array([table.measure(tmp_path, k, "int8", Settings().observer) for k in range(3)])
    theirs = np.array([tool.alone(k, "int8") for k in range(3)], np.float64)
    print("TFLite", theirs, "ours", ours)
    assert np.all(ours >= theirs - 0.5) and ours.mean() >= theirs.mean() + 0.3


@cache
def judged(case: Callable[[], tuple[Any, Any, Any]]) -> tuple[Any, Any, Any, Any, float]:
    """A case with its Keras's answers, and TFLite's largest error."""
    model, calibration, test = case()
    right = np.asarray(model(test))
    return model, calibration, test, right, float(np.abs(tflite(model, calibration, test) - right).max())


@pytest.mark.parametrize(
    ("case", "observer"), [(case, observer) for case in (motions, stacked) for observer in ("minmax", "mse")]
)
def test_int8_is_no_further_from_keras_than_tflite(case: Any, observer: str, tmp_path: Path) -> None:
    model, calibration, test, right, theirs = judged(case)
    model.save(tmp_path / "m.h5")
    np.savez(tmp_path / "c.npz", in_0=calibration)
    settings = Settings(numeric="int8", calibration=str(tmp_path / "c.npz"), observer=observer)
    made = quantized(load(tmp_path / "m.h5", settings), settings, NUMERICS["int8"])
    ours = float(np.abs(evaluate(made.graph, [test])[0] - right).max())
    print(f"{case.__name__} {observer}: TFLite {theirs:.5f}, ours {ours:.5f}")
    assert ours <= theirs
