"""gemv of integers, one row at a time."""

from __future__ import annotations

from ..base import RowByRow


class RowsGemv(RowByRow):
    """Any integers."""


KERNELS = (RowsGemv(),)
