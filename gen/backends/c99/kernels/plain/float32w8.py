"""gemv of int8 weights with a scale a row, inputs in float32."""

from __future__ import annotations

from .float32 import FloatGemv, FloatRow

KERNELS = (FloatGemv("int8", "float32w8.mako"), FloatRow("int8", "float32w8.mako"))
