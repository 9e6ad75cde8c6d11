"""Integer layers for the templates: fixed-point arithmetic in C, in the terms of ``gatesmith.numerics.fixed``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from ...core.formats import Array, Format
from ...core.functions import Function
from ...layers.integer.dense import IntegerDense
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import Rescale
from ...numerics.unit import GATES, Unit
from .blocks import Blocks
from .expression import Expr, call
from .function import CANDIDATES, WHOLE, LayerFunction
from .kernels import Ask, Gemv, IntegerLayer
from .literals import ctype
from .parts import Diagonal, MatrixPart, Shifts

HALF = 16
"""Bits of the upper half of a product of 16-bit values: if the shift after it is longer, the lower half is ignored."""
FILLED = 4
"""Number of sums with the same start that one turn sets."""


class IntegerFunction(LayerFunction, IntegerLayer):
    """One C function of an integer layer."""

    def matrix(self, matrix: Matrix, dtype: str, rows: slice | None = None) -> Ask:
        """A request to kernels for a matrix, or some of its rows.

        Args:
            dtype: NumPy's name of the type of its inputs.
        """
        chosen = slice(None) if rows is None else rows
        if matrix.grouped is None:
            return Ask(matrix.storage, dtype, matrix.weights[:, chosen], None, matrix.bound)
        groups = matrix.grouped.columns(chosen)
        return Ask(matrix.storage, dtype, groups.levels, groups.multiples, matrix.bound)

    def multiplier(self, matrix: Matrix, dtype: str) -> Gemv:
        """The kernel for a matrix."""
        return self._kernels.gemv(self.matrix(matrix, dtype))

    def pairs(self) -> tuple[int, int] | None:
        """Inputs and units of a Dense layer if two positions are multiplied at a time and their sums go to int8 at
        once; else None."""
        if sizes := super().pairs():
            return sizes
        if self.op.kind != "integer_dense" or not self.asm:
            return None
        op = cast(IntegerDense, self.op)
        types = (self.dtypes_out[0], op.own.starts()[0].dtype.name, op.own.multipliers.dtype.name)
        if op.activation is not None or types != ("int8", "int32", "int16") or not np.any(op.own.bias):
            return None
        if self._kernels.multipliers or not self._kernels.has("rows_to_bytes", integer=True):
            return None
        ask, layout = self.matrix(op.own, self.dtypes_in[0]), self._kernels.layout
        kernel = self._kernels.gemv(ask)
        return (op.inputs, op.units) if kernel.pair(ask, kernel.blocks(layout, op.units, 1), layout) else None

    def part(
        self,
        name: str,
        matrix: Matrix,
        dtype: str,
        blocks: Blocks,
        rows: slice | None = None,
        groups: int = 1,
        at: str = "",
    ) -> MatrixPart:
        """A matrix's tables and calls.

        Args:
            name: the matrix's name in this layer: ``kernel``.
            dtype: NumPy's name of the type of its inputs.
            rows: the rows of the part, with all gates of all units; None for all rows.
            groups: number of groups of rows, each with its own blocks, group by group.
            at: C's index of the current block, if the template writes the loops itself.
        """
        chosen = slice(None) if rows is None else rows
        bias, m = matrix.bias[chosen], matrix.multipliers[chosen]
        begins, shift = matrix.starts(chosen)
        half = matrix.halves[chosen]
        scales = [matrix.rescale(row) for row in np.arange(len(matrix.bias))[chosen][:: blocks.total * groups]]
        ask = self.matrix(matrix, dtype, rows)
        kernel = self._kernels.gemv(ask, blocks)
        split = np.split(ask.values, groups, axis=1)
        multiples = [None] * groups if ask.scales is None else np.split(ask.scales, groups, axis=1)
        parts = [replace(ask, values=part, scales=share) for part, share in zip(split, multiples, strict=True)]
        packed = np.concatenate([kernel.pack(part, blocks) for part in parts])
        definition = self.defined(f"{name}_weights", packed, align=kernel.align)
        first: int | None = int(half[0])
        if np.any(bias) or len(set(half)) > 1:
            first = None
            units = f", and all of it in units of {1 << shift}" if shift else ""
            note = (
                f"/* Each with half of what is shifted out of its sum, which rounds it{units}. */\n"
                if np.any(half)
                else ""
            )
            definition += f"\n{note}{self.defined(f'{name}_bias', self.packed(begins, blocks, groups))}"
        kind = self._kernels.multipliers or m.dtype.name
        definition += f"\n{self.defined(f'{name}_multipliers', self.packed(m, blocks, groups), kind)}"
        shifts = tuple(self._shifts(scale, matrix.wide) for scale in scales)
        self.between(f"{name}_weights", matrix.reach(Format(dtype), chosen))
        products = kernel.functions(ask, blocks, self._kernels.layout)
        whole = first is None and begins.dtype == np.int32 and self.asm
        pair = kernel.pair(ask, blocks, self._kernels.layout) if whole else ()
        types, where, sums = (begins.dtype.name, kind), at or blocks.block, ctype(ask.sums)
        full = f"{self.name}_{name}"
        return MatrixPart(
            full, blocks, where, definition, products, sums, first, shifts, types, shift, ask, self._needed, pair
        )

    def to_bytes(self, part: MatrixPart, sums: str, y: str, rows: str) -> str:
        """The statement that turns a block's sums into int8 results at once, if the target has a primitive for it; else
        empty.

        Args:
            rows: number of rows of the block.
        """
        if part.types != ("int32", "int16"):
            return ""
        return self.sums_to_bytes(sums, f"{part.name}_multipliers[{part.at}]", y, rows)

    def sums_to_bytes(self, sums: str, multipliers: str, y: str, rows: str) -> str:
        """The same for sums of int32 and multipliers of int16, if rows share their shifts."""
        op = cast(IntegerDense, self.op)
        one_by_one = op.activation is not None or self.dtypes_out[0] != "int8"
        if one_by_one or not self._kernels.has("rows_to_bytes", integer=True):
            return ""
        scale = op.own.rescale(0)
        numbers = ", ".join(map(str, (scale.pre, scale.post, op.result.zero, op.low, op.high)))
        return f"{self.primitive('rows_to_bytes')}({y}, {sums}, {multipliers}, {rows}, {numbers});"

    def gated(self, gates: int, rows: slice = WHOLE, name: str = "") -> tuple[Blocks, MatrixPart, MatrixPart]:
        op, x, prefix = cast("Any", self.op), self.dtypes_in[0], name and f"{name}_"
        state_type = op.narrowed.dtype if op.kind == "integer_gru" else op.formats[0].dtype
        b = self.blocks(op.units, gates, self.matrix(op.own, x, rows), prefix.upper())
        past = op.reset if name else op.past
        return b, self.part(f"{prefix}kernel", op.own, x, b, rows), self.part(f"{prefix}recurrent", past, state_type, b)

    def function_of(self, gate: str) -> Function:
        return self._unit_of(gate).function

    def gated_value(self, gate: str, value: str) -> str:
        return str(self.unit(self._unit_of(gate), self.value(value)))

    def _unit_of(self, gate: str) -> Unit:
        """The activation of a cell's gate."""
        op = cast("Any", self.op)
        if op.kind == "integer_simple_rnn":
            return cast("Unit", op.activation)
        return cast("Unit", op.candidate if gate in CANDIDATES else op.gate)

    def activated(self, total: Expr) -> Expr:
        """A layer's result, without its zero point, from its total."""
        op = cast(IntegerDense, self.op)
        if op.activation is None:
            return total
        return self.scaled(op.narrow, self.unit(op.activation, self.saturated(total, "int16")))

    def _shifts(self, scale: Rescale, wide: bool) -> Shifts:
        saturate = "saturate16_long" if wide else "saturate16"
        product = "round_product" if self._kernels.has("round_product", integer=True) else ""
        return Shifts(scale.pre, "" if scale.bounded else saturate, scale.post, product)

    def rescaled(self, matrix: Matrix, total: str, multiplier: str) -> Expr:
        """A matrix's sum on the scale of the result, if its rows share their shifts."""
        return self._shifts(matrix.rescale(0), matrix.wide).result(Expr(total, dtype="int32"), multiplier)

    def narrow(self, to: str, source: str, count: str, gain: Rescale, zero: int = 0) -> str:
        """The statement that rescales many 16-bit values to 8 bits at once, if the target has a primitive for it; else
        empty."""
        if not self._kernels.has("narrow_each", integer=True):
            return ""
        call = f"{to}, {source}, {count}, {gain.pre}, {gain.single}, {gain.post}, {zero}"
        return f"{self.primitive('narrow_each')}({call});"

    def depthwise_bytes(self, matrix: Matrix) -> str:
        """The primitive that multiplies the places of a window and gives int8 results at once, if the target has one;
        else empty. Primitives for a fixed number of places have it in their name."""
        op = cast(IntegerDense, self.op)
        types = (self.dtypes_in[0], str(op.own.weights.dtype), self.dtypes_out[0], matrix.wide)
        if op.activation is not None or types != ("int8", "int8", "int8", False):
            return ""
        fixed = f"depthwise_bytes_{len(matrix.weights)}"
        if self.asm and matrix.rescale(0).post > HALF and self._kernels.has(fixed, integer=True):
            return fixed
        return "depthwise_bytes" if self._kernels.has("depthwise_bytes", integer=True) else ""

    def filled(self, to: str, value: int, count: str) -> str:
        """The statement that sets ``count`` bytes to a value."""
        if self.dtypes_in[0] == "int8" and self._kernels.has("fill_bytes", integer=True):
            return f"{self.primitive('fill_bytes')}({to}, {value}, {count});"
        return f"memset({to}, {value}, {count} * sizeof *{to});"

    @property
    def sums_places(self) -> str:
        """The primitive that adds the channels of places of int8 to sums, if the target has one; else empty."""
        return self.special("sum_places") if self.dtypes_in[0] == "int8" else ""

    def by_places(self, name: str, kernel: Diagonal) -> str:
        """The statement that calls such a primitive for the places ``from``."""
        op = cast(IntegerDense, self.op)
        weights = f"{kernel.name}_weights" if kernel.by else f"{self.up}_TAPS, {kernel.name}_weights[0]"
        numbers = ", ".join(map(str, (kernel.shifts.pre, kernel.shifts.post, op.result.zero, op.low, op.high)))
        tables = f"{weights}, {kernel.name}_bias, {kernel.name}_multipliers, {self.up}_FILTERS"
        return f"{self.primitive(name)}(y, from, {tables}, {numbers});"

    def start(self, **parts: MatrixPart) -> str:
        """The statements that start the sums of parts, by the arrays' names: a primitive of the target if it has one,
        else one loop each, which compilers turn into a copy."""
        return "\n".join(self._begun(name, part) for name, part in parts.items())

    def _begun(self, name: str, part: MatrixPart) -> str:
        rows = part.blocks.rows
        if part.first is None and part.types[0] == "int32" and self._kernels.has("begin_rows", integer=True):
            return f"{self.primitive('begin_rows')}({name}, {part.name}_bias[{part.at}], {rows});"
        if part.first is not None and rows > FILLED and rows % FILLED == 0:
            places = " = ".join(f"{name}[row{f' + {k}' if k else ''}]" for k in range(FILLED))
            return f"for (int row = 0; row < {rows}; row += {FILLED}) {{{part.why}\n    {places} = {part.first};\n}}"
        return self.over_rows(0, rows, partial(part.start, name))

    def between(self, name: str, reach: tuple[int, int]) -> None:
        """Record the bounds of sums of products with a table's numbers."""
        self._needed.sums[f"{self.name}_{name}"] = reach

    def diagonal(self, name: str, matrix: Matrix, by: int = 0) -> Diagonal:
        """A matrix (taps, rows) in which each row is multiplied with its own values.

        Args:
            by: rows whose weights are stored together, tap by tap; 0 for all.
        """
        rows = f"[{self.up}_FILTERS]"
        self.between(f"{name}_weights", matrix.reach(Format(self.dtypes_in[0]), slice(None)))
        sums = "int64" if matrix.wide else "int32"
        bias = (matrix.bias + matrix.halves).astype(matrix.bias.dtype)
        weights, shape = matrix.weights, f"[{self.up}_TAPS]{rows}"
        if by:
            runs = (weights[:, first : first + by].reshape(-1) for first in range(0, weights.shape[1], by))
            weights, shape = np.concatenate([*runs]), f"[{self.up}_TAPS * {self.up}_FILTERS]"
        halves = "/* Each with half of what is shifted out of its sum, which rounds it. */\n"
        kind = self._kernels.multipliers or "int16"
        definition = "\n".join(
            (
                self.defined(f"{name}_weights", weights, shape=shape),
                (halves if np.any(matrix.halves) else "") + self.defined(f"{name}_bias", bias, sums, rows),
                self.defined(f"{name}_multipliers", matrix.multipliers, kind, rows),
            )
        )
        return Diagonal(f"{self.name}_{name}", definition, sums, by, self._shifts(matrix.rescale(0), matrix.wide))

    def mean(self, total: str, count: str, form: Format) -> str:
        """The nearest integer to a mean of values of a format, halves up: computed from the sum minus its least
        value."""
        least = f"{total} + {count} * INT32_C({-form.low})"
        return f"((int32_t)((2u * (uint32_t)({least}) + (uint32_t){count}) / (2u * (uint32_t){count})) - {-form.low})"

    def runs(self, blocks: Blocks, *parts: MatrixPart, gates: int | None = None) -> list[tuple[int, int, int]]:
        """A block's rows in runs of neighbouring gates whose sums have the same shifts in all parts.

        Args:
            gates: number of gates, from the first; None for all.

        Returns:
            for each run: its first row, the row after its last, its first gate.
        """
        count = blocks.gates if gates is None else gates
        alike = [tuple(part.shifts[gate] for part in parts) for gate in range(count)]
        starts = [gate for gate in range(count) if gate == 0 or alike[gate] != alike[gate - 1]]
        ends = [*starts[1:], count]
        return [(gate * blocks.units, end * blocks.units, gate) for gate, end in zip(starts, ends, strict=True)]

    def constant_table(self, name: str, values: Array, dtype: str) -> str:
        """The definition of one of the layer's tables."""
        return self.defined(name, values.reshape(-1), dtype)

    def joined(self, to: Expr | str, input_sum: Expr, recurrent_sum: Expr) -> str:
        """The statement that computes a gate's 16-bit argument from both matrices' sums."""
        return f"{to} = {self.call('saturate16', input_sum + recurrent_sum)};"

    def value(self, text: str, dtype: str = "int32") -> Expr:
        """A variable, an element or a call, with its type."""
        return Expr(text, dtype=dtype)

    def call(self, name: str, *arguments: Expr | int, dtype: str = "int32") -> Expr:
        """A call of a primitive; the primitive is then written."""
        return call(self.primitive(name), *arguments, dtype=dtype)

    def shifted(self, value: Expr, places: int) -> Expr:
        """``round_shift`` by a constant; a negative one shifts left."""
        if places == 0:
            return value
        return self.call("round_shift", value, places) if places > 0 else value * (1 << -places)

    def scaled(self, gain: Rescale | None, value: Expr) -> Expr:
        """A rescaling by one multiplier; the value itself if there is none."""
        if gain is None:
            return value
        if gain.bounded and gain.pre == 0 and gain.post and self._kernels.has("round_product", integer=True):
            return self.call("round_product", value, gain.single, gain.post)
        if gain.bounded and gain.pre == 0:
            return self.shifted(value.wide() * gain.single, gain.post)
        return self.call("rescale", value, gain.pre, gain.single, gain.post)

    def scaled_long(self, gain: Rescale, value: Expr) -> Expr:
        """The same for an int64_t."""
        return self.call("rescale_long", value, gain.pre, gain.single, gain.post)

    def bounded(self, value: Expr, low: int, high: int, dtype: str) -> Expr:
        """The value clamped to bounds, which may be those of its type."""
        form = Format(dtype)
        ends = (low, high) == (form.low, form.high)
        return self.saturated(value, dtype) if ends else self.clamped(value, low, high)

    def saturated(self, value: Expr, dtype: str) -> Expr:
        """The value clamped to its type, still as int32_t."""
        return self.call(f"saturate{Format(dtype).bits}", value)

    def clamped(self, value: Expr, low: int, high: int) -> Expr:
        return self.call("clamp", value, low, high)

    def stored(self, value: Expr, dtype: str) -> Expr:
        """The value in its type."""
        return value.cast(dtype)

    def unit(self, unit: Unit, value: Expr) -> Expr:
        """An activation of an int16 value, as int32_t."""
        if unit.kind in GATES:
            return self.call(f"gate_{unit.kind}", value)
        if unit.kind == "table":
            assert unit.table is not None
            table = self._needed.function_table(unit.function.name, unit.table)
            return self.call("look_up", Expr(table), value)
        if unit.identity:
            return value
        line = self.shifted(value * unit.m, unit.post) if unit.m != 1 else value
        return self.clamped(line + unit.add, unit.low, unit.high)
