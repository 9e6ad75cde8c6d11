"""int8w4: matrices in 4 bits, a scale for each 32 of a row as a multiple of the row's; all else as in int8."""

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
"""Devices are held to the integer reference bit for bit; the tolerance is for the distance from Keras, which a
model's own sensitivity decides: --tolerance where more is known."""
