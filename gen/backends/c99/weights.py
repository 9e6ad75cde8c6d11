"""A matrix of floats, and a table of rows, as a layer's template writes them."""

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
        """How it lies, for the comment above it; ``rows`` says what a block's rows are."""
        return gemv_of(self.products).layout_comment(self.ask, self.blocks, rows)


@dataclass(frozen=True)
class Weights(Packed):
    """A matrix as a float template writes it.

    Args:
        definition: its tables, in blocks of rows.
        products: the kernel's functions, the one to call last.
        table: what it is given of the matrix, in a loop over ``block``.
        inputs: C's name of the number of inputs.
        needed: told of what is called.
        ask, blocks: the matrix, and how its rows lie.
        bias: the table of what sums begin with, without the layer's name; empty where they begin with 0.
        at: C's index of the block at hand.
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
            first, inputs: the first of the matrix's inputs that x has, and how many: all, if its kernel is not sliced.
        """
        kernel, name = self.needed.kernel(self.products)
        if inputs:
            return kernel.call_slice(name, sums, self.table, x, inputs, first)
        return kernel.call(name, sums, self.table, x, self.inputs)

    def begin(self, sums: str, bias: str, x: str) -> str:
        """The statement that sets a block's sums to a bias and the matrix times x; empty where its kernel has none."""
        kernel = gemv_of(self.products)
        if not kernel.begins:
            return ""
        kernel, name = self.needed.kernel(self.products)
        return kernel.begin(name, sums, bias, self.table, x, self.inputs)


@dataclass(frozen=True)
class Row:
    """An embedding's table: its definition, and the statement that reads the row of index ``row``."""

    definition: str
    read: str
