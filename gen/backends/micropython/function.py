"""A layer's function as its template sees it: its arguments, its weights, and the helpers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from ...core.formats import Format
from ...core.functions import Function
from ...core.graph import Array
from ..function import CoreFunction, ShapedOp
from ..spelling import arguments, helper
from .product import Product
from .weights import Constants


class LayerFunction(CoreFunction):
    """One Python function: an op at given core shapes.

    For every tensor, it gets a buffer and the index of its first value, so that nothing is sliced or copied; a
    recurrent layer's states are indices into the model's own buffer.

    Constants are ``NAME_KERNEL``, the function is ``_name``. By rows, it gets the steps that exist, from ``first`` to
    before ``last``.

    Args:
        weights: the constants; new ones are added.
    """

    divides = "//"
    viper = False
    scratch_name: ClassVar[str] = ""
    """Arguments after tensors and states."""

    def __init__(self, shaped: ShapedOp, weights: Constants) -> None:
        super().__init__(shaped)
        self._weights = weights
        self._tensors: dict[str, str] = {}
        self._tables: dict[str, tuple[str, str]] = {}
        self._calls: dict[str, str] = {}

    # The arguments and the first statements of a layer's function

    def open(self, tensors: Mapping[str, str] | None = None, products: Sequence[Product] = ()) -> None:
        """Begin a function.

        Args:
            tensors: name -> NumPy's name of its values' type; by default the op's inputs, ``x`` or ``x0``, ``x1``, ...,
                and its outputs: ``y``, and a ``mask`` if there is one.
            products: products whose sums it walks.
        """
        if tensors is None:
            names = ["x"] if len(self.ins) == 1 else [f"x{n}" for n in range(len(self.ins))]
            tensors = dict(zip((*names, "y", "mask"), (*self.dtypes_in, *self.dtypes_out), strict=False))
        self._tensors = dict(tensors)
        self._tables = {local: (name, self.pointer(dtype)) for p in products for local, name, dtype in p.tables}

    def close(self, part: str, first: Sequence[str]) -> None:
        """End the function ``_name_part``; ``first`` are the values of its first arguments."""
        tensors = [word for name in self._tensors for word in (name, f"{name}_at")]
        values = [*first, *tensors, self.scratch_name, *(table for table, _ in self._tables.values())]
        self._calls[part] = f"_{self.name}_{part}({', '.join(values)})"

    def call(self, part: str) -> str:
        """The call of a finished part."""
        return self._calls[part]

    @property
    def arguments(self) -> list[str]:
        """Names with viper's types: buffers, each with its index, then scratch."""
        words = [f"{self.scratch_name}: ptr32"] if self.scratch_name else []
        pairs = [(f"{name}: {self.pointer(dtype)}", f"{name}_at: int") for name, dtype in self._tensors.items()]
        return [*(word for pair in pairs for word in pair), *words]

    @property
    def table_arguments(self) -> list[str]:
        """The same for the tables that it reads."""
        return [f"{local}: {kind}" for local, (_, kind) in self._tables.items()]

    @property
    def tables(self) -> dict[str, str]:
        """Local variable of each table -> the expression of the table."""
        return {local: f"{kind}({table})" if self.viper else table for local, (table, kind) in self._tables.items()}

    @property
    def extra(self) -> list[str]:
        """Arguments after the tensors: scratch, and the steps that exist."""
        return [*filter(None, [self.scratch_name]), *(["first", "last"] if self.by_rows else [])]

    @property
    def pointers(self) -> list[str]:
        """Viper's statements that move pointers to the first values of tensors."""
        if not self.viper:
            return []
        sizes = {name: Format(dtype).size for name, dtype in self._tensors.items()}
        return [
            f"{name} = ptr{8 * size}(int({name}) + {f'{size} * ' if size > 1 else ''}{name}_at)"
            for name, size in sizes.items()
        ]

    def pointer(self, dtype: str) -> str:
        return ""

    def pointed(self, local: str, name: str, values: Array) -> str:
        """The local variable of a table with these values."""
        self._tables[local] = (self.unpacked(self.weight(name, values), values.size), "")
        return local

    # Values

    def load(self, value: str, dtype: str) -> str:
        """The signed value of an element; viper's pointers read unsigned values."""
        if not self.viper:
            return value
        if dtype == "int32":
            return f"({value} << SH) >> SH"
        half = 1 << (Format(dtype).bits - 1)
        return f"({value} ^ {half}) - {half}"

    def at(self, name: str, index: str) -> str:
        """The signed value of a tensor's element."""
        return self.load(self.put(name, index), self._tensors[name])

    def put(self, name: str, index: str) -> str:
        """A tensor's element, as stored; in viper, pointers were moved to the first element."""
        at = index if self.viper else f"{name}_at" if index == "0" else f"{name}_at + {index}"
        return f"{name}[{at}]"

    def entry(self, local: str, name: str, values: Array, index: str) -> str:
        """The signed value of a table's element."""
        return self.load(f"{self.pointed(local, name, values)}[{index}]", values.dtype.name)

    def number(self, value: float) -> str:
        """A constant in the type of the values."""
        return self.literal(value)

    def moved(self, name: str, dtype: str) -> str:
        """The name of the helper that copies or fills values of a type."""
        return self.help(name)

    # Constants of floats

    def weight(self, name: str, values: Array, axes: str = "") -> str:
        """The expression of a constant with these values, first axis outermost."""
        return self._weights.add(f"{self.name}_{name}".upper(), values, axes)

    def rows(self, name: str, matrix: Array, axes: str) -> str:
        """A kernel (inputs, rows), stored row by row in the order of ``_gemv``; scales, if any, are a second
        argument."""
        return self._stored(name, np.ascontiguousarray(matrix.T), axes)

    def row_of(self, name: str, table: Array, axes: str, row: str, width: int) -> str:
        """The expression of a row of a table (rows, width), as a tuple or a list."""
        return f"{self.help('row')}({self._stored(name, table, axes)}, {row}, {width})"

    def _stored(self, name: str, rows: Array, axes: str) -> str:
        values, scales = self.storage.store(rows, 1)
        constant = self.weight(name, self.storage.pack(values, 1), axes)
        if scales is None:
            return constant
        groups = "[row][group]" if scales.ndim > 1 else "of rows"
        return f"{constant}, {self.weight(f'{name}_scales', scales, groups)}"

    def part_of_rows(self, name: str, matrix: Array, axes: str, part: str, count: int) -> str:
        """Like :meth:`rows`, for ``count`` rows of a kernel that has many such parts.

        Raises:
            UnsupportedError: rows are stored in several groups.
        """
        self.in_bytes()
        row = len(matrix) * self.storage.bits // 8
        sizes = [count * row, 4 * count]
        constants = self.rows(name, matrix, axes).split(", ")
        return ", ".join(
            f"{constant}[{part} * {size} : ({part} + 1) * {size}]"
            for constant, size in zip(constants, sizes, strict=False)
        )

    def columns(self, name: str, matrix: Array, axes: str, line: str) -> tuple[str, str | None]:
        """The expression of a line of a matrix (lines, columns) as a tuple, and that of the columns' scales.

        Raises:
            UnsupportedError: columns are stored in several groups.
        """
        self.in_bytes()
        values, scales = self.storage.store(matrix, 0)
        constant, width = self.weight(name, values, axes), matrix.shape[1]
        code, size = self.storage.code, self.storage.bits // 8
        at = f"({line}) * {width * size}" if " " in line else f"{line} * {width * size}"
        return (
            f'unpack_from("<{width}{code}", {constant}, {at})',
            None if scales is None else self.weight(f"{name}_scales", scales, "of columns"),
        )

    def unpacked(self, constant: str, values: int) -> str:
        """The expression of a constant's floats, as a tuple."""
        return f'unpack_from("<{values}f", {constant})'

    def sums(self, name: str, bias: Array | None, rows: int) -> str:
        """The expression of a new list of sums: a bias, or zeros."""
        if bias is None:
            return f"[0.0] * {rows}"
        return f"list({self.unpacked(self.weight(name, bias), rows)})"

    def gemv(self, sums: str, kernel: str, x: str, at: str, inputs: int) -> str:
        """The statement that adds a matrix times a vector to a list of sums."""
        return f"{self.help('gemv')}({sums}, {kernel}, {x}, {at}, {inputs})"

    def help(self, name: str) -> str:
        """The name of a helper."""
        return f"_{name}"

    def act(self, function: Function, values: str, first: int, end: int) -> list[str]:
        """The statement that applies a function to a range of a list; none for linear."""
        name = helper(function)
        if name is None:
            return []
        extra = "".join(f", {self.literal(value)}" for value in arguments(function))
        return [f"{self.help(name)}({values}, {first}, {end}{extra})"]

    def literal(self, value: float) -> str:
        """A float32 with all its digits: a value compared with it may be the same number as a double."""
        return repr(float(np.float32(value)))

    def exactly(self, name: str, value: float) -> str:
        """The expression of a float32 for comparisons. Boards do not read every literal to the last bit, so a value
        with a fraction is a constant."""
        if float(value).is_integer():
            return self.literal(value)
        return f"{self.unpacked(self.weight(name, np.array([value], np.float32)), 1)}[0]"

    def _constant(self, name: str, values: Array) -> tuple[str, str]:
        return f"{name} = {self.unpacked(self.weight(name, values), values.size)}", name


def plus(base: str, offset: int | str) -> str:
    """An index plus an offset."""
    return base if offset in (0, "0") else f"{base} + {offset}"
