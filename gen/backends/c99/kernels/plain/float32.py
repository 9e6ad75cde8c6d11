"""gemv of floats, rows side by side, with weights in float32 or in int8 with one scale per row; and sums of floats in
parts, for any storage of weights."""

from __future__ import annotations

from typing import ClassVar

from ...blocks import Blocks, Layout
from ..base import PART, Ask, Gemv, Product


class FloatGemv(Gemv):
    """gemv of float32 inputs.

    Args:
        storage: the name of the storage of the weights, and of tables.
    """

    serves = ("float",)
    maths = ("fast", "exact", "libm")
    sliced = True
    scaled: ClassVar[str] = ""
    """Infix of functions' names, if only some matrices of the storage have scales."""

    def __init__(self, storage: str) -> None:
        self.storage = self.tables = storage

    def takes(self, ask: Ask) -> bool:
        return ask.storage == self.storage

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        ending = "" if ask.scales is None else self.scaled
        short = self.product(ask, blocks, layout, f"gemv{ending}_{blocks.rows}")
        if len(ask.values) <= PART:
            return (short,)
        return short, self.product(ask, blocks, layout, f"gemv{ending}_long_{blocks.rows}", "gemv_long", turn=1)


KERNELS = FloatGemv("float32"), FloatGemv("int8")
