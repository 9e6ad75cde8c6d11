"""Augmentation of images. After training, almost all of these layers return their input: ``Model.predict`` passes
``training=False``, which Keras 3's ``BaseImagePreprocessingLayer`` and tf_keras's ``BaseRandomLayer`` pass on.

Sources: Keras 3.15 ``keras/src/layers/preprocessing/image_preprocessing/*.py`` (``transform_images``), tf_keras 2.21
``tf_keras/src/layers/preprocessing/image_preprocessing.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..dialect.build import by_options
from ..dialect.config import Option, shown
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, one_input
from .expression import formula
from .operator_elementwise import typed

INERT = """
RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform RandomErasing
RandomGaussianBlur RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization
RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom MixUp CutMix
AugMix RandAugment Solarization MaxNumBoundingBoxes
""".split()
"""The classes besides RandomFlip that do nothing in ``predict``; Keras builds no model with Equalization."""


@one_input(
    "RandomFlip",
    aliases=tuple(INERT),
    inert=True,
    random=True,
    trains_by_default=True,
    multiplies=True,
    same_width=True,
    remark="does nothing after training",
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """Integers become floats, and a mask ends."""
    return typed(builder, Value(value.tensor))


def settle_contrast(read: Ledger, context: Context, site: Site) -> Mapping[str, float]:
    """The least and the largest value of a picture."""
    ends = read["value_range"]
    try:
        low, high = sorted(float(end) for end in ends)
    except (TypeError, ValueError):
        raise site.broken(f"has value_range={shown(ends)}", "expected two numbers") from None
    if not low < high or not np.isfinite((low, high)).all():
        raise site.broken(f"has value_range={shown(ends)}", "expected two different, finite numbers")
    return {"low": low, "high": high}


@one_input(
    "AutoContrast",
    options=(Option("value_range", "any", (0, 255)),),
    neutral=("factor", "bounding_box_format", "data_format"),
    describe=by_options(settle_contrast, arrays=False),
    multiplies=True,
    same_width=True,
)
def read_contrast(builder: Builder, spec: Spec, value: Value) -> Value:
    """Stretches each channel over the whole range; a constant channel stays. Keras takes axes 1 and 2 as the
    picture's, whatever ``data_format`` is."""
    value = typed(builder, Value(value.tensor))
    if len(builder.shape(value)) != 3:
        raise builder.refuse(f"is given samples of shape {builder.shape(value)}, where pictures of 3 axes are read")
    low, high = spec.config["low"], spec.config["high"]
    # The divisor is never 0, because MicroPython does not divide by 0.
    text = "least = min(x, [1, 2], True); apart = max(x, [1, 2], True) - least"
    text += "; shares = (x - least) / where(apart, apart, 1.0)"
    text += f"; where(apart, {'shares' if (low, high) == (0, 1) else 'shares * span + low'}, x)"
    return formula(builder, text, x=value, span=high - low, low=low)
