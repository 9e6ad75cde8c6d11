"""What a numeric type is: how values and weights are stored, and how far results may stray from Keras's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .storage import FLOAT, Storage


@dataclass(frozen=True)
class Numeric:
    """A numeric type.

    Args:
        name: as ``--numeric`` takes it.
        dtype: of inputs, outputs and states; of an integer type, of what its matrices are multiplied with.
        weights: what matrices and tables are stored in.
        tolerance: allowed ``max|y - oracle| / max(1, max|oracle|)``: what storing weights and values may do to a model.
        rounding: the same beside the reference of the numbers that are stored: what the arithmetic alone rounds. 0: bit
            for bit.
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
        """Whether models are computed in integers, which needs ranges of all values: calibration."""
        return self.dtype.kind == "i"

    @property
    def brief(self) -> bool:
        """Whether what lies beside the weights is kept short as well: tables of functions, biases, multipliers."""
        return self.integer and self.weights.bits <= 4
