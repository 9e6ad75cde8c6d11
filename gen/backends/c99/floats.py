"""Float layers for the templates: their matrices, tables of rows, and cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from ...core.functions import Function
from ...core.graph import Array
from .blocks import Blocks
from .function import CANDIDATES, WHOLE, LayerFunction
from .kernels import Ask, Product
from .needed import gemv_of
from .weights import RowRead, Weights


class FloatFunction(LayerFunction):
    """One C function of a float layer."""

    def ask(self, values: Array) -> Ask:
        """A request to kernels for a matrix (inputs, rows)."""
        return Ask(self.storage.name, "float32", *self.storage.store(values))

    def weights(self, name: str, values: Array, blocks: Blocks, inputs: str, bias: Array | None = None) -> Weights:
        """A matrix's tables and the call of its gemv.

        Args:
            name: the matrix's name in this layer: ``kernel``.
            values: (inputs, rows), in Keras's order.
            inputs: the enumerator of its inputs, without the layer's name.
            bias: (rows,), if its tables need one.
        """
        ask = self.ask(values)
        products = self._kernels.gemv(ask, blocks).functions(ask, blocks, self._kernels.layout)
        sizes = self.block_count(blocks), inputs, blocks.block
        return self._matrix(name, ask, products, blocks, sizes, bias)

    def grouped(
        self, name: str, values: Array, blocks: Blocks, groups: int, run: int, bias: Array | None = None
    ) -> Weights:
        """The same for a convolution's kernel (inputs, filters), the blocks of one group after those of another, for
        products with runs of its inputs. Enumerators: PATCH inputs, BLOCKS of all groups.

        Args:
            blocks: blocks of one group's filters.
            run: largest number of inputs of a run.
        """
        ask = self.ask(values)
        part = replace(ask, values=ask.values[:run])
        products = self._kernels.gemv(ask, blocks, sliced=True).slices(part, blocks, self._kernels.layout)
        return self._matrix(name, ask, products, blocks, (f"{self.up}_BLOCKS", "PATCH", "block"), bias, groups)

    def _matrix(
        self,
        name: str,
        ask: Ask,
        products: tuple[Product, ...],
        blocks: Blocks,
        sizes: tuple[str, str, str],
        bias: Array | None,
        groups: int = 1,
    ) -> Weights:
        """``sizes`` are C's number of blocks, the enumerator of inputs, and C's index of the current block. The bias's
        table is ``bias`` for a ``kernel``, else ``NAME_bias``."""
        kernel = gemv_of(products)
        parts = [replace(ask, values=part) for part in np.split(ask.values, groups, axis=-1)]
        packed = np.concatenate([kernel.pack(part, blocks) for part in parts])
        where, (count, inputs, at) = f"{self.name}_{name}", sizes
        regular = packed.shape == (blocks.count * groups, len(ask.values), blocks.rows)
        extents = f"[{self.up}_{inputs}][{blocks.rows}]" if regular else "".join(f"[{n}]" for n in packed.shape[1:])
        definition = self.defined(name, packed, shape=f"[{count}]{extents}", align=kernel.align)
        arguments: tuple[str, ...] = (f"{where}[{at}]",)
        if ask.scales is not None:
            pairs = zip(np.split(ask.scales, groups, axis=-1), parts, strict=True)
            scales = np.concatenate([kernel.pack_scales(multiples, part.values, blocks) for multiples, part in pairs])
            extents = "".join(f"[{n}]" for n in scales.shape[1:])
            definition += f"\n{self.defined(f'{name}_scales', scales, shape=f'[{count}]{extents}')}"
            arguments = (*arguments, f"{where}_scales[{at}]")
        begin = "" if bias is None else f"{name}_bias".replace("kernel_", "")
        if bias is not None:
            shape = f"[{count}][{blocks.rows}]"
            definition += f"\n{self.defined(begin, self.packed(bias, blocks, groups), shape=shape)}"
        return Weights(definition, products, arguments, f"{self.up}_{inputs}", self._needed, ask, blocks, at, begin)

    def row(self, name: str, values: Array, to: str) -> RowRead:
        """A table (rows, width) of an embedding, and the statement that reads a row.

        Args:
            to: the destination of its values.
        """
        stored, scales = self.storage.store(values, 1)
        kernel = self._kernels.by_rows(self.storage.name)
        packed = self.storage.pack(stored, 1)
        width = f"{self.up}_WIDTH" if packed.shape == values.shape else str(packed.shape[1])
        definition = self.defined(name, packed, shape=f"[{self.up}_ROWS][{width}]")
        if scales is not None:
            groups = "" if scales.ndim == 1 else f"[{scales.shape[1]}]"
            definition += f"\n{self.defined('scales', scales, shape=f'[{self.up}_ROWS]{groups}')}"
        facts = {"to": to, "name": name, "width": values.shape[1], "scaled": scales is not None}
        read = self._kernels.template_of(kernel).get_def("row").render(f=self, **facts)
        return RowRead(definition, str(read).strip("\n"))

    def columns(self, values: Array) -> tuple[Array, Array | None]:
        """A kernel (inputs, filters) in its storage, and its filters' scales, if any.

        Raises:
            UnsupportedError: filters are stored in several groups.
        """
        self.in_bytes()
        return self.storage.store(values)

    def float_of(self, stored: str) -> str:
        """The expression of a stored value as a float, without the scale."""
        return self._kernels.by_rows(self.storage.name).float_of(self, stored)

    def begun(self, sums: str, bias: str, matrix: Weights, x: str) -> str:
        """The statements that define a block's sums: a bias plus a matrix times x.

        Args:
            bias: the bias's table, without the layer's name; empty if there is none.
        """
        rows, row = matrix.blocks.rows, f"{bias}[{matrix.blocks.block}]"
        if not bias:
            return f"float {sums}[{rows}] = {{ 0.0f }};\n{matrix.multiply(sums, x)}"
        if at_once := matrix.begin(sums, f"{self.name}_{row}", x):
            return f"float {sums}[{rows}];\n{at_once}"
        return f"float {sums}[{rows}];\n{self.load(sums, row, rows)}\n{matrix.multiply(sums, x)}"

    def gated(self, gates: int, rows: slice = WHOLE, name: str = "") -> tuple[Blocks, Any, Any]:
        """The matrices of some gates of a cell: the layout of their rows, the input's matrix, and the state's matrix.

        Args:
            rows: the rows of these gates among those of the cell.
            name: prefix of ``kernel`` that distinguishes a layer's matrices.
        """
        op, prefix = cast("Any", self.op), name and f"{name}_"
        kernel, recurrent = op.kernel[:, rows], op.recurrent[:, rows]
        biases = (None, None) if op.bias is None else op.bias if op.bias.ndim == 2 else (op.bias[rows], None)
        b = self.blocks(op.units, gates, self.ask(kernel), prefix.upper())
        inputs = self.weights(f"{prefix}kernel", kernel, b, "INPUTS", biases[0])
        return b, inputs, self.weights(f"{prefix}recurrent", recurrent, b, "UNITS", biases[1])

    def function_of(self, gate: str) -> Function:
        """The activation of a cell's gate, from its letter."""
        op = cast("Any", self.op)
        return cast("Function", op.activation if gate in CANDIDATES else op.recurrent_activation)

    def gated_value(self, gate: str, value: str) -> str:
        """The value of a cell's gate after its activation."""
        return value
