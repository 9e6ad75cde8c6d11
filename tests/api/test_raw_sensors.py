"""Features as sensors give them, far from 0 for their range: what integers keep of them, beside Keras."""

from typing import Any

import keras
import numpy as np
import pytest

import gatesmith

SCALE, OFFSET = np.array([1, 1000, 0.01, 1, 50, 1]), np.array([0, 0, 0, 1013, 20, 0])
RNG = np.random.default_rng(0)


def recorded(count: int) -> Any:
    """Slow waves and noise, (count, 64, 6): the fourth feature is an air pressure in hPa."""
    phase, rate, size = (RNG.uniform(a, b, (count, 1, 6)) for a, b in ((0, 6.28), (0.05, 0.6), (0.3, 1.5)))
    waves = size * np.sin(rate * np.arange(64)[None, :, None] + phase) + 0.2 * RNG.normal(size=(count, 64, 6))
    return (waves * SCALE + OFFSET).astype(np.float32)


TRAIN, TEST = recorded(60), recorded(40)


def network(columns: slice, padding: str) -> Any:
    """Convolutions whose first takes the features' scales and offsets out, as training on raw data makes it."""
    scale, offset = SCALE[columns], OFFSET[columns]
    keras.utils.set_random_seed(1)
    first = keras.layers.Conv1D(16, 5, padding=padding, activation="relu", name="first")
    rest = [keras.layers.Conv1D(16, 5, activation="relu"), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((64, len(scale))), first, *rest])
    kernel = np.random.default_rng(2).normal(size=(5, len(scale), 16)) * 0.25 / scale[None, :, None]
    first.set_weights([kernel, -(kernel * offset[None, :, None]).sum((0, 1))])
    return model


def decibels(model: Any, columns: slice, numeric: str, **options: Any) -> tuple[float, Any]:
    """Signal to noise of the answers, in decibels, and the artifact."""
    artifact = gatesmith.convert(model, numeric=numeric, calibration=TRAIN[..., columns], **options)
    right = model.predict(TEST[..., columns], verbose=0)
    error = np.asarray(artifact.predict(TEST[..., columns])) - right
    return float(10 * np.log10(np.square(right - right.mean(0)).mean() / np.square(error).mean())), artifact


ALL, PRESSURE = slice(None), slice(3, 4)


@pytest.mark.parametrize(
    ("columns", "padding", "least"),
    [(ALL, "same", (14, 18)), (ALL, "causal", (14, 18)), (PRESSURE, "valid", (17,)), (PRESSURE, "same", (5,))],
)
def test_a_pressure_among_other_features_or_alone(columns: slice, padding: str, least: tuple[float, ...]) -> None:
    """With zero padding it was -7 and -3 dB before the padded layer took 16 bits; alone without a zero point of its own
    -12 and -17."""
    model = network(columns, padding)
    for numeric, decibel in zip(("int8", "int16w8"), least, strict=False):
        gain, artifact = decibels(model, columns, numeric)
        assert gain > decibel
        assert any("puts zeros around" in note for note in artifact.notes) == (padding != "valid")
    if columns is ALL:
        narrow, kept = decibels(model, columns, "int8", keep=["first=int8"])
        assert narrow < 5 and not any("puts zeros around" in note for note in kept.notes)
    assert artifact.validate(TEST[:4, :, columns], measure=False).facts.different_integers == 0


def test_features_around_zero_keep_the_type_that_was_asked_for() -> None:
    columns = slice(0, 3)
    _, artifact = decibels(network(columns, "same"), columns, "int8")
    assert not any("puts zeros around" in note for note in artifact.notes)
    assert artifact.generated.inputs[0].dtype == "int8"
