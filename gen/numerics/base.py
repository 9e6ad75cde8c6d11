"""A numeric type: how values and weights are stored, and how far results may be from Keras's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .storage import FLOAT, Storage


@dataclass(frozen=True)
class Numeric:
    """A numeric type.

    Args:
        name: its spelling for ``--numeric``.
        dtype: type of inputs, outputs and states; of an integer type, the type of a matrix's input vectors.
        weights: the storage of matrices and tables.
        tolerance: allowed ``max|y - oracle| / max(1, max|oracle|)``: the error of stored weights and values.
        rounding: the same compared with the reference of the stored numbers: the rounding of the arithmetic alone. 0:
            bit for bit.
        summary: one line for people.
    """

    name: str
    dtype: np.dtype[Any]
    tolerance: float
    rounding: float = 0.0
    weights: Storage = FLOAT
    summary: str = ""

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return self.dtype.itemsize

    @property
    def integer(self) -> bool:
        """Whether models are computed in integers, which needs calibration: the ranges of all values."""
        return self.dtype.kind == "i"

    @property
    def brief(self) -> bool:
        """Whether tables of functions, biases and multipliers are short too."""
        return self.integer and self.weights.bits <= 4
