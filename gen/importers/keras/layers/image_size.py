"""Resizing, CenterCrop and RandomCrop: pictures of another size.

Sources: Keras 3.15 ``keras/src/layers/preprocessing/image_preprocessing/{resizing,center_crop,random_crop}.py``,
``keras/src/backend/tensorflow/image.py`` (``resize``) and ``keras/src/utils/image_utils.py`` (``smart_resize``),
tf_keras 2.21 ``tf_keras/src/layers/preprocessing/image_preprocessing.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ....layers.pad import Pad
from ..dialect.build import by_options
from ..dialect.config import Option
from ..dialect.kinds import Kind
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, reads_one
from .canonical import FORMAT
from .interpolation import resized
from .normalize import add_normalize
from .operator_elementwise import typed
from .parts import taken
from .spatial import channels_last, not_on_torch, ranked

SIZE = (Option("height", "size"), Option("width", "size"), FORMAT)


def settle(read: Ledger, context: Context, site: Site) -> None:
    """Notes the form of RandomCrop, which depends on the Keras that wrote it."""
    read["crops"] = context.writer.generation == "tf.keras 2"
    if read.get("crop_to_aspect_ratio") and read.get("pad_to_aspect_ratio"):
        raise site.broken("crops and pads to its aspect ratio", "Keras takes one or the other")


KIND = Kind(
    "",
    neutral=("factor", "bounding_box_format"),
    describe=by_options(settle, arrays=False),
    multiplies=True,
    placed=("height", "width"),
)


@reads_one(
    replace(
        KIND,
        name="Resizing",
        options=(
            *SIZE,
            Option("interpolation", "word", "bilinear"),
            Option("crop_to_aspect_ratio", "flag", False),
            Option("pad_to_aspect_ratio", "flag", False),
            Option("fill_mode", "word", "constant", values=("constant",)),
            Option("fill_value", "float", 0.0),
            Option("antialias", "flag", False),
        ),
    )
)
def read_resizing(builder: Builder, spec: Spec, value: Value) -> Value:
    """Resizes height and width; ``crop`` and ``pad`` first give the picture the result's shape."""
    value, back, sizes = pictures(builder, spec, value)
    config, fill = spec.config, spec.config["fill_value"]
    if config["crop_to_aspect_ratio"]:
        value = cropped(builder, value, *sizes)
    if config["pad_to_aspect_ratio"]:
        value = padded(builder, value, *sizes, fill)
    return back(resized(builder, value, sizes, config["interpolation"].lower(), config["antialias"]))


@reads_one(replace(KIND, name="CenterCrop", options=SIZE))
def read_center(builder: Builder, spec: Spec, value: Value) -> Value:
    """The middle of the picture, or its largest part of the same shape, made larger."""
    value, back, sizes = pictures(builder, spec, value)
    margins = [(n or 0) - size for n, size in zip(builder.shape(value), sizes, strict=False)]
    if min(margins) < 0:
        return back(resized(builder, cropped(builder, value, *sizes), sizes, "bilinear"))
    return back(taken(builder, value, {axis: (margins[axis] // 2, 1, sizes[axis]) for axis in (0, 1)}))


@reads_one(replace(KIND, name="RandomCrop", options=SIZE, random=True, trains_by_default=True))
def read_random(builder: Builder, spec: Spec, value: Value) -> Value:
    """tf.keras resizes the largest part of the result's shape; Keras 3 does nothing."""
    value, back, sizes = pictures(builder, spec, value)
    if spec.config["crops"] or builder.shape(value)[:2] == sizes:
        return back(resized(builder, cropped(builder, value, *sizes), sizes, "bilinear"))
    raise builder.refuse(
        f"is given {builder.shape(value)} and promises pictures of {sizes}: Keras 3.7 on gives its input back in "
        "predict, earlier releases resize it",
        fix="use CenterCrop or Resizing for what the trained model shall do",
    )


def pictures(builder: Builder, spec: Spec, value: Value) -> tuple[Value, Callable[[Value], Value], tuple[int, int]]:
    """The input as floats with channels last, the function that restores their place, and the result's sizes."""
    value, back = channels_last(builder, typed(builder, Value(value.tensor)), spec.config)
    builder.lengths(ranked(builder, value, 2), "changes the size of pictures of")
    return value, back, (spec.config["height"], spec.config["width"])


def cropped(builder: Builder, value: Value, height: int, width: int) -> Value:
    """The largest part in the middle that has the shape of a picture of this size."""
    rows, columns = (int(n or 0) for n in builder.shape(value)[:2])
    high, wide = max(min(rows, _share(columns, height, width)), 1), max(min(columns, _share(rows, width, height)), 1)
    return taken(builder, value, {0: ((rows - high) // 2, 1, high), 1: ((columns - wide) // 2, 1, wide)})


def padded(builder: Builder, value: Value, height: int, width: int, fill: float) -> Value:
    """The picture with rows or columns of one value on both sides, as near as possible to this shape."""
    rows, columns, _ = (int(n or 0) for n in builder.shape(value))
    above = (max(rows, _share(columns, height, width)) - rows) // 2
    beside = (max(columns, _share(rows, width, height)) - columns) // 2
    if not above and not beside:
        return value
    not_on_torch(builder, "pads pictures to an aspect ratio", (3, 15))
    off = np.full((1, 1, 1), fill, np.float32)
    value = add_normalize(builder, value, off, None, None)
    ends = ((above, above), (beside, beside))
    (out,) = builder.add(Pad(ends), [value.tensor], suffix="_padded")
    return add_normalize(builder, Value(out), None, None, off)


def _share(n: int, part: int, whole: int) -> int:
    """``n part / whole`` cut to a whole number, in float32 as TensorFlow computes it."""
    return int(np.float32(n * part) / np.float32(whole))
