"""What a numeric type is: how values and weights are stored, and how far results may stray from Keras's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Numeric:
    """A numeric type.

    Args:
        name: as ``--numeric`` takes it.
        dtype: of inputs, outputs and states; of an integer type, of what its matrices are multiplied with.
        weights: NumPy's name of the type that matrices are stored in.
        tolerance: allowed ``max|y - oracle| / max(1, max|oracle|)``.
        summary: one line for people.
    """

    name: str
    dtype: np.dtype[Any]
    tolerance: float
    weights: str = "float32"
    summary: str = ""

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return self.dtype.itemsize

    @property
    def integer(self) -> bool:
        """Whether models are computed in integers, which needs ranges of all values: calibration."""
        return self.dtype.kind == "i"

    @property
    def weight_bits(self) -> int:
        return 8 * np.dtype(self.weights).itemsize
