"""A layer's function as its template sees it, in core shapes, with the target's block shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from ...core.formats import Format
from ...core.functions import Function
from ...core.graph import Array, count
from ..function import ShapedOp
from .blocks import Blocks
from .kernels import Ask, Kernels, Layer, Product
from .literals import ctype, literal, number, table
from .loops import Loops
from .needed import Needed
from .spelling import arguments, helper, spell
from .weights import Packed

WHOLE = slice(None)
CANDIDATES = "ch"
"""Gates of cells with the activation of the candidate."""
SMALL = 32767
"""The largest count that fits every target's int."""


class LayerFunction(Loops, Layer):
    """One C function: an op at given core shapes. Tables are ``name_kernel``, the function is ``name_forward``. By
    rows, its arguments are pointers to its input rows.

    Args:
        kernels: the target's kernels.
        space: the address space of tables in C; empty for that of variables.
        needed: collects the calls of the body.
    """

    divides = "/"

    def __init__(self, shaped: ShapedOp, kernels: Kernels, space: str, needed: Needed) -> None:
        super().__init__(shaped)
        self.up = self.name.upper()
        self.types_in, self.types_out = ([ctype(t) for t in side] for side in shaped.types)
        self._kernels = kernels
        self._space, self._needed = space, needed
        self.code, self.asm = kernels.layout.code, kernels.asm
        self.noinline = "APART " if kernels.layout.lanes > 1 else ""  # inlined, gcc turns the loops into scalar code

    @property
    def index(self) -> str:
        """An index type for every index of this function, also on a 16-bit core."""
        fixed = [int(np.prod([n or 1 for n in shape])) for shape in (*self.ins, *self.outs)]
        fixed += [int(a.size) for a in self.op.arrays().values()]
        return "int" if max(fixed, default=0) <= SMALL else "int32_t"

    def pairs(self) -> tuple[int, int] | None:
        """Inputs and units of a Dense layer if a kernel computes several of its positions at once; else None."""
        return None if self._kernels.each(self) is None else (count(self.ins[0]), count(self.outs[0]))

    def blocks(self, units: int, gates: int, ask: Ask | None = None, name: str = "") -> Blocks:
        """The layout of the rows of ``units`` units with their gates; ``name`` distinguishes a layer's blocks, before
        ``BLOCKS``.

        Args:
            ask: a matrix with these rows, whose kernel chooses; without one, the target chooses.
        """
        self.rows = replace(self._kernels.blocks(units, gates, ask), name=name)
        return self.rows

    def layout_comment(self, rows: str, *matrices: Packed) -> str:
        """The layout of the tables of a layer's matrices, for the comment above them.

        Args:
            rows: a description of a block's rows.
        """
        return "; ".join(dict.fromkeys(matrix.layout_comment(rows) for matrix in matrices))

    def packed(self, values: Array, blocks: Blocks, groups: int) -> Array:
        """Rows in blocks, group by group."""
        return np.concatenate([blocks.pack(part) for part in np.split(values, groups, axis=-1)])

    @property
    def weight_bytes(self) -> int:
        """Bytes of the op's tables, without the padding of blocks."""
        total = 0
        for name, values in self.op.arrays().items():
            stored = name in self.op.stored and values.dtype.kind == "f"
            total += self.storage.size(values.shape, self.op.stored[name]) if stored else values.nbytes
        return total

    def constant_of(self, values: Array, align: int = 0) -> str:
        """The beginning of the definition of a table with these values.

        Args:
            align: its alignment in bytes; 0 for that of its type.
        """
        return self._table(values.dtype.name if values.dtype.kind in "iu" else "float32", align)

    def constant_type(self, dtype: str) -> str:
        """The type of a table's values in a pointer parameter."""
        return " ".join(word for word in ("const", self._space, ctype(dtype)) if word)

    def aligned(self, align: int) -> str:
        """The macro that aligns a definition to a number of bytes."""
        self._needed.aligned.add(align)
        return f"ALIGNED_{align}"

    def _table(self, dtype: str, align: int = 0) -> str:
        words = ["static const", self.aligned(align) if align else "", self._space, ctype(dtype)]
        return " ".join(word for word in words if word)

    @property
    def constant(self) -> str:
        """The beginning of the definition of a table; for templates of users' own cells (``examples/cells``)."""
        return self._table("float32")

    @property
    def copies(self) -> bool:
        """Whether copies of a known size are faster than others."""
        return self._kernels.copies > 0

    def copy(self, to: str, source: str, length: str, count: int, dtype: str) -> str:
        """The statements that copy values.

        Args:
            to, source: arrays.
            length: the number of values in C, which is ``count``.
            dtype: NumPy's name of the type of the values.
        """
        piece = self._kernels.copies // Format(dtype).size
        size = f"sizeof *{to.partition(' ')[0]}"
        if not 0 < piece < count:
            return f"memcpy({to}, {source}, {length} * {size});"
        bulk = count - count % piece
        lines = [
            f"for (int k = 0; k < {bulk}; k += {piece}) {{ /* in line: libraries may copy byte by byte */",
            f"    memcpy({to} + k, {source} + k, {piece} * {size});",
            "}",
        ]
        if count > bulk:
            lines.append(f"memcpy({to} + {bulk}, {source} + {bulk}, {count - bulk} * {size});")
        return "\n".join(lines)

    @property
    def state_types(self) -> list[str]:
        """C's types of a cell's states, in their order."""
        return [ctype(form.dtype) for form in cast("Any", self.op).state_formats]

    def keep(self, dtype: str = "") -> str:
        """The statements of a cell that copy its last output, y, to its state h; ``dtype`` is NumPy's name of the
        type."""
        units = getattr(self.op, "units", 0)
        return self.copy("h", "y", f"{self.up}_UNITS", units, dtype or cast("Any", self.op).state_formats[0].dtype)

    def load(self, to: str, row: str, values: int, size: str = "") -> str:
        """The statement that copies a table's row to a working array.

        Args:
            to: an array, or a pointer if ``size`` is given.
            row: the table, without the layer's name, and its index.
            size: the C expression for its bytes.
        """
        if not self._space:
            return f"memcpy({to}, {self.name}_{row}, {size or f'sizeof {to}'});"
        return f"load({to}, {self.name}_{row}, {values});"

    def help(self, name: str) -> str:
        """The name of an activation helper."""
        self._needed.help(name)
        return f"act_{name}"

    def each(self, function: Function, array: str, blocks: Blocks, gates: str, note: str = "") -> str:
        """The statements that apply an activation to the rows of neighbouring gates: a call of the target's own
        function for arrays if it has one, else a loop. Empty for linear.

        Args:
            gates: letters of the op's gates.
        """
        name = helper(function)
        if name is None:
            return ""
        remark = f" /* {note or ', '.join(gates)} */"
        row, rows = f"{self.up}_{gates[0].upper()}", len(gates) * blocks.units
        if self._kernels.has(f"{name}_each"):
            self._needed.help(f"{name}_each")
            return f"act_{name}_each({', '.join([f'{array} + {row}', str(rows), *arguments(function)])});{remark}"
        if rows == 1:
            return f"{array}[{row}] = {self.act(function, f'{array}[{row}]')};{remark}"
        body = f"    {array}[row] = {self.act(function, f'{array}[row]')};"
        return f"for (int row = {row}; row < {row} + {rows}; row++) {{{remark}\n{body}\n}}"

    def primitive(self, name: str) -> str:
        """The name of a primitive."""
        self._needed.help(name)
        return name

    def use(self, *products: Product) -> None:
        """Record kernels' functions that the body calls."""
        self._needed.products.update(products)

    def special(self, name: str) -> str:
        """The name of a primitive that plain C lacks, if the target has it; else empty."""
        return self.primitive(name) if self._kernels.has(name, self.integer) else ""

    def act(self, function: Function, value: str) -> str:
        """The expression of an activation at a value."""
        name = helper(function)
        if name is not None:
            self._needed.help(name)
        return spell(function, value)

    def literal(self, value: float) -> str:
        return literal(value)

    def _constant(self, name: str, values: Array) -> tuple[str, str]:
        return f"{self.defined(name, values.reshape(-1))}\n", f"{self.name}_{name}"

    def defined(self, name: str, values: Array, dtype: str = "", shape: str = "", align: int = 0) -> str:
        """The definition of a table.

        Args:
            name: the table's name without the layer's.
            dtype: NumPy's name of its type, if it is not that of the values.
            shape: its shape in C, if it is not that of the values.
            align: its alignment in bytes; 0 for that of its type.
        """
        kind = dtype or (values.dtype.name if values.dtype.kind in "iu" else "float32")
        sized = shape or "".join(f"[{n}]" for n in values.shape)
        return f"{self._table(kind, align)} {self.name}_{name}{sized} = {{\n{self.table(name, values, kind)}\n}};\n"

    def number(self, value: float, dtype: str) -> str:
        """A literal of a type, ``dtype`` in NumPy's names."""
        return number(value, dtype)

    def table(self, name: str, values: Array, dtype: str = "") -> str:
        """The values of a table between its braces; its bytes are counted.

        Args:
            name: the table's name without the layer's.
            dtype: NumPy's name of the type in its declaration; by default that of the values if they are integers, else
                float32.
        """
        kind = dtype or (values.dtype.name if values.dtype.kind in "iu" else "float32")
        self._needed.constant(f"{self.name}_{name}", values.size, kind, self.name, values)
        return table(values)
