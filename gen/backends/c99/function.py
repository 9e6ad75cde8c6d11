"""What a layer's template sees: the function it writes, in core shapes, with the target's block shapes at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...functions import Function
from ...graph import Array, Op, Shape, count
from ...numerics.float32w8 import ROUNDED, stored
from ..broadcasting import broadcast
from .blocks import Blocks, Layout, choose
from .literals import ctype, literal, number, table
from .spelling import SQUARE_ROOT, helper, spell

PART = 64
"""Inputs that one running sum takes; longer sums are made of parts."""
SMALL = 32767
"""Largest count that every target's int holds."""


@dataclass(frozen=True)
class Parameter:
    """A weight that broadcasts to the core: its table, and how to read it at value k of the core."""

    definition: str
    index: Callable[[str], str]

    def at(self, k: str) -> str:
        return self.index(k)


@dataclass(frozen=True)
class Weights:
    """A matrix as a float template writes it.

    Args:
        definition: its tables, in blocks of rows.
        gemv: the primitive.
        arguments: what it is given of the matrix, in a loop over ``block``.
        inputs: C's name of the number of inputs.
    """

    definition: str
    gemv: str
    arguments: str
    inputs: str

    def multiply(self, sums: str, x: str) -> str:
        """The statement that adds the matrix times x to a block's sums."""
        return f"{self.gemv}({sums}, {self.arguments}, {x}, {self.inputs});"


class Needed:
    """What the functions written so far call: helpers, gemv shapes, the square root, the copy from program memory."""

    def __init__(self) -> None:
        self.helpers: set[str] = set()
        self.load = False
        self.gemv: set[int] = set()
        self.long: set[int] = set()
        self.root = False
        self.products: set[Any] = set()
        self.tables: dict[str, Array] = {}

    def function_table(self, name: str, values: Array) -> str:
        """The name of a function's table of values; equal tables are one."""
        number, wanted = 1, f"{name}_table"
        while wanted in self.tables and not np.array_equal(self.tables[wanted], values):
            number += 1
            wanted = f"{name}_table_{number}"
        self.tables[wanted] = values
        return wanted


