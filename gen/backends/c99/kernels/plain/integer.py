"""gemv of integers, rows side by side."""

from __future__ import annotations

from ..base import Ask, Gemv


class PlainGemv(Gemv):
    """int8 or int16 weights, in the target's blocks."""

    serves = ("integer",)

    def takes(self, ask: Ask) -> bool:
        return ask.storage in ("int8", "int16")


KERNELS = (PlainGemv(),)
