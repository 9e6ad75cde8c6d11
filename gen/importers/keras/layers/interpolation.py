"""The mixtures for each output along an axis: interpolation by Resizing and UpSampling, cells of adaptive pools.

Sources: Keras 3.15 ``keras/src/layers/reshaping/up_sampling2d.py`` and ``keras/src/backend/tensorflow/nn.py``
(``adaptive_average_pool``), TensorFlow 2.21 ``tensorflow/python/ops/image_ops_impl.py`` and, in
``tensorflow/core/kernels/image``, ``resize_{area,bicubic,bilinear,nearest_neighbor}_op.cc``,
``scale_and_translate_op.cc`` and ``sampling_kernels.h``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ....core.graph import Array
from ....layers.resize import Resize
from .base import Builder, Value
from .spatial import not_on_torch

Mixture = tuple[Array, Array]
"""Places and weights of each output, both (outputs, taps)."""


def cells(n: int, outputs: int) -> Mixture:
    """Means: output i averages the values from floor(i n / outputs) to before ceil((i + 1) n / outputs)."""
    first = np.arange(outputs) * n // outputs
    last = -(-(np.arange(outputs) + 1) * n // outputs)
    at = first[:, None] + np.arange((last - first).max())
    inside = at < last[:, None]
    weights = inside / inside.sum(axis=1, keepdims=True)
    return at.clip(0, n - 1).astype(np.int32), weights.astype(np.float32)


def _centres(n: int, outputs: int) -> Array:
    """Positions of outputs between inputs, centre to centre, in float32 like TensorFlow's."""
    scale = np.float32(n) / np.float32(outputs)
    return (np.arange(outputs, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5)


def _nearest(n: int, outputs: int) -> Mixture:
    scale = np.float32(n) / np.float32(outputs)
    places = np.floor((np.arange(outputs, dtype=np.float32) + np.float32(0.5)) * scale)
    return places.clip(0, n - 1).astype(np.int32)[:, None], np.ones((outputs, 1), np.float32)


def _between(at: Array, n: int) -> Mixture:
    """Linear mixtures of the two nearest inputs; an input beyond an end is the end."""
    low = np.floor(at)
    places = np.stack([low, low + 1], axis=1).clip(0, n - 1).astype(np.int32)
    return places, np.stack([1 - (at - low), at - low], axis=1).astype(np.float32)


def _cubic(n: int, outputs: int) -> Mixture:
    """Keys's cubic with a = -0.5, from a table of 1024 places between two values, like TensorFlow's; taps beyond an
    end are left out and the others are scaled to a sum of 1."""
    at = _centres(n, outputs)
    low = np.floor(at)
    places = low[:, None] + np.arange(-1, 3)
    weights = _keys(np.abs(np.rint((at - low) * 1024)[:, None] / 1024 - np.arange(-1, 3))) * (
        (places >= 0) & (places < n)
    )
    weights /= weights.sum(axis=1, keepdims=True)
    return places.clip(0, n - 1).astype(np.int32), weights.astype(np.float32)


def _area(n: int, outputs: int) -> Mixture:
    """Means over the part of the axis that each output covers."""
    scale = np.float32(n) / np.float32(outputs)
    first, end = (np.arange(outputs, dtype=np.float32) + np.float32(k) for k in (0, 1))
    first, end = first * scale, end * scale
    at = np.floor(first)[:, None] + np.arange(int(np.ceil(scale)) + 1)
    weights = (np.minimum(at + 1, end[:, None]) - np.maximum(at, first[:, None])).clip(0)
    return at.clip(0, n - 1).astype(np.int32), (weights / scale).astype(np.float32)


def _keys(x: Array) -> Array:
    """Keys's cubic in TensorFlow's order of operations: in float32 the terms nearly cancel."""
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _mitchell(x: Array) -> Array:
    near, far = (7 / 6 * x - 2) * x * x + 8 / 9, ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0))


KERNELS: dict[str, tuple[float, Callable[[Array], Array]]] = {
    "bilinear": (1, lambda x: (1 - x).clip(0)),
    "bicubic": (2, _keys),
    "lanczos3": (3, lambda x: np.where(x <= 3, np.sinc(x) * np.sinc(x / 3), 0)),
    "lanczos5": (5, lambda x: np.where(x <= 5, np.sinc(x) * np.sinc(x / 5), 0)),
    "gaussian": (1.5, lambda x: np.where(x < 1.5, np.exp(-2 * x**2), 0)),
    "mitchellcubic": (2, _mitchell),
}
"""Word -> a kernel's radius, and its weight at a distance."""


def _weighed(how: str, n: int, outputs: int, smooth: bool) -> Mixture:
    """All inputs within a kernel's radius, weighted by distance; ``scale_and_translate_op.cc``.

    Args:
        smooth: whether the kernel is widened by the ratio of inputs to outputs.
    """
    radius, kernel = KERNELS[how]
    inverse = 1 / (np.float32(outputs) / np.float32(n))
    wide = np.maximum(inverse, np.float32(1)) if smooth else np.float32(1)
    half, reach = np.float32(0.5), np.float32(radius) * wide
    at = (np.arange(outputs, dtype=np.float32) + half) * inverse
    first = np.ceil(at - reach - half)
    places = first[:, None] + np.arange(int(2 * np.ceil(reach)) + 1, dtype=np.float32)
    weights = kernel(np.abs(places + half - at[:, None]) * (1 / wide)) * ((places >= 0) & (places < n))
    return places.clip(0, n - 1).astype(np.int32), (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


DIRECT: dict[str, Callable[[int, int], Mixture]] = {
    "nearest": _nearest,
    "bilinear": lambda n, outputs: _between(_centres(n, outputs), n),
    # Output p is at p n / outputs, as in multi-backend Keras and TensorFlow 1.
    "bilinear_corners": lambda n, outputs: _between(np.arange(outputs) * n / outputs, n),
    "bicubic": _cubic,
    "area": _area,
}
INTERPOLATIONS = (*DIRECT, *(name for name in KERNELS if name not in DIRECT))
"""The words that are read."""


def mixture(how: str, n: int, outputs: int, smooth: bool = False) -> Mixture:
    """The mixture for each output along an axis.

    Args:
        how: a word of ``INTERPOLATIONS``.
        n: number of inputs.
        smooth: ``antialias``, which ``nearest`` and ``area`` ignore.
    """
    if how in DIRECT and not (smooth and how in KERNELS):
        return DIRECT[how](n, outputs)
    return _weighed(how, n, outputs, smooth)


def resized(builder: Builder, value: Value, sizes: Sequence[int], how: str, smooth: bool = False) -> Value:
    """The tensor with its first axes resized to ``sizes``, one after the other. Kernels that blur also change an axis
    that keeps its length."""
    if how not in INTERPOLATIONS:
        raise builder.refuse(f"interpolates by {how}", fix=f"use {' or '.join(INTERPOLATIONS)}")
    lengths = builder.lengths(value, "interpolates")
    tensor = value.tensor
    for axis, (n, size) in enumerate(zip(lengths, sizes, strict=False)):
        if n != size or how in ("gaussian", "mitchellcubic"):
            if how == "bicubic" and not smooth:
                not_on_torch(builder, "interpolates by bicubic")
            op = Resize(*mixture(how, n, size, smooth))
            (tensor,) = builder.add(op, [tensor], lead=axis, suffix=f"_axis_{axis}")
    return Value(tensor)
