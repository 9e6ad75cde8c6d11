"""Code by instruction set: one folder each, which declares its kernels and contains their text.

CONTRIBUTING.md, "Adding an instruction set", explains how. ``plain`` is C99 alone and has everything.
"""

from __future__ import annotations

from .base import Ask, Gemv, InstructionSet, IntegerGemv, IntegerLayer, Kernel, Layer, LayerKernel, Product
from .sets import Kernels, names, serving

__all__ = [
    "Ask", "Gemv", "InstructionSet", "IntegerGemv", "IntegerLayer", "Kernel", "Kernels", "Layer", "LayerKernel",
    "Product", "names", "serving",
]  # fmt: skip
