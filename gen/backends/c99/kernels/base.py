"""Declarations of a folder of kernels: an instruction set, and the kernels with code for it.

A kernel is asked whether it takes a piece of work. If it does, it packs the weights, names the C function, and writes
it by its template. ``sets.py`` asks the kernels of a target's instruction sets in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from ....core.formats import Array
from ....layers.integer.matrix import Matrix
from ....numerics.storage import PACKED
from ...function import CoreFunction
from ..blocks import Blocks, Layout, choose, fewest
from ..literals import ctype

PART = 64
"""Largest number of inputs in one running sum of floats; longer sums consist of parts."""
LIMIT_24 = (1 << 23) - (1 << 16)
"""Limit of 24-bit sums with the rounding of their first shift: 256 times such a sum fits 32 bits."""
REGISTERS = 4
"""Rows of a block that leave enough registers for integer code of an instruction set."""


@dataclass(frozen=True)
class InstructionSet:
    """The ``SET`` of a folder.

    Args:
        summary: one line for people.
        headers: headers, each with the macro that announces it; included if a kernel or a primitive of the set is used.
        primitives: templates, of the folder or by an absolute path among all, whose defs are helpers: better forms of
            plain C's, by their names there (``saturate16``, ``tanh``), or new ones. ``NAME_each`` is an activation of a
            whole array.
        types: a type or macro -> the helper that defines it.
        copies: size in bytes of the repeated inline copies that suit such cores: their C libraries often copy byte by
            byte, and compilers call those for larger copies. 0 leaves copies to the library.
        words: whether tables of multipliers are stored in 32 bits instead of 16.
    """

    summary: str
    headers: tuple[tuple[str, str], ...] = ()
    primitives: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    copies: int = 0
    words: bool = False


@dataclass(frozen=True, eq=False)
class Ask:
    """A matrix to be multiplied with a vector: ``sums[row] += sum over k of values[k][row] x[k]``.

    Args:
        storage: the name of its weights' storage (``gatesmith.numerics``).
        inputs: NumPy's name of the type of x.
        values: (inputs, rows), the stored values; all gates of all units in Keras's order.
        scales: factors of the stored values, (rows,) or (groups, rows); None if there are none, or if integer sums are
            rescaled instead. Integers for weights of less than 8 bits with integer inputs.
        bound: the largest absolute value of a row's sum, or of a part of it; 0 if unknown.
    """

    storage: str
    inputs: str
    values: Array
    scales: Array | None = None
    bound: int = 0

    @property
    def integer(self) -> bool:
        return self.inputs != "float32"

    @property
    def weights(self) -> str:
        """NumPy's name of the type of the packed values."""
        if self.storage in (one.name for one in PACKED):
            return "uint8"
        return str(self.values.dtype.name) if self.values.dtype.kind in "iu" else "float32"

    @property
    def sums(self) -> str:
        """NumPy's name of the type of the sums."""
        if not self.integer:
            return "float32"
        return "int64" if self.weights == "int16" else "int32"


@dataclass(frozen=True, order=True)
class Product:
    """A C function of a kernel, for its template (``g``).

    Args:
        turn: order of writing: by turns, then by rows; a function that calls another has a later turn.
        rows: rows of a block, side by side.
        weights, inputs, sums: NumPy's names of the types.
        name: name of the function.
        define: the def that writes it.
        lanes: values of a vector register of the target; 1 without SIMD.
        count: inputs that it is written for; 0 for any number.
        shifts: for a function with byte results: the shifts before and after the multiplication.
        step: values from one output to the next, if it computes several.
        code: bytes that its loops may have; 0 if it may choose.
    """

    turn: int
    rows: int
    weights: str
    inputs: str
    sums: str
    name: str
    define: str
    lanes: int
    kernel: Kernel = field(compare=False)
    count: int = 0
    shifts: tuple[int, int] = (0, 0)
    step: int = 0
    code: int = 0

    @property
    def part(self) -> int:
        """Largest number of inputs in one running sum of floats."""
        return PART

    @property
    def scaled(self) -> bool:
        """Whether rows of floats have scales: always for bytes, else if the function's name says so."""
        return self.weights == "int8" or "_scaled_" in self.name

    def matrix(self, space: str = "") -> str:
        """The parameters for a matrix of floats, w[input][row], and its scales."""
        scales = f", const {space}float *scale" if self.scaled else ""
        return f"const {space}{ctype(self.weights)} (*w)[{self.rows}]{scales}"

    def float_of(self, weight: str) -> str:
        """The expression of a weight as a float, without its scale."""
        return {"int8": "(float){}", "uint16": "float_of_half({})"}.get(self.weights, "{}").format(weight)

    @property
    def scalar(self) -> bool:
        """Whether each row's sum is a variable of its own: compilers for cores without SIMD keep arrays in memory."""
        return self.lanes == 1

    @property
    def rolled(self) -> bool:
        """Whether gcc must be kept from unrolling the rows, which would become scalar code."""
        return self.lanes > 1 and 1 < self.rows <= 16


