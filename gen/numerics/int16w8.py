"""int16w8: int8 weights a row, int16 values, 32-bit sums."""

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
"""Devices are held to the integer reference bit for bit; the tolerance is for the distance from Keras, which a
model's own sensitivity decides: --tolerance where more is known."""
