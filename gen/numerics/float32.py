"""float32: IEEE 754 single precision, values as they are."""

from __future__ import annotations

import numpy as np

from .base import Numeric

FLOAT32 = Numeric(name="float32", dtype=np.dtype(np.float32), tolerance=1e-6)
"""Tolerance: of the largest output; rounding in another order than Keras's explains that much and no more."""
