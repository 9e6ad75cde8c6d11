"""float32w8: weights of matrices and tables in int8 with a scale per row, everything else in float32."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import Storage

NUMERIC = Numeric(
    name="float32w8",
    dtype=np.dtype(np.float32),
    tolerance=0.05,
    rounding=1e-5,
    weights=Storage("int8", 8, group=0),
    summary="int8 weights a row, float32 arithmetic; no calibration",
)
"""The tolerance is for the distance from Keras, most of which comes from rounding the weights."""
