"""int8w2: matrices in 2 bits, -2 to 1, a scale for each 32 of a row as a multiple of the row's; all else as in int8."""

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
"""Devices are held to the integer reference bit for bit; the tolerance is for the distance from Keras, most of which is
what four levels do to weights that were not tuned for them."""
