"""A matrix of floats, and a table of rows, for a layer's template."""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import Blocks
from .kernels import Ask, Product
from .needed import Needed, gemv_of


class Packed:
    """A matrix's table."""

    products: tuple[Product, ...]
    ask: Ask
    blocks: Blocks

    def layout_comment(self, rows: str) -> str:
        """Its layout, for the comment above it; ``rows`` is a description of a block's rows."""
        return gemv_of(self.products).layout_comment(self.ask, self.blocks, rows)


@dataclass(frozen=True)
class Weights(Packed):
    """A matrix for a float template.

    Args:
        definition: its tables, in blocks of rows.
        products: the kernel's functions, the one to call last.
        table: the arguments for the matrix's tables, in a loop over ``block``.
        inputs: C's name of the number of inputs.
        needed: records the calls.
        ask, blocks: the matrix, and the layout of its rows.
        bias: the table with the initial values of sums, without the layer's name; empty if sums begin with 0.
        at: C's index of the current block.
    """

    definition: str
    products: tuple[Product, ...]
    table: tuple[str, ...]
    inputs: str
    needed: Needed
    ask: Ask
    blocks: Blocks
    at: str
    bias: str = ""

    def multiply(self, sums: str, x: str, first: str = "0", inputs: str = "") -> str:
        """The statement that adds the matrix times x to a block's sums.

        Args:
            first, inputs: the first of the matrix's inputs that x has, and their number; all if its kernel is not
                sliced.
        """
        kernel, name = self.needed.kernel(self.products)
        if inputs:
            return kernel.call_slice(name, sums, self.table, x, inputs, first)
        return kernel.call(name, sums, self.table, x, self.inputs)

    def begin(self, sums: str, bias: str, x: str) -> str:
        """The statement that sets a block's sums to a bias plus the matrix times x; empty if its kernel has none."""
        kernel = gemv_of(self.products)
        if not kernel.begins:
            return ""
        kernel, name = self.needed.kernel(self.products)
        return kernel.begin(name, sums, bias, self.table, x, self.inputs)


@dataclass(frozen=True)
class RowRead:
    """An embedding's table: its definition, and the statement that reads the row of index ``row``."""

    definition: str
    read: str
