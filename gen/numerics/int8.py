"""int8: int8 weights with a scale per row, int8 values, int16 gates and cells, 32-bit sums."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT8

NUMERIC = Numeric(
    name="int8",
    dtype=np.dtype(np.int8),
    tolerance=0.25,
    weights=INT8,
    summary="int8 weights a row, int8 values, int16 gates and cells, 32-bit sums",
)
"""Devices must equal the integer reference bit for bit. The tolerance is for the distance from Keras, which depends on
the model's sensitivity. If more is known about a model, use --tolerance."""