class LayerFunction:
    """One C function: an op at given core shapes.

    Args:
        name: the layer's identifier; tables are ``name_kernel``, the function ``name_forward``.
        op: what it computes.
        ins, outs: core shapes, all fixed but a cell's time axis.
        types: NumPy's names of their types: of the inputs, of the outputs.
        layout: the target's block shapes.
        space: the address space of tables, as the C spells it; empty for that of all variables.
        needed: collects what the body calls.
        stored: NumPy's name of what the numeric type keeps matrices in.
    """

    def __init__(
        self,
        name: str,
        op: Op,
        ins: Sequence[Shape],
        outs: Sequence[Shape],
        types: Sequence[Sequence[str]],
        layout: Layout,
        space: str,
        needed: Needed,
        stored: str = "float32",
    ) -> None:
        self.name = name
        self.up = name.upper()
        self.op = op
        self.ins = ins
        self.outs = outs
        self.dtypes_in, self.dtypes_out = types
        self.types_in, self.types_out = ([ctype(t) for t in side] for side in types)
        self._layout = layout
        self._space = space
        self._needed = needed
        self._stored = stored

    @property
    def index(self) -> str:
        """An index type that holds every index of this function on a 16-bit core too."""
        fixed = [int(np.prod([n or 1 for n in shape])) for shape in (*self.ins, *self.outs)]
        fixed += [int(a.size) for a in self.op.arrays().values()]
        return "int" if max(fixed, default=0) <= SMALL else "int32_t"

    def size(self, shape: Sequence[int | None]) -> int:
        return count(shape)

    def size_in(self, index: int) -> int:
        """Values of an input's core."""
        return count(self.ins[index])

    def blocks(self, units: int, gates: int) -> Blocks:
        return choose(self._layout, units, gates)

    def weights(self, name: str, values: Array, blocks: Blocks, inputs: str, count: str = "BLOCKS") -> Weights:
        """A matrix's tables and the call of its gemv.

        Args:
            name: what it is in this layer: ``kernel``.
            values: (inputs, rows) as Keras has them.
            inputs, count: the enumerators, without the layer's name, of its inputs and of its blocks.
        """
        where, rows = f"{self.name}_{name}", blocks.rows
        gemv = self._gemv(rows, len(values))
        shape = f"[{self.up}_{count}][{self.up}_{inputs}][{rows}]"
        if self._stored == "float32":
            definition = f"{self.constant} {where}{shape} = {{\n{table(blocks.pack(values))}\n}};\n"
            return Weights(definition, gemv, f"{where}[block]", f"{self.up}_{inputs}")
        q, scales = stored(values)
        definition = f"{self.constant_of(q)} {where}{shape} = {{\n{table(blocks.pack(q))}\n}};\n\n"
        head = f"{self.constant} {where}_scales[{self.up}_{count}][{rows}]"
        definition += f"{head} = {{\n{table(blocks.pack(scales))}\n}};\n"
        return Weights(definition, gemv, f"{where}[block], {where}_scales[block]", f"{self.up}_{inputs}")

    @property
    def weight_bytes(self) -> int:
        """Bytes of the op's tables, without the padding of blocks."""
        arrays = self.op.arrays()
        total = sum(values.nbytes for values in arrays.values())
        for name, axis in ROUNDED.items():
            values = arrays.get(name)
            if self.small and values is not None and values.dtype.kind == "f":
                total += values.size + 4 * values.shape[1 - axis] - values.nbytes
        return total

    @property
    def small(self) -> bool:
        """Whether matrices and tables are kept in int8 with a scale a row."""
        return self._stored == "int8"

    def rows(self, values: Array) -> tuple[Array, Array]:
        """A table (rows, width) in int8, and its scales."""
        return stored(values, 1)

    def _gemv(self, rows: int, inputs: int) -> str:
        """The name of the gemv primitive for this many rows and inputs."""
        self._needed.gemv.add(rows)
        if inputs <= PART:
            return f"gemv_{rows}"
        self._needed.long.add(rows)
        return f"gemv_long_{rows}"

    def constant_of(self, values: Array) -> str:
        """How the definition of a table of these values begins."""
        kind = ctype(values.dtype.name) if values.dtype.kind == "i" else "float"
        return f"static const {self._space} {kind}" if self._space else f"static const {kind}"

    @property
    def constant(self) -> str:
        """How the definition of a table begins."""
        return f"static const {self._space} float" if self._space else "static const float"

    def load(self, to: str, row: str, values: int, size: str = "") -> str:
        """The statement that copies a table's row to where it is worked on.

        Args:
            to: an array, or a pointer if ``size`` is given.
            row: the table, without the layer's name, and its index.
            size: the C expression of its bytes.
        """
        if not self._space:
            return f"memcpy({to}, {self.name}_{row}, {size or f'sizeof {to}'});"
        self._needed.load = True
        return f"load({to}, {self.name}_{row}, {values});"

    def help(self, name: str) -> str:
        """The name of an activation helper."""
        self._needed.helpers.add(name)
        return f"act_{name}"

    def act(self, function: Function, value: str) -> str:
        """The expression of an activation at a value."""
        name = helper(function)
        if name is not None:
            self._needed.helpers.add(name)
            self._needed.root |= name in SQUARE_ROOT
        return spell(function, value)

    def sqrt(self) -> str:
        """The C library's square root: the one function that IEEE 754 makes exact everywhere."""
        self._needed.root = True
        return "sqrtf"

    def literal(self, value: float) -> str:
        return literal(value)

    def number(self, value: float, dtype: str) -> str:
        """A literal of a type, given by NumPy's name."""
        return number(value, dtype)

    def table(self, values: Array) -> str:
        return table(values)

    def broadcast(self, shape: Shape, out: Shape) -> str:
        """The index into a tensor of ``shape`` at value k of ``out``, which it broadcasts to."""
        return broadcast(shape, out, "/")

    def parameter(self, name: str, values: Array | None) -> Parameter:
        """A weight that broadcasts to the first input's core."""
        if values is None:
            return Parameter("", lambda k: k)
        if values.size == 1:
            number = literal(float(values.reshape(-1)[0]))
            return Parameter("", lambda k: number)
        index = self.broadcast(values.shape, self.ins[0])
        where = f"{self.name}_{name}"
        definition = f"{self.constant} {where}[{values.size}] = {{\n{table(values.reshape(-1))}\n}};\n\n"
        return Parameter(definition, lambda k: f"{where}[{index}]")
