"""Train the second example: a small GRU that tells nine speakers apart by one vowel pair.

Data: JapaneseVowels of the UEA archive, 270 utterances to train on and 370 to test with, each 7 to 29 steps of 12
coefficients (LPC cepstrum). The package ``aeon`` carries it; nothing is downloaded.

Writes, next to this script, ``japanese_vowels.keras``, ``japanese_vowels_test.npz`` (the official test split beside
what Keras answers to it) and ``japanese_vowels_calibration.npz`` (90 utterances of the training split, 10 a speaker:
what integer types get their ranges from). Shorter utterances are filled with zeros, which ``Masking`` passes over.
Values are rounded to half precision, for training and for testing alike, which halves the files.

    python examples/train_japanese_vowels.py
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
from aeon.datasets import load_japanese_vowels

HERE = Path(__file__).resolve().parent
SEED = 1999
UNITS = 24
EPOCHS = 60
BATCH = 16
WEIGHT_DECAY = 0.02
LABEL_SMOOTHING = 0.1
LONGEST = 29
CALIBRATION = 10  # utterances of each speaker


def load_split(split: str) -> tuple[np.ndarray, np.ndarray]:
    """One official split as float16 sequences (n, 29, 12), filled with zeros, and speakers 0 to 8 (n,)."""
    series, names = load_japanese_vowels(split=split)
    windows = np.zeros((len(series), LONGEST, 12), np.float16)
    for window, utterance in zip(windows, series, strict=True):
        window[: utterance.shape[1]] = utterance.T
    return windows, np.asarray(names).astype(np.int64) - 1


def build() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((LONGEST, 12), name="cepstrum"),
            keras.layers.Masking(0.0, name="filled"),
            keras.layers.GRU(UNITS, name="gru"),
            keras.layers.Dropout(0.3, name="dropout"),
            keras.layers.Dense(9, activation="softmax", name="speaker"),
        ],
        name="japanese_vowels",
    )


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def main() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()

    train_windows, train_labels = load_split("train")
    test_windows, test_labels = load_split("test")

    model = build()
    model.compile(
        optimizer=keras.optimizers.AdamW(5e-3, weight_decay=WEIGHT_DECAY, clipnorm=1.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=LABEL_SMOOTHING),
    )
    one_hot = keras.utils.to_categorical(train_labels, 9)
    model.fit(train_windows.astype(np.float32), one_hot, epochs=EPOCHS, batch_size=BATCH, verbose=0)

    train_outputs = model.predict(train_windows.astype(np.float32), verbose=0)
    test_outputs = model.predict(test_windows.astype(np.float32), verbose=0)

    inference = build()  # a copy without the optimizer, whose moments double the file
    inference.set_weights(model.get_weights())
    inference.save(HERE / "japanese_vowels.keras")
    np.savez_compressed(HERE / "japanese_vowels_test.npz", in_0=test_windows, out_0=test_outputs, labels=test_labels)
    chosen = np.concatenate([np.flatnonzero(train_labels == speaker)[:CALIBRATION] for speaker in range(9)])
    np.savez_compressed(
        HERE / "japanese_vowels_calibration.npz", in_0=train_windows[chosen], labels=train_labels[chosen]
    )

    print(f"parameters      {model.count_params():,}")
    print(f"train accuracy  {accuracy(train_outputs, train_labels):.3f}  of {len(train_labels)} utterances")
    print(f"test accuracy   {accuracy(test_outputs, test_labels):.3f}  of {len(test_labels)} utterances")


if __name__ == "__main__":
    main()
