"""Code by instruction set: a folder each, which declares what it has kernels for, and holds their text.

CONTRIBUTING.md, "Adding an instruction set", says how. ``plain`` is C99 alone and has everything.
"""

from __future__ import annotations

from .base import Ask, Gemv, InstructionSet, IntegerGemv, IntegerLayer, Kernel, Layer, LayerKernel, Product
from .sets import Kernels, names, serving

__all__ = [
    "Ask", "Gemv", "InstructionSet", "IntegerGemv", "IntegerLayer", "Kernel", "Kernels", "Layer", "LayerKernel",
    "Product", "names", "serving",
]  # fmt: skip
