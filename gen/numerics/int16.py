"""int16: int16 weights and values, 64-bit sums."""

from __future__ import annotations

import numpy as np

from .base import Numeric
from .storage import INT16

NUMERIC = Numeric(
    name="int16",
    dtype=np.dtype(np.int16),
    tolerance=0.02,
    weights=INT16,
    summary="int16 weights and values, 64-bit sums",
)
"""Devices must equal the integer reference bit for bit. The tolerance is for the distance from Keras, which depends on
the model's sensitivity. If more is known about a model, use --tolerance."""
