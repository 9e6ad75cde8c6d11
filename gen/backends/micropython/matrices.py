"""Matrices for the templates of integer layers: products as calls of kernels, and walks over their sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.errors import UnsupportedError
from ...core.formats import Array
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import Rescale
from .assembly import fits
from .fixed import LARGEST, SCRATCH, FixedFunction
from .product import Product, kernel_for, parts, planes, words

SUM = 1 << 15
"""Number of inputs whose sum, of 16 bits each, fits MicroPython's small integers, which need no allocation."""


class IntegerFunction(FixedFunction):
    """A layer's functions, with matrices.

    A matrix is stored unit by unit, each with all its gates, and so are its sums in scratch: cells walk them in this
    order.
    """

    def widen(self, x: str, dtype: str, inputs: int) -> str:
        """The statement that copies a vector into scratch as int32; s is its sum."""
        return f"s = {self.moved('widen', dtype)}(0, 0, {x}, {x}_at, {SCRATCH}, {inputs})"

    def padded(self, *matrices: Matrix) -> int:
        """Values of scratch for the inputs of any of several matrices: the index of the first sum."""
        ends = [0]
        for m in matrices:
            for part in parts(m):
                inputs = part.stop - part.start
                length = kernel_for(inputs, m.weights.shape[1]).padded(inputs)
                ends.append(part.start + (length if m.grouped is None else m.grouped.storage.padded(inputs)))
        return max(ends)

    def narrow_weights(self, matrix: Matrix) -> None:
        """Refuse 16-bit weights, whose sums have more than 32 bits, for a template with its own summation.

        Raises:
            UnsupportedError: the weights have 16 bits.
        """
        if matrix.wide:
            raise UnsupportedError(
                f'layer "{self.name}": MicroPython has no {self.op.kind} with weights of 16 bits',
                fix=("use int8 or int16w8", "generate C: --backend c99"),
            )

    def product(self, name: str, matrix: Matrix, to: int, gates: int = 1) -> Product:
        """A matrix times the vector in scratch.

        Args:
            name: the matrix's name in this layer, ``kernel``; also the name of the pointer to its sums.
            to: index in scratch of the first sum; each is an int32.
            gates: rows of a unit; in the matrix they are in the order of the gates.

        Raises:
            UnsupportedError: the matrix has more inputs than a sum may have.
        """
        inputs, rows = matrix.weights.shape
        if inputs >= SUM:
            raise UnsupportedError(
                f'layer "{self.name}": MicroPython sums no {inputs:,} inputs', fix="generate C: --backend c99"
            )
        order = np.arange(rows).reshape(gates, -1).T.reshape(-1)
        count = rows * (2 if matrix.wide else 1)
        lines, at = [], to
        for number, part in enumerate(parts(matrix), 1):
            part_name = name if len(parts(matrix)) == 1 else f"{name}_{number}"
            lines.append(self._sums(part_name, matrix, part, order, at))
            at += count
        self.scratch(at)
        scales = [matrix.rescale(gate * (rows // gates)) for gate in range(gates)]
        bias = (matrix.bias + matrix.halves)[order]
        begins, units = matrix.starts()
        m = matrix.multipliers[order]
        if matrix.wide:
            lines.append(self._narrowed(name, matrix, scales, bias, m, to))
            return Product(lines, name, to, at - to, gates, True)
        offset: str | int = int(bias[0])
        factor: str | int = int(m[0])
        tables = []
        if np.any(bias != bias[0]) or abs(bias[0]) > LARGEST:
            offset = f"{name}_b"
            tables.append((offset, self.table(f"{name}_bias", begins[order]), begins.dtype.name))
        if np.any(m != m[0]):
            factor = f"{name}_m"
            tables.append((factor, self.table(f"{name}_multipliers", m), m.dtype.name))
        return Product(lines, name, to, at - to, gates, False, scales, offset, factor, tables, units)

    def _narrowed(
        self, name: str, matrix: Matrix, scales: Sequence[Rescale], bias: Array, multipliers: Array, to: int
    ) -> str:
        """The call that rescales sums of 16-bit weights in place."""
        each = [scale.shifts for scale in scales]
        shifts = np.array(each if len(set(each)) > 1 else each[:1], np.uint8)
        tables = [
            self.table(f"{name}_bias", words(bias), axes="[row][upper, lower 30 bits]"),
            self.table(f"{name}_multipliers", multipliers),
            self.table(f"{name}_shifts", shifts, axes="[gate][before, behind the multiplication]"),
        ]
        numbers = f"{len(bias)}, {len(parts(matrix))}, {len(shifts)}"
        return f"{self.help('narrow')}(0, 0, {', '.join([SCRATCH, *tables])}, {numbers}, {to}, s)"

    def _sums(self, name: str, matrix: Matrix, part: slice, order: Array, to: int) -> str:
        """The call that multiplies a part of a matrix's inputs."""
        if matrix.grouped is not None:
            storage = matrix.grouped.storage
            each = f"{8 // storage.bits} inputs a byte from the lowest bits on, each plus {storage.offset}"
            axes = f"[row][{storage.group} inputs][scale, then {each}]"
            table = self.table(name, matrix.grouped.columns(order).bytes, axes=axes)
            call = self.help(f"sums_{storage.bits}_bits")
            return f"{call}(0, 0, {SCRATCH}, {table}, {len(matrix.weights)}, {len(order)}, {to})"
        weights = matrix.weights[part, order]
        inputs, rows = weights.shape
        kernel = kernel_for(inputs, rows)
        width = kernel.padded(inputs)
        axes = "[row][byte, the upper first][input], plus 32768" if matrix.wide else "[row][input], each plus 128"
        table = self.table(name, planes(weights, width), axes=axes)
        s, rows = ("0", 2 * rows) if matrix.wide else ("s", rows)
        if not self.viper:
            return f"_sums({SCRATCH}, {table}, {part.start}, {width}, {rows}, {to}, {s})"
        self._shared.kernels.add(kernel)
        if not fits(kernel, (part.start, width, rows, to)):
            self._shared.beyond.add(kernel)
        place = f"{part.start}, {width}, " if kernel.loops else ""
        return f"_{kernel.name}(0, {SCRATCH}, {table}, {place}{rows}, {to}, {s})"

    def sum(self, product: Product, gate: int) -> str:
        """The expression of a row's sum, with the bias."""
        value = f"{product.local}[{gate}]" if self.viper else self._walked(SCRATCH, product, gate, product.to)
        bias = self._entry(product, product.bias, gate)
        if product.wide or bias == 0:
            return value
        if isinstance(bias, int):
            return f"{value} + {bias}" if bias > 0 else f"{value} - {-bias}"
        if product.tables[0][2] == "int16":
            bias = f"(({self.load(bias, 'int16')}) << {product.units})"
        return f"{value} + {bias}"

    def multiplier(self, product: Product, gate: int) -> str | int:
        """The expression of a row's multiplier."""
        return self._entry(product, product.m, gate)

    def _entry(self, product: Product, table: str | int, gate: int) -> str | int:
        if isinstance(table, int):
            return table
        return f"{table}[{gate}]" if self.viper else self._walked(table, product, gate, 0)

    def _walked(self, buffer: str, product: Product, gate: int, first: int) -> str:
        at = "k" if product.gates == 1 else f"{product.gates} * k"
        return f"{buffer}[{at}{f' + {first + gate}' if first + gate else ''}]"

    def steps(self, products: Sequence[Product]) -> list[str]:
        """The statements that move pointers to the next unit's sums and table values."""
        if not self.viper:
            return []
        walked = [(local, dtype, np.dtype(dtype).itemsize * p.gates) for p in products for local, dtype in p.walked]
        return [f"{local} = {self.pointer(dtype)}(int({local}) + {size})" for local, dtype, size in walked]
