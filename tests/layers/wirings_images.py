"""Layers of images. As in ``wirings``."""

from typing import Any

import numpy as np

from gatesmith.importers.keras.layers.augmentation import INERT

from .wirings import wiring

NEEDED: dict[str, list[dict[str, Any]]] = {
    "RandomBrightness": [{"factor": 0.4}, {"factor": (-0.2, 0.9), "value_range": (-1, 1), "seed": 3}],
    "RandomColorDegeneration": [{"factor": 0.5}],
    "RandomColorJitter": [
        {"brightness_factor": 0.5, "contrast_factor": 0.5, "saturation_factor": 0.5, "hue_factor": 0.5},
        {"value_range": (0, 1), "data_format": "channels_last"},
    ],
    "RandomContrast": [{"factor": 0.5}, {"factor": (0.1, 0.9)}],
    "RandomFlip": [{}, {"mode": "vertical", "seed": 1}],
    "RandomHeight": [{"factor": 0.3}],
    "RandomHue": [{"factor": 0.5, "value_range": (0, 1)}],
    "RandomPosterization": [{"factor": 4}],
    "RandomRotation": [{"factor": 0.2}, {"factor": (-0.1, 0.3), "fill_mode": "constant", "fill_value": 9.0}],
    "RandomSaturation": [{"factor": 0.5}],
    "RandomSharpness": [{"factor": 0.5}],
    "RandomShear": [{"x_factor": 0.5, "y_factor": 0.5}],
    "RandomTranslation": [{"height_factor": 0.2, "width_factor": 0.3, "interpolation": "nearest"}],
    "RandomWidth": [{"factor": 0.3}],
    "RandomZoom": [{"height_factor": 0.5}, {"height_factor": (-0.3, -0.2), "width_factor": 0.1}],
    "AugMix": [{}, {"value_range": (0, 1), "num_chains": 1, "all_ops": False}],
    "RandAugment": [{"value_range": (0, 1), "num_ops": 1, "factor": 0.9}],
    "MaxNumBoundingBoxes": [{"max_number": 3}],
}
"""What the constructors of some classes ask for, and options that would show."""


@wiring("floats")
def augmentation_of_every_kind(k: Any) -> Any:
    """Each gives its input back, whatever its options are."""
    x = y = k.Input((6, 5, 3))
    classes = [name for name in ("RandomFlip", *INERT) if hasattr(k.layers, name)]
    assert len(classes) == (25 if k.__name__ == "keras" else 8)
    for name in classes:
        for options in NEEDED.get(name, [{}]):
            y = getattr(k.layers, name)(**options)(y)
    return k.Model(x, y)


@wiring("tokens", only="keras")
def augmentation_of_integers(k: Any) -> Any:
    """Floats come out, which a norm does not cut off."""
    x = k.Input((4, 4, 3), dtype="int32")
    return k.Model(x, k.layers.LayerNormalization()(k.layers.RandomFlip()(x)))


@wiring(only="tf_keras", refused="training=True")
def augmentation_that_goes_on(k: Any) -> Any:
    x = k.Input((4, 4, 3))
    return k.Model(x, k.layers.RandomFlip()(x, training=True))


@wiring(only="keras", refused="computes in uint8")
def augmentation_in_integers(k: Any) -> Any:
    x = k.Input((4, 4, 3))
    return k.Model(x, k.layers.RandomZoom(0.3, dtype="uint8")(x))


@wiring("gentle", only="keras")
def contrast_stretched_over_a_range(k: Any) -> Any:
    """Of each channel, also of one that is the same everywhere."""
    x = k.Input((6, 5, 3))
    flat = x * np.array([1.0, 0.0, -30.0], np.float32) + np.array([0.0, 0.25, 90.0], np.float32)
    ranges = ((0, 1), (0, 255), (1.0, -1.0), (-2, 3))
    return k.Model(x, [k.layers.AutoContrast(value_range=each)(each_x) for each in ranges for each_x in (x, flat)])


@wiring(only="keras", refused="pictures of 3 axes")
def contrast_of_a_sequence(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.layers.AutoContrast()(x))


@wiring("tokens", only="keras", refused="turns text or hashes")
def hashes(k: Any) -> Any:
    x = k.Input((6,), dtype="int32")
    return k.Model(x, k.layers.Embedding(9, 3)(k.layers.Hashing(9)(x)))


@wiring(only="keras", refused="sorts values")
def an_operator_with_a_reason(k: Any) -> Any:
    x = k.Input((6, 3))
    return k.Model(x, k.ops.sort(x, axis=1))
