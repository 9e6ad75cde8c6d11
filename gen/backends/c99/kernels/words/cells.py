"""LSTM and GRU in integers with inputs that are widened once a step, and a unit's values in registers."""

from __future__ import annotations

from typing import ClassVar

from ..base import IntegerGemv
from ..mac16 import cells
from . import bytes


class WordCell(cells.Mac16Cell):
    """Like MAC16's cell, with words."""

    kernels: ClassVar[tuple[IntegerGemv, ...]] = bytes.KERNELS


KERNELS = (WordCell(),)
