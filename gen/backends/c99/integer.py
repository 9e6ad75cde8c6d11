"""What the templates of integer layers see: fixed-point arithmetic as C spells it, in the words of
``gatesmith.numerics.fixed``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...formats import Array, Format
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import EXP_TABLE, TANH_TABLE, Rescale
from ...numerics.unit import Unit
from .blocks import Blocks
from .function import LayerFunction
from .literals import ctype, table

NEEDS: dict[str, tuple[str, ...]] = {
    "round_shift": (),
    "clamp": (),
    "saturate8": (),
    "saturate16": (),
    "rescale": ("round_shift", "saturate16"),
    "rescale_long": ("round_shift",),
    "tanh_table": (),
    "gate_tanh": ("tanh_table", "round_shift"),
    "gate_sigmoid": ("gate_tanh",),
    "look_up": ("round_shift",),
    "exp_table": (),
    "exp_negative": ("exp_table", "round_shift"),
    "softmax_share": (),
}
"""Primitive -> primitives it calls, in an order in which callees come first."""

TABLES = {"tanh_table": TANH_TABLE, "exp_table": EXP_TABLE}


@dataclass(frozen=True, order=True)
class Gemv:
    """A gemv primitive: rows side by side, types of the weights, of the inputs and of the sums."""

    rows: int
    weights: str
    inputs: str

    @property
    def sums(self) -> str:
        return "int64" if self.weights == "int16" else "int32"

    @property
    def name(self) -> str:
        return f"gemv_{self.weights}_{self.inputs}_{self.rows}"


@dataclass(frozen=True)
class Part:
    """A matrix, or some of its rows, as a template writes it.

    Args:
        name: of its tables: ``name_weights``, ``name_bias``, ``name_multipliers``.
        blocks: how its rows lie.
        inputs: how many.
        definition: the tables.
        gemv: the primitive's name.
        sums: C's type of the accumulators.
        bias: whether it has one.
        rescale: the primitive that takes sums to the result's scale.
        pre, post: its shifts.
    """

    name: str
    blocks: Blocks
    inputs: int
    definition: str
    gemv: str
    sums: str
    bias: bool
    rescale: str
    pre: int
    post: int

    def result(self, sums: str, row: str) -> str:
        """The expression of a row's result from its sum."""
        return f"{self.rescale}({sums}[{row}], {self.pre}, {self.name}_multipliers[block][{row}], {self.post})"

    def start(self, sums: str, pad: str) -> str:
        """The statements that compute a block's sums, but for the gemv's inputs."""
        first = f"{self.name}_bias[block][row]" if self.bias else "0"
        return f"for (int row = 0; row < {self.blocks.rows}; row++) {{\n{pad}    {sums}[row] = {first};\n{pad}}}"


class IntegerFunction(LayerFunction):
    """One C function of an integer layer."""

    def primitive(self, name: str) -> str:
        """The name of a primitive, which is then written."""
        self._needed.helpers.add(name)
        return name

    def part(self, name: str, matrix: Matrix, dtype: str, blocks: Blocks, rows: slice | None = None) -> Part:
        """A matrix's tables and calls.

        Args:
            name: what it is in this layer: ``kernel``.
            dtype: of its inputs, by NumPy's name.
            rows: those to take, all gates of all units; None for all.
        """
        chosen = slice(None) if rows is None else rows
        weights, bias = matrix.weights[:, chosen], matrix.bias[chosen]
        m = (matrix.rescale.m * np.ones(len(matrix.bias), np.int64))[chosen].astype(np.int16)
        full = f"{self.name}_{name}"
        gemv = Gemv(blocks.rows, matrix.weights.dtype.name, dtype)
        self._needed.products.add(gemv)
        shape = f"[{blocks.count}][{blocks.rows}]"
        long = [f"{self._table(gemv.weights)} {full}_weights[{blocks.count}][{len(weights)}][{blocks.rows}] = {{"]
        definition = "\n".join([*long, table(blocks.pack(weights)), "};", ""])
        if np.any(bias):
            head = f"{self._table(gemv.sums)} {full}_bias{shape} = {{"
            definition += "\n".join(["", head, table(blocks.pack(bias)), "};", ""])
        head = f"{self._table('int16')} {full}_multipliers{shape} = {{"
        definition += "\n".join(["", head, table(blocks.pack(m)), "};", ""])
        scale = self.primitive("rescale_long" if matrix.wide else "rescale")
        return Part(
            full, blocks, len(weights), definition, gemv.name, ctype(gemv.sums), bool(np.any(bias)), scale,
            matrix.rescale.pre, matrix.rescale.post,
        )  # fmt: skip

    def constant_table(self, name: str, values: Array, dtype: str) -> str:
        """The definition of a table of the layer's own."""
        return f"{self._table(dtype)} {self.name}_{name}[{values.size}] = {{\n{table(values.reshape(-1))}\n}};\n"

    def _table(self, dtype: str) -> str:
        return f"static const {self._space} {ctype(dtype)}" if self._space else f"static const {ctype(dtype)}"

    def shifted(self, value: str, places: int) -> str:
        """``round_shift`` by a constant; ``value`` must bind tighter than a multiplication where it is shifted up."""
        if places == 0:
            return value
        return f"{self.primitive('round_shift')}({value}, {places})" if places > 0 else f"{value} * {1 << -places}"

    def scaled(self, gain: Rescale | None, value: str) -> str:
        """A rescaling by one multiplier; the value itself where there is none."""
        if gain is None:
            return value
        return f"{self.primitive('rescale')}({value}, {gain.pre}, {gain.single}, {gain.post})"

    def saturated(self, value: str, dtype: str) -> str:
        """The value within its type, still as int32_t."""
        return f"{self.primitive(f'saturate{Format(dtype).bits}')}({value})"

    def clamped(self, value: str, low: int, high: int) -> str:
        return f"{self.primitive('clamp')}({value}, {low}, {high})"

    def stored(self, value: str, dtype: str) -> str:
        """The value in its type."""
        return f"({ctype(dtype)}){value}"

    def less_zero(self, value: str, source: Format) -> str:
        """A value less its zero point."""
        return (
            value
            if source.zero == 0
            else f"({value} - {source.zero})"
            if source.zero > 0
            else f"({value} + {-source.zero})"
        )

    def plus_zero(self, value: str, result: Format) -> str:
        """A value with its zero point."""
        return (
            value
            if result.zero == 0
            else f"{value} + {result.zero}"
            if result.zero > 0
            else f"{value} - {-result.zero}"
        )

    def unit(self, unit: Unit, value: str) -> str:
        """An activation of an int16 value, as int32_t."""
        if unit.kind in ("tanh", "sigmoid"):
            return f"{self.primitive(f'gate_{unit.kind}')}({value})"
        if unit.kind == "table":
            assert unit.table is not None
            self.primitive("look_up")
            return f"look_up({self._needed.function_table(unit.function.name, unit.table)}, {value})"
        if unit.identity:
            return value
        line = self.shifted(f"({value}) * {unit.m}", unit.post) if unit.m != 1 else value
        line = f"{line} + {unit.add}" if unit.add > 0 else f"{line} - {-unit.add}" if unit.add else line
        return self.clamped(line, unit.low, unit.high)


def closure(helpers: set[str]) -> list[str]:
    """The primitives and all they call, callees first."""
    needed: set[str] = set()
    pending = list(helpers)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending.extend(NEEDS[name])
    return [name for name in NEEDS if name in needed]
