"""Train the streaming example: a small convolutional network that names a motion, frame by frame, from a smart watch.

Data: BasicMotions of the UEA archive, as ``train_basic_motions.py`` took it from the package ``aeon``: 40 windows to
train on and 40 to test with, each 100 steps of a 3-axis accelerometer and a 3-axis gyroscope at 10 Hz.

No layer pads, so nothing that the network computes of a frame depends on where a window begins: as frames come, each of
them is computed once, and the mean is taken anew of the last 24.

Writes ``motion_stream.keras`` (the model) and ``motion_stream_test.npz`` (the test split beside what Keras answers)
next to this script; ``basic_motions_calibration.npz`` serves integer types.

    python examples/train_motion_stream.py
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # the same sums on more machines

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).resolve().parent
SEED = 2016
EPOCHS = 60
BATCH = 8
LABEL_SMOOTHING = 0.1


def split(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows (n, 100, 6) and class numbers (n,)."""
    with np.load(HERE / f"basic_motions_{name}.npz") as data:
        return data["in_0"], data["labels"]


def build(train_windows: np.ndarray, class_count: int) -> keras.Model:
    """(100, 6) -> 48 frames of 16, one for every second step -> 40 -> 24 frames of 24, whose mean is judged."""
    standardise = keras.layers.Normalization(name="standardise")
    standardise.adapt(train_windows)
    return keras.Sequential(
        [
            keras.Input(train_windows.shape[1:], name="motion"),
            standardise,
            keras.layers.Conv1D(16, 5, strides=2, activation="relu", name="tenths"),
            keras.layers.Conv1D(24, 5, dilation_rate=2, activation="relu", name="seconds"),
            keras.layers.Conv1D(24, 5, dilation_rate=4, activation="relu", name="swings"),
            keras.layers.GlobalAveragePooling1D(name="mean"),
            keras.layers.Dropout(0.2, name="dropout"),
            keras.layers.Dense(class_count, activation="softmax", name="activity"),
        ],
        name="motion_stream",
    )


def main() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    train_windows, train_labels = split("calibration")
    test_windows, test_labels = split("test")
    classes = np.load(HERE / "basic_motions_test.npz")["classes"]
    model = build(train_windows, len(classes))
    model.compile(
        optimizer=keras.optimizers.AdamW(3e-3, weight_decay=0.01, clipnorm=1.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
    )
    one_hot = keras.utils.to_categorical(train_labels, len(classes))
    model.fit(train_windows, one_hot, epochs=EPOCHS, batch_size=BATCH, verbose=0)

    inference = build(train_windows, len(classes))
    inference.set_weights(model.get_weights())
    inference.save(HERE / "motion_stream.keras")
    test_outputs = model.predict(test_windows, verbose=0).astype(np.float32)
    np.savez_compressed(
        HERE / "motion_stream_test.npz", in_0=test_windows, out_0=test_outputs, labels=test_labels, classes=classes
    )
    print(f"parameters      {model.count_params():,}")
    right = test_outputs.argmax(axis=1) == test_labels
    print(f"test accuracy   {right.mean():.3f}  of {len(test_labels)} windows")
    print(f"test outputs    smallest {test_outputs.min():.4f}, largest {test_outputs.max():.4f}")


if __name__ == "__main__":
    main()
