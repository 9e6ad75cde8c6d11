"""gemv of weights of less than 8 bits by tables: the contribution of each half byte is computed once for all rows."""

from __future__ import annotations

from .....numerics.storage import PACKED
from ..packed import PackedGemv
from .integer import ROWS


class HalfByteTablesGemv(PackedGemv):
    """By groups of inputs: the scales of all rows, then w[byte][row]."""

    ending = "multiples"
    run = 1
    most = ROWS


KERNELS = tuple(HalfByteTablesGemv(storage) for storage in PACKED)
