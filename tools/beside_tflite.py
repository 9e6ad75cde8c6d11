"""TFLite's integers and ours on the models of tools/integers.py: signal to noise beside Keras on held-out data.

.venv/bin/python tools/beside_tflite.py [--types int8 int16w8] [--models NAME ...] [--observer minmax] [--json FILE]

Both get the same calibration and test data. TFLite converts an LSTM only from tf_keras, whose layer is one fused
operation. Its int16 activations with int8 weights are beside int16w8. Its inputs and outputs are integers too, but
where a model begins with an Embedding; states are reset before each sample. Each conversion is a process of its own:
some end it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import integers
import numpy as np

TYPES = {"int8": ("TFLITE_BUILTINS_INT8", "int8"), "int16w8": (
    "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8", "int16",
)}  # fmt: skip
"""Our types, and TFLite's operators and type of inputs and outputs."""


def twin(path: Path) -> Any:
    """A Keras 3 file's Sequential model in tf_keras."""
    keras, old = import_module("keras"), import_module("tf_keras")
    made = keras.models.load_model(path)
    layers = [old.layers.Input(made.input_shape[1:])]
    for layer in made.layers:
        config = layer.get_config()
        known = {k: config[k] for k in ("name", "units", "activation", "return_sequences", "input_dim", "output_dim")
                 if k in config}  # fmt: skip
        layers.append(getattr(old.layers, type(layer).__name__)(**known))
    model = old.Sequential(layers)
    for ours, theirs in zip(made.layers, model.layers, strict=True):
        theirs.set_weights(ours.get_weights())
    return model


def answers(model: Any, numeric: str, calibration: Any, test: Any) -> Any:
    """What TFLite's interpreter answers, in real values.

    Raises:
        Exception: whatever its converter says of what it does not convert.
    """
    tf = import_module("tensorflow")
    operators, ports = TYPES[numeric]
    shape = tf.TensorSpec((1, *test.shape[1:]), tf.float32)
    traced = tf.function(model).get_concrete_function(shape)
    held = tf.Module()
    held.variables_of_model = model.variables  # beside a Keras model its layers would be traced for files, five times
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced], held)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in calibration)
    converter.target_spec.supported_ops = [getattr(tf.lite.OpsSet, operators)]
    if not any(type(layer).__name__ == "Embedding" for layer in model.layers):
        converter.inference_input_type = converter.inference_output_type = getattr(tf, ports)
    device = tf.lite.Interpreter(model_content=converter.convert())
    device.allocate_tensors()
    (port,), (out,) = device.get_input_details(), device.get_output_details()
    found = []
    for x in test:
        device.reset_all_variables()  # else an LSTM's states would go on from the last sample
        device.set_tensor(port["index"], stored(x[None], port))
        device.invoke()
        found.append(device.get_tensor(out["index"])[0])
    scale, zero = out["quantization"]
    whole = np.array(found)
    return (whole.astype(np.float64) - zero) * scale if scale else whole


def stored(x: Any, port: Any) -> Any:
    """Real values as a port takes them."""
    scale, zero = port["quantization"]
    if not scale:
        return x.astype(port["dtype"])
    ends = np.iinfo(port["dtype"])
    return np.clip(np.round(x / scale + zero), ends.min, ends.max).astype(port["dtype"])


def measure(count: int, numeric: str) -> float | str:
    """Signal to noise of TFLite; or why it has none."""
    command = [sys.executable, __file__, "--one", str(count), "--types", numeric]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"its converter or interpreter ends the process with {done.returncode}"
    found: float | str = json.loads(done.stdout.splitlines()[-1])
    return found


def alone(count: int, numeric: str) -> float | str:
    """The same, in this process."""
    with np.load(integers.FOLDER / f"{count}.test.npz") as data:
        x, right = data["in_0"], data["out_0"]
    with np.load(integers.FOLDER / f"{count}.calibration.npz") as data:
        shown = data["in_0"]
    try:
        made = answers(twin(integers.FOLDER / f"{count}.keras"), numeric, shown, x)
    except Exception as error:  # whatever a converter of C++ raises
        text = str(error).strip().splitlines()
        return next((line for line in text if "error" in line.lower()), text[-1] if text else repr(error))[-160:]
    return integers.signal_to_noise(made.reshape(right.shape), right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--types", nargs="*", default=list(TYPES), choices=TYPES)
    parser.add_argument("--models", nargs="*", help="parts of their names")
    parser.add_argument("--observer", default="minmax")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=int, help="a model by its number: TFLite's figure alone, as JSON")
    given = parser.parse_args()
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
    if given.one is not None:
        print(json.dumps(alone(given.one, given.types[0])))
        return
    if not (integers.FOLDER / "index.json").exists():
        integers.make(integers.FOLDER)
    found: dict[str, dict[str, Any]] = {}
    head = [f"{who}, {numeric}" for numeric in given.types for who in ("TFLite", "ours")]
    print("| model | " + " | ".join(head) + " |\n|" + " --- |" * (1 + len(head)))
    for count, case in enumerate(json.loads((integers.FOLDER / "index.json").read_text(encoding="utf-8"))):
        if given.models and not any(part in case["name"] for part in given.models):
            continue
        row: list[Any] = []
        for numeric in given.types:
            row += [measure(count, numeric), integers.measure(integers.FOLDER, count, numeric, given.observer)]
        found[case["name"]] = dict(zip(head, row, strict=True))
        shown = [value if isinstance(value, str) else f"{value:.1f}" for value in row]
        print(f"| {case['name']} | " + " | ".join(shown) + " |", flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