class Kernel:
    """A piece of work for which an instruction set has code."""

    template: str
    """The file of its defs, in the set's folder; by default, its name is the Python file's. Each def gets ``g`` (the
    Product), ``space`` (the address space of tables, with a trailing blank), ``asm`` (whether inline assembly is
    allowed; otherwise C alone reads the same packing) and ``plain`` (the text of a primitive in plain C, by name)."""
    maths: tuple[str, ...] = ("fast",)
    """The values of ``--math`` that a float kernel supports. ``exact`` promises the bits of plain C: products are
    rounded one by one, and each row is summed in the order of its inputs. Integers are the same in all."""

    def __init_subclass__(cls) -> None:
        if "template" not in vars(cls):
            cls.template = f"{cls.__module__.rpartition('.')[2]}.mako"

    @property
    def serves(self) -> tuple[str, ...]:
        """The kinds of numbers with which it computes."""
        return "float", "integer"


class Gemv(Kernel, ABC):
    """A matrix times a vector, in blocks of rows."""

    maths: tuple[str, ...] = ("fast", "libm")
    align: ClassVar[int] = 0
    """Alignment in bytes of its weight table, if the type's own is not enough."""
    begins: ClassVar[bool] = False
    """Whether the initial values of sums, a bias, may be elsewhere: a float kernel's function is then
    ``name(sums, begin, table..., x, inputs)``, and the first two may be the same."""
    ending: ClassVar[str] = ""
    """Suffix of its functions' names."""
    sliced: ClassVar[bool] = False
    """Whether a run of its inputs can be multiplied alone: by ``table + first``, if the table comes from
    ``blocks.pack``, or by its own ``slices`` and ``call_slice``."""

    tables: str = ""
    """The float storage whose tables its file also reads by rows: the def ``row(f, to, name, width)`` writes the
    statement, indented by four, that copies row ``row`` of the table ``f.name_NAME`` to ``to``. It may use ``scaled``,
    whether the table has scales."""

    @abstractmethod
    def takes(self, ask: Ask) -> bool:
        """Whether there is code for these types, this number of inputs, this bound."""

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        """Its preferred block shape."""
        return choose(layout, units, gates)

    def fits(self, blocks: Blocks) -> bool:
        """Whether it accepts blocks that another kernel of the same layer has chosen."""
        return True

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        """The table: (blocks, ...), of any shape and type on which ``call`` and the template agree."""
        return blocks.pack(ask.values)

    def pack_scales(self, scales: Array, values: Array, blocks: Blocks) -> Array:
        """The table of scales, (blocks, ...), from (rows,) or (groups, rows), with the values (inputs, rows)."""
        return blocks.pack(scales)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        """The layout of the table, for the comment above it; ``rows`` is a description of a block's rows."""
        return f"{block(blocks)}[input][{rows}]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """The C functions to write; the last is the one to call. Names differ between kernels: plain C's are
        ``gemv_WEIGHTS_INPUTS_ROWS``."""
        name = f"gemv_{ask.weights}_{ask.inputs}_{blocks.rows}"
        return (self.product(ask, blocks, layout, f"{name}_{self.ending}" if self.ending else name),)

    def product(
        self, ask: Ask, blocks: Blocks, layout: Layout, name: str, define: str = "gemv", turn: int = 0, count: int = 0
    ) -> Product:
        """One of its functions."""
        return Product(turn, blocks.rows, ask.weights, ask.inputs, ask.sums, name, define, layout.lanes, self, count)

    def call(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str) -> str:
        """The statement that adds the matrix times x to a block's sums, in a loop over ``block``.

        Args:
            name: name of the function.
            table: the block's weights, and its scales if there are any.
            inputs: number of inputs.
        """
        return f"{name}({', '.join([sums, *table, x, inputs])});"

    def begin(self, name: str, sums: str, begin: str, table: Sequence[str], x: str, inputs: str) -> str:
        """Like ``call``, for a kernel with ``begins``: sums are set to their initial values plus the matrix times x."""
        return f"{name}({', '.join([sums, begin, *table, x, inputs])});"

    def pair(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """Like ``functions``, for two consecutive vectors x: ``name(sums, begin, table, x)`` computes (2, rows) sums
        with (rows,) initial values. Empty if there is no code for it."""
        return ()

    def float_of(self, f: Layer, stored: str) -> str:
        """The expression of a stored value as a float, without its scale, if C does not convert it."""
        return stored

    def slices(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """Like ``functions``, for runs of inputs; ``ask`` has the longest run."""
        return self.functions(ask, blocks, layout)

    def call_slice(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str, first: str) -> str:
        """Like ``call``, for inputs from ``first`` on."""
        weights, *scales = table
        return self.call(name, sums, (weights if first == "0" else f"{weights} + {first}", *scales), x, inputs)


class IntegerGemv(Gemv):
    """gemv of integers in code for an instruction set: few rows per block, sums in registers."""

    serves = ("integer",)
    most: ClassVar[int] = 0
    """Largest number of rows of a block, for a kernel that wants the fewest rows in total; 0 for few rows per block."""
    together: ClassVar[int] = 1
    """Number of which each block's rows are then a multiple."""

    def fits(self, blocks: Blocks) -> bool:
        return self.together == 1 or (blocks.rows % self.together == 0 and blocks.rows <= self.most)

    def takes(self, ask: Ask) -> bool:
        return ask.storage in ("int8", "int16")

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        if self.most:
            return fewest(units, gates, max(gates, self.most), self.together)
        return choose(replace(layout, rows=max(gates, REGISTERS), lanes=1), units, gates)


