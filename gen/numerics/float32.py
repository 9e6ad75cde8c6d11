"""float32: IEEE 754 single precision; values are stored unchanged."""

from __future__ import annotations

import numpy as np

from .base import Numeric

NUMERIC = Numeric(name="float32", dtype=np.dtype(np.float32), tolerance=1e-5, rounding=1e-5)
"""The tolerance is relative to the largest output. Summing in another order than Keras explains that much. Keras's own
distance from float64 is of the same size: 1e-7 for most models, more than 1e-6 if a network amplifies rounding."""
