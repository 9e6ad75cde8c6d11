"""Layers of images. As in ``wirings``."""

from typing import Any

import numpy as np

from gatesmith.importers.keras.layers.augmentation import INERT

from .wirings import wiring, wirings

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


@wiring("tokens", of=(4, 4, 3), only="keras", dtype="int32")
def augmentation_of_integers(k: Any, x: Any) -> Any:
    """Floats come out, which a norm does not cut off."""
    return k.layers.LayerNormalization()(k.layers.RandomFlip()(x))


wirings(
    only="tf_keras",
    augmentation_that_goes_on=((4, 4, 3), lambda k, x: k.layers.RandomFlip()(x, training=True), "training=True"),
)


wirings(
    only="keras",
    augmentation_in_integers=((4, 4, 3), lambda k, x: k.layers.RandomZoom(0.3, dtype="uint8")(x), "computes in uint8"),
    contrast_of_a_sequence=((6, 3), lambda k, x: k.layers.AutoContrast()(x), "pictures of 3 axes"),
    an_operator_with_a_reason=((6, 3), lambda k, x: k.ops.sort(x, axis=1), "sorts values"),
)


@wiring("gentle", of=(6, 5, 3), only="keras")
def contrast_stretched_over_a_range(k: Any, x: Any) -> Any:
    """Of each channel, also of one that is the same everywhere."""
    flat = x * np.array([1.0, 0.0, -30.0], np.float32) + np.array([0.0, 0.25, 90.0], np.float32)
    ranges = ((0, 1), (0, 255), (1.0, -1.0), (-2, 3))
    return [k.layers.AutoContrast(value_range=each)(each_x) for each in ranges for each_x in (x, flat)]


wirings(
    "tokens",
    only="keras",
    dtype="int32",
    hashes=((6,), lambda k, x: k.layers.Embedding(9, 3)(k.layers.Hashing(9)(x)), "turns text or hashes"),
)
