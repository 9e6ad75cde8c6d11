"""A Keras file as the peers read it: .tflite in float32 or int8, .onnx, emlearn's C. Runs with the peers' Python.

    python forms.py MODEL.keras DATA.npz FILE      FILE ends in float32.tflite, int8.tflite, .onnx or .h

Each peer gets the best form that its own converter makes: a batch of one, weights as constants, recurrent layers
through tf_keras, which gives TFLite and ONNX their own LSTM and ONNX its own GRU (Keras 3 gives both a loop); a GRU of
one step is unrolled for TFLite, which has no GRU.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
import tf_keras

SHOWN = 8
"""Samples that calibrate integers, as for Gatesmith."""
KEPT = (
    "units filters kernel_size strides padding pool_size activation recurrent_activation return_sequences "
    "reset_after name"
).split()


def recurrent(model: Any, unroll: bool) -> Any:
    """A model that is one chain of layers, in tf_keras."""
    inputs = x = tf_keras.Input(model.input_shape[1:], batch_size=1)
    for layer in model.layers[1:]:
        options = {key: value for key, value in layer.get_config().items() if key in KEPT}
        if unroll and "recurrent_activation" in options:
            options["unroll"] = True
        x = getattr(tf_keras.layers, type(layer).__name__)(**options)(x)
    built = tf_keras.Model(inputs, x)
    built.set_weights(model.get_weights())
    return built


def called(model: Any) -> Any:
    """One call of a batch of one."""
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    return tf.function(lambda x: model(x, training=False), input_signature=[spec])


def tflite(model: Any, shown: Any) -> bytes:
    """A .tflite file, with int8 activations and ports where samples are shown."""
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(model, tf_keras.Model):
            model.save(folder, save_format="tf", signatures={"serving_default": called(model)})
        else:
            archive = keras.export.ExportArchive()
            archive.track(model)
            spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
            archive.add_endpoint("serve", lambda x: model(x, training=False), input_signature=[spec])
            archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if shown is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([sample[None]] for sample in shown)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return bytes(converter.convert())


def onnx(model: Any) -> bytes:
    """An .onnx file."""
    import tf2onnx  # noqa: PLC0415  (slow, and for this form only)

    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    call = tf.function(lambda x: model(x, training=False))
    made, _ = tf2onnx.convert.from_function(call, input_signature=[spec], opset=17)
    return bytes(made.SerializeToString())


def emlearn(model: Any) -> bytes:
    """emlearn's C of a chain of Dense layers."""
    import emlearn as maker  # noqa: PLC0415

    others = {type(layer).__name__ for layer in model.layers} - {"InputLayer", "Dense", "Activation"}
    if others:
        raise SystemExit(f"emlearn converts Dense layers only, not {', '.join(sorted(others))}")
    plain = tf_keras.Sequential([tf_keras.Input(model.input_shape[1:])])
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    for layer, after in zip(layers, [*layers[1:], layers[-1]], strict=True):
        if type(layer).__name__ == "Dense":
            activation = (after if type(after).__name__ == "Activation" else layer).get_config()["activation"]
            plain.add(tf_keras.layers.Dense(layer.units, activation=activation))
    plain.set_weights(model.get_weights())
    return str(maker.convert(plain, method="inline", dtype="float").save(name="peer")).encode()


def main() -> int:
    path, data, out = map(Path, sys.argv[1:])
    model = keras.saving.load_model(path, compile=False)
    recurs = {type(layer).__name__ for layer in model.layers} & {"LSTM", "GRU"}
    lite = out.suffix == ".tflite"
    if recurs and out.suffix != ".h":
        model = recurrent(model, unroll=lite and "GRU" in recurs and model.input_shape[1] == 1)
    with np.load(data) as stored:
        shown = stored["in_0"][:SHOWN] if out.name.startswith("int8") else None
    made = tflite(model, shown) if lite else onnx(model) if out.suffix == ".onnx" else emlearn(model)
    out.write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
