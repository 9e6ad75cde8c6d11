"""What a folder of kernels declares: an instruction set, and the kernels that it has code for.

A kernel is asked whether it takes a piece of work, and is then the one that packs the weights, names the C function,
and writes it by its template. ``sets.py`` asks those of a target's instruction sets in their order.
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
"""Inputs that one running sum of floats takes; longer sums are made of parts."""
LIMIT_24 = (1 << 23) - (1 << 16)
"""What sums of 24 bits stay below, with what rounds their first shift: 256 of them fit 32 bits."""
REGISTERS = 4
"""Rows of a block that leave registers to integer code written for an instruction set."""


@dataclass(frozen=True)
class InstructionSet:
    """What the ``SET`` of a folder says.

    Args:
        summary: one line for people.
        headers: each with the macro that promises it; included where a kernel or a primitive of the set is used.
        primitives: templates, of the folder or by an absolute path among all, whose defs are helpers of a better form
            than plain C has, by their names there (``saturate16``, ``tanh``), or new ones. ``NAME_each`` is an
            activation of a whole array.
        types: a type or macro -> the helper that has it.
        copies: bytes that such cores copy best in line, again and again: C libraries for them often go byte by byte,
            and compilers call those for more. 0 leaves copies to the library.
        words: whether tables of multipliers are better kept in 32 bits than in 16.
    """

    summary: str
    headers: tuple[tuple[str, str], ...] = ()
    primitives: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    copies: int = 0
    words: bool = False


@dataclass(frozen=True, eq=False)
class Ask:
    """A matrix that is to be multiplied with a vector: ``sums[row] += sum over k of values[k][row] x[k]``.

    Args:
        storage: the name of what its weights are stored in (``gatesmith.numerics``).
        inputs: NumPy's name of the type of x.
        values: (inputs, rows), as they are stored, all gates of all units as Keras has them.
        scales: what the stored values are multiplied with, (rows,) or (groups, rows); None where there are none, or
            where integers are rescaled behind their sums. Of less than 8 bits beside integers they are whole.
        bound: the largest absolute value that a row's sum, or a part of it, reaches; 0 where that is not known.
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
    """A C function of a kernel, as its template gets it (``g``).

    Args:
        turn: functions are written by turns, then by rows: what calls another comes in a later one.
        rows: of a block, side by side.
        weights, inputs, sums: NumPy's names of the types.
        name: of the function.
        define: the def that writes it.
        lanes: values of a vector register of the target; 1 without SIMD.
        count: inputs that it is written for; 0 for any number.
        shifts: of one that makes bytes of its sums: before the multiplication and behind it.
        step: values from an output to the next that it makes, where it makes several.
        code: bytes that its loops may have; 0 where it may choose.
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
        """Inputs that one running sum of floats takes."""
        return PART

    @property
    def scaled(self) -> bool:
        """Whether rows of floats have scales: those of bytes, and of a function whose name says so."""
        return self.weights == "int8" or "_scaled_" in self.name

    def matrix(self, space: str = "") -> str:
        """The parameters that are a matrix of floats, w[input][row], and its scales."""
        scales = f", const {space}float *scale" if self.scaled else ""
        return f"const {space}{ctype(self.weights)} (*w)[{self.rows}]{scales}"

    def float_of(self, weight: str) -> str:
        """The expression of a weight's float, without its scale."""
        return {"int8": "(float){}", "uint16": "float_of_half({})"}.get(self.weights, "{}").format(weight)

    @property
    def scalar(self) -> bool:
        """Whether each row's sum is a variable of its own: compilers for cores without SIMD keep arrays in memory."""
        return self.lanes == 1

    @property
    def rolled(self) -> bool:
        """Whether gcc must be kept from unrolling the rows, of which it makes scalar code."""
        return self.lanes > 1 and 1 < self.rows <= 16


