"""gemv of integers by Helium: 16 or 8 inputs of a row at once."""

from __future__ import annotations

from ..base import RowByRow


class HeliumGemv(RowByRow):
    """Any integers."""


KERNELS = (HeliumGemv(),)
