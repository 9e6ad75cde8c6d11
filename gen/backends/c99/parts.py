"""A matrix for the templates of integer layers: its tables, the call that multiplies it, the results of its sums."""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import Blocks
from .expression import Expr, call
from .kernels import Ask, Product
from .literals import ctype
from .needed import Needed
from .weights import Packed


@dataclass(frozen=True)
class Shifts:
    """The shifts and the saturation after a sum.

    Args:
        pre: the shift of the sum to 16 bits.
        saturate: the primitive that saturates it to 16 bits; empty if its bound makes that unnecessary.
        post: the shift after the multiplication.
        product: the primitive that multiplies and shifts, if the target has one.
    """

    pre: int
    saturate: str
    post: int
    product: str = ""

    def result(self, total: Expr, multiplier: str) -> Expr:
        """A sum on the scale of the result."""
        narrow = total >> self.pre
        if self.saturate:
            narrow = call(self.saturate, narrow)
        elif total.dtype == "int64":
            narrow = narrow.cast("int32")
        if self.product:
            return call(self.product, narrow, Expr(multiplier), self.post)
        return call("round_shift", narrow * Expr(multiplier, dtype="int16"), self.post)


@dataclass(frozen=True)
class MatrixPart(Packed):
    """A matrix, or some of its rows, for a template.

    Args:
        name: prefix of its tables: ``name_weights``, ``name_bias``, ``name_multipliers``.
        blocks: the layout of its rows.
        at: C's index of the current block.
        definition: the definitions of its tables.
        products: the kernel's functions, the one to call last.
        sums: C's type of the accumulators.
        first: the number with which all sums begin, which rounds the first shift; None if each sum begins with its
            bias, which includes that number.
        shifts: the shifts of each gate's rows.
        types: NumPy's names of the types of biases and multipliers.
        units: exponent of two that biases are to be multiplied by.
        ask: the matrix.
        needed: records the calls.
    """

    name: str
    blocks: Blocks
    at: str
    definition: str
    products: tuple[Product, ...]
    sums: str
    first: int | None
    shifts: tuple[Shifts, ...]
    types: tuple[str, str]
    units: int
    ask: Ask
    needed: Needed
    pair: tuple[Product, ...] = ()
    """The kernel's functions for two vectors, if it has functions that begin with biases in place."""

    def multiply_two(self, sums: str, x: str) -> str:
        """The statement that computes the sums of two consecutive vectors for the current block."""
        _, name = self.needed.kernel(self.pair)
        return f"{name}({sums}, {self.name}_bias[{self.at}], {self.name}_weights[{self.at}], {x});"

    def multiply(self, sums: str, x: str, inputs: str) -> str:
        """The statement that adds the matrix times x to the sums of the current block."""
        kernel, name = self.needed.kernel(self.products)
        return kernel.call(name, sums, (f"{self.name}_weights[{self.at}]",), x, inputs)

    def result(self, sums: str, row: str, gate: int = 0) -> Expr:
        """The result of a row of a gate, from its sum."""
        total = Expr(f"{sums}[{row}]", dtype=self.ask.sums)
        return self.shifts[gate].result(total, f"{self.name}_multipliers[{self.at}][{row}]")

    def start(self, sums: str, row: str) -> str:
        """The statement that starts a row's sum: with its bias, and the half that rounds its first shift."""
        if self.first is None:
            bias = f"{self.name}_bias[{self.at}][{row}]"
            return f"{sums}[{row}] = {f'(int32_t){bias} * {1 << self.units}' if self.units else bias};"
        return f"{sums}[{row}] = {self.first};{self.why}"

    @property
    def why(self) -> str:
        """A comment on the number with which all sums begin."""
        return " /* half of what is shifted out */" if self.first else ""


@dataclass(frozen=True)
class Diagonal:
    """A depthwise kernel for a template: like :class:`MatrixPart`, but row by row."""

    name: str
    definition: str
    dtype: str
    """NumPy's name of the type of the sums."""
    by: int
    """Number of rows whose weights are stored together, tap by tap; 0 for all."""
    shifts: Shifts

    @property
    def sums(self) -> str:
        """C's type of the sums."""
        return ctype(self.dtype)

    @property
    def first(self) -> str:
        """The start of the sum of row ``c``."""
        return f"{self.name}_bias[c]"

    def result(self, total: str, row: str) -> Expr:
        """A row's result from its sum."""
        return self.shifts.result(Expr(total, dtype=self.dtype), f"{self.name}_multipliers[{row}]")
