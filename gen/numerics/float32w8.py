"""float32w8: weights of matrices and tables in int8 with a scale a row, everything else in float32."""

from __future__ import annotations

import numpy as np

from ..formats import Array
from .base import Numeric

FLOAT32W8 = Numeric(
    name="float32w8",
    dtype=np.dtype(np.float32),
    tolerance=0.05,
    weights="int8",
    summary="int8 weights a row, float32 arithmetic; no calibration",
)
"""The tolerance is for the distance from Keras, most of which is what rounding the weights does to a model."""


ROUNDED = {"kernel": 0, "recurrent": 0, "table": 1}
"""What is kept in int8, by an op's field: the axis that a row runs along."""


def row_scales(weights: Array, axis: int = 0) -> Array:
    """One scale a row, such that the row's largest weight is 127: float32, 1 where all are 0.

    Args:
        axis: what to take the largest over: 0 for a kernel (inputs, rows), 1 for a table (rows, width).
    """
    largest = np.abs(weights.astype(np.float64)).max(axis=axis, initial=0.0)
    scales: Array = (largest / 127).astype(np.float32)
    scales[scales == 0] = 1
    return scales


def stored(weights: Array, axis: int = 0) -> tuple[Array, Array]:
    """int8 weights and their scales; the same again for what they mean."""
    scales = row_scales(weights, axis)
    steps = np.expand_dims(scales, axis).astype(np.float64)
    return np.clip(np.round(weights / steps), -127, 127).astype(np.int8), scales


def meant(weights: Array, axis: int = 0) -> Array:
    """What the stored weights are, in float32."""
    q, scales = stored(weights, axis)
    product: Array = q.astype(np.float32) * np.expand_dims(scales, axis)
    return product
