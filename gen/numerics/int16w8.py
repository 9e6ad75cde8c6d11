"""int16w8: int8 weights with a scale per row, int16 values, 32-bit sums."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT8

NUMERIC = Numeric(
    name="int16w8",
    dtype=np.dtype(np.int16),
    tolerance=0.05,
    weights=INT8,
    summary="int8 weights a row, int16 values, 32-bit sums",
)
"""Devices must equal the integer reference bit for bit. The tolerance is for the distance from Keras, which depends on
the model's sensitivity. If more is known about a model, use --tolerance."""
