"""gemv of IEEE halves, inputs in float32; rows may have a scale."""

from __future__ import annotations

from .....numerics.float32w16 import NUMERIC
from ..base import Layer
from .float32 import FloatGemv

STORAGE = NUMERIC.weights
HELPER = "float_of_half"


class HalvesGemv(FloatGemv):
    """w[input][row]; each half is converted to float before its multiplication."""

    template = "float32.mako"
    scaled = "_scaled"

    def float_of(self, f: Layer, stored: str) -> str:
        return f"{f.primitive(HELPER)}({stored})"


KERNELS = (HalvesGemv(STORAGE.name),)
