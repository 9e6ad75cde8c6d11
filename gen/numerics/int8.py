"""int8: int8 weights a row, int8 values, int16 gates and cells, 32-bit sums."""

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
"""Devices are held to the integer reference bit for bit; the tolerance is for the distance from Keras, which a
model's own sensitivity decides: --tolerance where more is known."""