class Widened(IntegerGemv, ABC):
    """A gemv whose first function takes inputs already widened by ``widen_bytes``, and their sum:
    ``name(sums, begin, weights, wide, total)``."""

    @abstractmethod
    def widened(self, name: str, inputs: int) -> str:
        """The definition of an array for ``inputs`` widened inputs."""


class Layer(CoreFunction):
    """The function to be written, as kernels see it."""

    code: int
    """Bytes that the code of a loop may have; 0 if kernels may choose."""
    asm: bool
    """Whether inline assembly is allowed."""
    integer: ClassVar[bool] = False
    """Whether it computes in integers."""
    forms: frozenset[str] = frozenset({"forward"})
    """The forms of its calls: ``forward``; ``each``, for consecutive positions; or by rows: ``row``, ``fold``;
    ``overlaid`` if outputs of ``each`` may overlap inputs."""

    @abstractmethod
    def primitive(self, name: str) -> str:
        """The name of a primitive; the primitive is then written."""


class IntegerLayer(Layer):
    """The same for an integer layer."""

    integer = True

    @abstractmethod
    def multiplier(self, matrix: Matrix, dtype: str) -> Gemv:
        """The kernel for a matrix with inputs of this type, by NumPy's name."""


class LayerKernel(Kernel, ABC):
    """A whole layer's function in place of the layer's own template: a recurrent cell with everything after its sums,
    for many units at once. Its template writes the tables and the function of ``f`` like ``templates/layers``: with the
    same arguments, states and scratch."""

    kinds: ClassVar[tuple[str, ...]]
    """Kinds of ops (``lstm``, ``integer_lstm``)."""
    by_rows: ClassVar[bool] = False
    """Whether it also writes the function of a single row, if only that is called."""
    anywhere: ClassVar[bool] = False
    """Whether its ``NAME_each`` reads all of a position before it writes there, so that outputs may overlap inputs."""

    @property
    def serves(self) -> tuple[str, ...]:
        return tuple({"integer" if kind.startswith("integer") else "float" for kind in self.kinds})

    @abstractmethod
    def takes(self, f: Layer) -> bool:
        """Whether there is code for this op: its activations, its sizes, its types."""

    def each(self, f: Layer) -> bool:
        """Whether it writes ``NAME_each`` for a Dense layer at two or more consecutive positions."""
        return False


def block(blocks: Blocks) -> str:
    """A description of the first axis of a table."""
    return "[unit]" if blocks.units == 1 else f"[block of {blocks.units} units]"


def filled(packed: Array, many: int) -> Array:
    """(blocks, inputs, rows), padded with inputs of zeros to a multiple of ``many``."""
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % many), (0, 0)))


class RowByRow(IntegerGemv):
    """Row by row: w[row][input]."""

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        return np.ascontiguousarray(packed.transpose(0, 2, 1).reshape(len(packed), -1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[{rows}][input], a line a block"
