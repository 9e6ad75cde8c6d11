"""What each output along an axis is a mixture of: interpolation by UpSampling, and the cells of adaptive pools.

Sources: Keras 3.15 ``keras/src/layers/reshaping/up_sampling2d.py`` and ``keras/src/backend/tensorflow/nn.py``
(``adaptive_average_pool``), TensorFlow ``tensorflow/core/kernels/image/{resize_bilinear_op,resize_bicubic_op}.cc``.
"""

from __future__ import annotations

import numpy as np

from ....core.graph import Array

Mixture = tuple[Array, Array]
"""Places and weights of each output: (outputs, taps) each."""


def cells(n: int, outputs: int) -> Mixture:
    """Means: output i is of the values from floor(i n / outputs) to before ceil((i + 1) n / outputs)."""
    first = np.arange(outputs) * n // outputs
    last = -(-(np.arange(outputs) + 1) * n // outputs)
    at = first[:, None] + np.arange((last - first).max())
    inside = at < last[:, None]
    weights = inside / inside.sum(axis=1, keepdims=True)
    return at.clip(0, n - 1).astype(np.int32), weights.astype(np.float32)


def _linear(n: int, by: int) -> Mixture:
    """Between the two nearest centres, of which those beyond an end are the end."""
    at = (np.arange(n * by) + 0.5) / by - 0.5
    low = np.floor(at)
    places = np.stack([low, low + 1], axis=1).clip(0, n - 1).astype(np.int32)
    part = at - low
    return places, np.stack([1 - part, part], axis=1).astype(np.float32)


def _corners(n: int, by: int) -> Mixture:
    """Output p is at p / by, as multi-backend Keras and TensorFlow 1 had it."""
    at = np.arange(n * by) / by
    low = np.floor(at)
    places = np.stack([low, low + 1], axis=1).clip(0, n - 1).astype(np.int32)
    return places, np.stack([1 - (at - low), at - low], axis=1).astype(np.float32)


def _cubic(n: int, by: int) -> Mixture:
    """Keys's cubic with a = -0.5, from a table of 1024 places between two values, as TensorFlow has it; taps beyond an
    end are left out and the others grow to a sum of 1."""
    at = (np.arange(n * by) + 0.5) / by - 0.5
    low = np.floor(at)
    places = low[:, None] + np.arange(-1, 3)
    x = np.abs(np.rint((at - low) * 1024)[:, None] / 1024 - np.arange(-1, 3))
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    weights = np.where(x <= 1, near, np.where(x < 2, far, 0)) * ((places >= 0) & (places < n))
    weights /= weights.sum(axis=1, keepdims=True)
    return places.clip(0, n - 1).astype(np.int32), weights.astype(np.float32)


INTERPOLATIONS = {"bilinear": _linear, "bilinear_corners": _corners, "bicubic": _cubic}
"""Word -> what each output along an axis is made of: places and weights, (outputs, taps) each."""
