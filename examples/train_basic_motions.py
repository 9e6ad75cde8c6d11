"""Train the bundled example: a small LSTM that names a motion from a smart watch.

Data: BasicMotions of the UEA archive, 40 windows to train on and 40 to test with, each 100 steps of a
3-axis accelerometer and a 3-axis gyroscope at 10 Hz. The package ``aeon`` carries it; nothing is downloaded.

Writes ``basic_motions.keras`` (the model), ``basic_motions_test.npz`` (the official test split beside what Keras
answers to it) and ``basic_motions_calibration.npz`` (the training split: what integer types get their ranges from)
next to this script. The sensors are standardised inside the model, so the files hold raw
sensor values, and so does the board.

    python examples/train_basic_motions.py
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
from aeon.datasets import load_basic_motions

HERE = Path(__file__).resolve().parent
SEED = 2016
UNITS = 24
EPOCHS = 80
BATCH = 8
WEIGHT_DECAY = 0.05  # keeps the network well conditioned: without it, float rounding alone moves outputs by 1e-6
LABEL_SMOOTHING = 0.1  # keeps the probabilities soft, so that a comparison of outputs means something


def load_split(split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One official split as windows (n, 100, 6), class numbers (n,), and the class names."""
    series, names = load_basic_motions(split=split)
    classes, labels = np.unique(names, return_inverse=True)
    windows = np.ascontiguousarray(series.transpose(0, 2, 1), dtype=np.float32)
    return windows, labels.astype(np.int64), classes


def build(train_windows: np.ndarray, class_count: int) -> keras.Model:
    """Normalization learns mean and variance from the training windows alone, before any gradient step."""
    standardise = keras.layers.Normalization(name="standardise")
    standardise.adapt(train_windows)
    return keras.Sequential(
        [
            keras.Input(train_windows.shape[1:], name="motion"),
            standardise,
            keras.layers.LSTM(UNITS, name="lstm"),
            keras.layers.Dropout(0.2, name="dropout"),
            keras.layers.Dense(class_count, activation="softmax", name="activity"),
        ],
        name="basic_motions",
    )


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def main() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()

    train_windows, train_labels, classes = load_split("train")
    test_windows, test_labels, _ = load_split("test")

    model = build(train_windows, len(classes))
    model.compile(
        optimizer=keras.optimizers.AdamW(3e-3, weight_decay=WEIGHT_DECAY, clipnorm=1.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
    )
    one_hot = keras.utils.to_categorical(train_labels, len(classes))
    model.fit(train_windows, one_hot, epochs=EPOCHS, batch_size=BATCH, verbose=0)

    train_outputs = model.predict(train_windows, verbose=0)
    test_outputs = model.predict(test_windows, verbose=0)

    inference = build(train_windows, len(classes))  # a copy without the optimizer, whose moments double the file
    inference.set_weights(model.get_weights())
    inference.save(HERE / "basic_motions.keras")
    np.savez_compressed(
        HERE / "basic_motions_test.npz",
        in_0=test_windows,
        out_0=test_outputs.astype(np.float32),
        labels=test_labels,
        classes=classes,
    )
    calibration = HERE / "basic_motions_calibration.npz"
    np.savez_compressed(calibration, in_0=train_windows, labels=train_labels, classes=classes)

    print(f"classes         {', '.join(classes)}")
    print(f"parameters      {model.count_params():,}")
    print(f"train accuracy  {accuracy(train_outputs, train_labels):.3f}  of {len(train_labels)} windows")
    print(f"test accuracy   {accuracy(test_outputs, test_labels):.3f}  of {len(test_labels)} windows")
    print(f"test outputs    smallest {test_outputs.min():.4f}, largest {test_outputs.max():.4f}")


if __name__ == "__main__":
    main()
