"""float32: IEEE 754 single precision, values as they are."""

from __future__ import annotations

import numpy as np

from .base import Numeric

NUMERIC = Numeric(name="float32", dtype=np.dtype(np.float32), tolerance=1e-5, rounding=1e-5)
"""Tolerance: of the largest output. Sums in another order than Keras's explain that much, and Keras's own distance
from float64 is of the same size: 1e-7 for most models, beyond 1e-6 where a network amplifies rounding."""
