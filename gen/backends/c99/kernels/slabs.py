"""gemv of int8 with inputs in registers or on the stack, a fixed number at once: one function per number of inputs."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from ....core.formats import Array
from ..blocks import Blocks, Layout
from .base import Ask, IntegerGemv, Product, Widened


class Slabs(IntegerGemv):
    """Runs of ``slab`` inputs: a function for whole runs, one for the rest, and one that calls both.

    The def ``gemv`` writes a run, ``gemv_long`` the function that calls runs; names of functions end with ``ending``. A
    table consists of ``words``, NumPy's name of a type; each word has as many weights as it has bytes.
    """

    slab: ClassVar[int]
    words: ClassVar[str]

    @abstractmethod
    def packed(self, slab: Array) -> Array:
        """The table's part, (block, ...), for a run of inputs: (block, input, row)."""

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        weights = blocks.pack(ask.values)
        slabs = [self.packed(weights[:, first : first + self.slab]) for first in range(0, len(ask.values), self.slab)]
        return np.concatenate([slab.reshape(blocks.count, -1) for slab in slabs], axis=1)

    def run(self, ask: Ask, blocks: Blocks, layout: Layout, count: int) -> tuple[Product, ...]:
        """The functions for a run of ``count`` inputs; the last is the one to call."""
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
        """The outermost axis in the table's comment, if there are several runs."""
        return f"[{self.slab} inputs]" if len(ask.values) > self.slab else ""


class WidenedSlabs(Slabs, Widened):
    """Runs with two functions: the first multiplies widened inputs, and is written by the def ``wide``; the second
    widens the inputs and calls the first."""

    def run(self, ask: Ask, blocks: Blocks, layout: Layout, count: int) -> tuple[Product, ...]:
        name = f"gemv_int8_{blocks.rows}x{count}"
        wide = self.product(ask, blocks, layout, f"{name}_wide", "wide", 0, count)
        return wide, self.product(ask, blocks, layout, f"{name}_{self.ending}", "gemv", 1, count)


class Columns(IntegerGemv):
    """Up to ``few`` inputs, for which a run of ``slabs`` would be padded with zeros: w[input][row], in blocks of the
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
