"""int8w2: 2-bit matrices, -2 to 1, with a scale per 32 weights of a row, a multiple of the row's; the rest as int8."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT2

NUMERIC = Numeric(
    name="int8w2",
    dtype=np.dtype(np.int8),
    tolerance=1.0,
    weights=INT2,
    summary="2-bit weights, a scale for 32 of a row, int8 values, int16 gates and cells, 32-bit sums",
)
"""Devices must equal the integer reference bit for bit. The tolerance is for the distance from Keras, most of which
comes from four levels for weights that were not tuned for them."""
