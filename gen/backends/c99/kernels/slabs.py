"""gemv of int8 whose inputs lie ready in registers or on the stack, so many at once: a function a number of inputs."""

from __future__ import annotations

from typing import ClassVar

from ....core.formats import Array
from ..blocks import Blocks, Layout
from .base import Ask, IntegerGemv, Product, Widened


class Slabs(IntegerGemv):
    """Runs of ``slab`` inputs, a function for whole ones, one for the rest, and one that calls both.

    The defs ``gemv`` and ``gemv_long`` write a run and what calls them; names of functions end with ``ending``. A table
    is of ``words``, by NumPy's name, which have as many weights as they have bytes.
    """

    slab: ClassVar[int]
    words: ClassVar[str]

    def run(self, ask: Ask, blocks: Blocks, layout: Layout, count: int) -> tuple[Product, ...]:
        """The functions of a run of so many inputs; the last is the one that is called."""
        name = f"gemv_int8_{blocks.rows}x{count}_{self.ending}"
        return (self.product(ask, blocks, layout, name, "gemv", 0, count),)

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        inputs = len(ask.values)
        if inputs <= self.slab:
            return self.run(ask, blocks, layout, inputs)
        rest = inputs % self.slab
        runs = self.run(ask, blocks, layout, self.slab)
        name = f"gemv_int8_{blocks.rows}_rest{rest}_{self.ending}"
        whole = self.product(ask, blocks, layout, name, "gemv_long", len(runs), rest)
        return (*runs, *(self.run(ask, blocks, layout, rest) if rest else ()), whole)

    def parted(self, ask: Ask) -> str:
        """The outermost axis of the table's comment, where there are several runs."""
        return f"[{self.slab} inputs]" if len(ask.values) > self.slab else ""


class WidenedSlabs(Slabs, Widened):
    """Runs whose first function multiplies inputs that are widened already, and whose second widens them before: the
    def ``wide`` writes the first."""

    def run(self, ask: Ask, blocks: Blocks, layout: Layout, count: int) -> tuple[Product, ...]:
        name = f"gemv_int8_{blocks.rows}x{count}"
        wide = self.product(ask, blocks, layout, f"{name}_wide", "wide", 0, count)
        return wide, self.product(ask, blocks, layout, f"{name}_{self.ending}", "gemv", 1, count)


class Columns(IntegerGemv):
    """Up to ``few`` inputs, for which a run of ``slabs`` would be filled with zeros: w[input][row], in blocks of the
    same shape, written by the def ``columns`` of the same file."""

    def __init__(self, slabs: Slabs, few: int) -> None:
        self.template, self.slabs, self.few = slabs.template, slabs, few

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        return self.slabs.blocks(layout, units, gates)

    def takes(self, ask: Ask) -> bool:
        return ask.weights == "int8" and ask.inputs == "int8" and len(ask.values) <= self.few

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        return packed.reshape(len(packed), -1)

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        name = f"gemv_int8_few{blocks.rows}x{len(ask.values)}_{self.slabs.ending}"
        return (self.product(ask, blocks, layout, name, "columns", 0, len(ask.values)),)
