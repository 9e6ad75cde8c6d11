"""int8w4: 4-bit matrices with a scale per 32 weights of a row, a multiple of the row's; the rest as int8."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT4

NUMERIC = Numeric(
    name="int8w4",
    dtype=np.dtype(np.int8),
    tolerance=0.5,
    weights=INT4,
    summary="4-bit weights, a scale for 32 of a row, int8 values, int16 gates and cells, 32-bit sums",
)
"""Devices must equal the integer reference bit for bit. The tolerance is for the distance from Keras, which depends on
the model's sensitivity. If more is known about a model, use --tolerance."""
