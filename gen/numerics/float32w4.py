"""float32w4: weights of matrices and tables in 4 bits with a scale for each 32 of a row, everything else in float32."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT4

NUMERIC = Numeric(
    name="float32w4",
    dtype=np.dtype(np.float32),
    tolerance=0.5,
    rounding=1e-5,
    weights=INT4,
    summary="4-bit weights, a scale for 32 of a row, float32 arithmetic; no calibration",
)
"""The tolerance is for the distance from Keras, all of which comes from rounding the weights to 15 values. If more is
known about a model, use --tolerance."""
