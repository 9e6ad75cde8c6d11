"""What integer layers' templates see of a matrix: its tables, the call that multiplies it, the results of its sums."""

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
    """What follows a sum.

    Args:
        pre: the shift that brings it to 16 bits.
        saturate: the primitive that keeps it there; empty where its bound does.
        post: the shift behind the multiplication.
        product: the primitive that multiplies and shifts, where the target has one.
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
class Part(Packed):
    """A matrix, or some of its rows, as a template writes it.

    Args:
        name: of its tables: ``name_weights``, ``name_bias``, ``name_multipliers``.
        blocks: how its rows lie.
        at: C's index of the block at hand.
        definition: the tables.
        products: the kernel's functions, the one to call last.
        sums: C's type of the accumulators.
        first: what each row's sum begins with to round the shift that comes first; None if each begins with its bias,
            which that is in.
        shifts: of each gate's rows.
        types: NumPy's names of the types of biases and multipliers.
        units: biases are times two to this.
        ask: the matrix.
        needed: told of what is called.
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
    """The kernel's functions of two vectors, where it has any that begin with biases as they lie."""

    def multiply_two(self, sums: str, x: str) -> str:
        """The statement that puts the sums of two vectors, one behind the other, of the block at hand."""
        _, name = self.needed.kernel(self.pair)
        return f"{name}({sums}, {self.name}_bias[{self.at}], {self.name}_weights[{self.at}], {x});"

    def multiply(self, sums: str, x: str, inputs: str) -> str:
        """The statement that adds the matrix times x to the sums of the block at hand."""
        kernel, name = self.needed.kernel(self.products)
        return kernel.call(name, sums, (f"{self.name}_weights[{self.at}]",), x, inputs)

    def result(self, sums: str, row: str, gate: int = 0) -> Expr:
        """The result of one of a gate's rows from its sum."""
        total = Expr(f"{sums}[{row}]", dtype=self.ask.sums)
        return self.shifts[gate].result(total, f"{self.name}_multipliers[{self.at}][{row}]")

    def start(self, sums: str, row: str) -> str:
        """The statement that begins a row's sum: with its bias, and what rounds its first shift."""
        if self.first is None:
            bias = f"{self.name}_bias[{self.at}][{row}]"
            return f"{sums}[{row}] = {f'(int32_t){bias} * {1 << self.units}' if self.units else bias};"
        return f"{sums}[{row}] = {self.first};{self.why}"

    @property
    def why(self) -> str:
        """A comment on the number that all sums begin with."""
        return " /* half of what is shifted out */" if self.first else ""


@dataclass(frozen=True)
class Diagonal:
    """A depthwise kernel as a template writes it: as :class:`Part`, but a row at a time."""

    name: str
    definition: str
    dtype: str
    """NumPy's name of the type of the sums."""
    by: int
    """Rows whose weights lie together, a tap after the other; 0 for all."""
    shifts: Shifts

    @property
    def sums(self) -> str:
        """C's type of the sums."""
        return ctype(self.dtype)

    @property
    def first(self) -> str:
        """What the sum of row ``c`` begins with."""
        return f"{self.name}_bias[c]"

    def result(self, total: str, row: str) -> Expr:
        """A row's result from its sum."""
        return self.shifts.result(Expr(total, dtype=self.dtype), f"{self.name}_multipliers[{row}]")