class Kernel:
    """A piece of work that an instruction set has code for."""

    template: str
    """The file of its defs, in the set's folder; that of the Python file's name, unless the class says another. Each
    def is given ``g`` (the Product), ``space`` (how the address space of tables is spelled, with a blank behind it),
    ``asm`` (whether inline assembly may be written; without it the same packing is read by C alone) and ``plain`` (the
    text of a primitive in plain C, by name)."""
    maths: tuple[str, ...] = ("fast",)
    """Of a kernel of floats: which ``--math`` it keeps to. ``exact`` promises the bits of plain C: products rounded
    one by one, each row's sum in the order of its inputs. Integers are the same in all."""

    def __init_subclass__(cls) -> None:
        if "template" not in vars(cls):
            cls.template = f"{cls.__module__.rpartition('.')[2]}.mako"

    @property
    def serves(self) -> tuple[str, ...]:
        """Which numbers it computes with."""
        return "float", "integer"


class Gemv(Kernel, ABC):
    """A matrix times a vector, in blocks of rows."""

    maths: tuple[str, ...] = ("fast", "libm")
    align: ClassVar[int] = 0
    """Bytes that its table of weights is aligned to, where the type's own alignment is not enough."""
    begins: ClassVar[bool] = False
    """Whether what sums begin with, a bias, may be elsewhere: a float kernel's function is then
    ``name(sums, begin, table..., x, inputs)``, where the two may be one."""
    ending: ClassVar[str] = ""
    """What names of its functions end with."""
    sliced: ClassVar[bool] = False
    """Whether a run of its inputs can be multiplied alone: by ``table + first``, where the table is what
    ``blocks.pack`` gives, or as its own ``slices`` and ``call_slice`` say."""

    tables: str = ""
    """The storage of floats whose tables its file reads by rows too: the def ``row(f, to, name, width)`` writes the
    statement, indented by four, that puts the values of row ``row`` of the table ``f.name_NAME`` where they go. It may
    ask ``scaled``, whether the table has scales."""

    @abstractmethod
    def takes(self, ask: Ask) -> bool:
        """Whether there is code for these types, this many inputs, this bound."""

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        """The block shape it likes best."""
        return choose(layout, units, gates)

    def fits(self, blocks: Blocks) -> bool:
        """Whether it takes blocks that another kernel of the same layer has chosen."""
        del blocks
        return True

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        """The table: (blocks, ...), of any shape and type that ``call`` and the template agree on."""
        return blocks.pack(ask.values)

    def pack_scales(self, scales: Array, values: Array, blocks: Blocks) -> Array:
        """The table of scales: (rows,) or (groups, rows), with the values (inputs, rows), -> (blocks, ...)."""
        del values
        return blocks.pack(scales)

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        """How the table lies, for the comment above it; ``rows`` says what a block's rows are."""
        del ask
        return f"{block(blocks)}[input][{rows}]"

    def functions(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """The C functions that must be written; the last is the one that is called. Names differ between kernels:
        plain C's are ``gemv_WEIGHTS_INPUTS_ROWS``."""
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
            name: of the function.
            table: the block's weights, and its scales where there are any.
            inputs: how many.
        """
        return f"{name}({', '.join([sums, *table, x, inputs])});"

    def begin(self, name: str, sums: str, begin: str, table: Sequence[str], x: str, inputs: str) -> str:
        """As ``call``, of a kernel that ``begins``: sums are set, to what they begin with and the matrix times x."""
        return f"{name}({', '.join([sums, begin, *table, x, inputs])});"

    def pair(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """As ``functions``, of two vectors x that follow each other: ``name(sums, begin, table, x)`` puts (2, rows)
        sums, each of which begins with one of (rows,) values. Nothing where there is no code for it."""
        del ask, blocks, layout
        return ()

    def float_of(self, f: Layer, stored: str) -> str:
        """The expression of a stored value's float, without its scale, where C does not convert it by itself."""
        del f
        return stored

    def slices(self, ask: Ask, blocks: Blocks, layout: Layout) -> tuple[Product, ...]:
        """As ``functions``, for runs of inputs; ``ask`` has the longest run."""
        return self.functions(ask, blocks, layout)

    def call_slice(self, name: str, sums: str, table: Sequence[str], x: str, inputs: str, first: str) -> str:
        """As ``call``, of inputs from ``first`` on."""
        weights, *scales = table
        return self.call(name, sums, (weights if first == "0" else f"{weights} + {first}", *scales), x, inputs)


class IntegerGemv(Gemv):
    """gemv of integers in code for an instruction set: few rows a block, sums in registers."""

    serves = ("integer",)
    most: ClassVar[int] = 0
    """Rows of a block at most, for one that takes the fewest rows in all; 0 for few rows."""
    together: ClassVar[int] = 1
    """Rows of which each block then has a multiple."""

    def fits(self, blocks: Blocks) -> bool:
        return self.together == 1 or (blocks.rows % self.together == 0 and blocks.rows <= self.most)

    def takes(self, ask: Ask) -> bool:
        return ask.storage in ("int8", "int16")

    def blocks(self, layout: Layout, units: int, gates: int) -> Blocks:
        if self.most:
            return fewest(units, gates, max(gates, self.most), self.together)
        return choose(replace(layout, rows=max(gates, REGISTERS), lanes=1), units, gates)


class Widened(IntegerGemv, ABC):
    """A gemv whose first function takes inputs that are widened already, by ``widen_bytes``, and their sum:
    ``name(sums, begin, weights, wide, total)``."""

    @abstractmethod
    def widened(self, name: str, inputs: int) -> str:
        """The definition of an array for so many widened inputs."""


class Layer(CoreFunction):
    """What a kernel sees of the function that is written."""

    code: int
    """Bytes that the code of a loop may have; 0 where kernels may choose."""
    asm: bool
    """Whether inline assembly may be written."""
    integer: ClassVar[bool] = False
    """Whether it computes in integers."""
    forms: frozenset[str] = frozenset({"forward"})
    """How it is called: ``forward``, for positions that follow each other ``each``, or by rows: ``row``, ``fold``;
    ``overlaid`` where outputs of ``each`` may lie on inputs."""

    @abstractmethod
    def primitive(self, name: str) -> str:
        """The name of a primitive, which is then written."""


class IntegerLayer(Layer):
    """The same of a layer of integers."""

    integer = True

    @abstractmethod
    def multiplier(self, matrix: Matrix, dtype: str) -> Gemv:
        """The kernel that a matrix goes to whose inputs have this type, by NumPy's name."""


class LayerKernel(Kernel, ABC):
    """A whole layer's function in place of the layer's own template: a recurrent cell with all that follows its sums,
    many units at once. Its template writes tables and function of ``f`` as ``templates/layers`` does: the same
    arguments, states and scratch."""

    kinds: ClassVar[tuple[str, ...]]
    """Kinds of ops (``lstm``, ``integer_lstm``)."""
    by_rows: ClassVar[bool] = False
    """Whether it also writes the function of one row alone, where only that is called."""
    anywhere: ClassVar[bool] = False
    """Whether its ``NAME_each`` reads all of a position before it writes there, so that outputs may lie on inputs."""

    @property
    def serves(self) -> tuple[str, ...]:
        return tuple({"integer" if kind.startswith("integer") else "float" for kind in self.kinds})

    @abstractmethod
    def takes(self, f: Layer) -> bool:
        """Whether this op is one it has code for: its activations, its sizes, its types."""

    def each(self, f: Layer) -> bool:
        """Whether of a Dense layer at positions that follow each other, two or more, it writes ``NAME_each``."""
        del f
        return False


def block(blocks: Blocks) -> str:
    """The first axis of a table, for people."""
    return "[unit]" if blocks.units == 1 else f"[block of {blocks.units} units]"


def filled(packed: Array, many: int) -> Array:
    """(blocks, inputs, rows) with inputs of zeros up to a multiple of so many."""
    return np.pad(packed, ((0, 0), (0, -packed.shape[1] % many), (0, 0)))


class RowByRow(IntegerGemv):
    """A row after the other: w[row][input]."""

    def pack(self, ask: Ask, blocks: Blocks) -> Array:
        packed = blocks.pack(ask.values)
        return np.ascontiguousarray(packed.transpose(0, 2, 1).reshape(len(packed), -1))

    def layout_comment(self, ask: Ask, blocks: Blocks, rows: str) -> str:
        return f"{block(blocks)}[{rows}][input], a line a block"
