"""gemv of integers from program memory, with each row's sum in registers."""

from __future__ import annotations

from dataclasses import replace

from ...blocks import Blocks
from ..base import LIMIT_24, REGISTERS, Ask, IntegerGemv, Product


class ByteGemv(IntegerGemv):
    """int8 weights, w[input][row], with int8 in sums of 24 bits, or with int16 in sums of 32."""

    ending = "avr"

    def takes(self, ask: Ask) -> bool:
        return ask.weights == "int8" and (ask.inputs == "int16" or 0 < ask.bound < LIMIT_24)

    def fits(self, blocks: Blocks) -> bool:
        return blocks.rows <= REGISTERS


def fresh(product: Product) -> Product:
    """The same function for sums that begin at 0 instead of at their current values."""
    return replace(product, name=product.name.replace("_avr", "_fresh_avr"), define="gemv_fresh")


KERNELS = (ByteGemv(),)
