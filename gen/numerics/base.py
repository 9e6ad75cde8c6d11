"""What a numeric type is: how values are stored, and how far results may stray from Keras's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Numeric:
    """A numeric type.

    Args:
        name: as ``--numeric`` takes it.
        dtype: of inputs, outputs and states.
        tolerance: allowed ``max|y - oracle| / max(1, max|oracle|)``.
    """

    name: str
    dtype: np.dtype[Any]
    tolerance: float

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return self.dtype.itemsize
