"""What the templates of integer layers see: fixed-point arithmetic as C spells it, in the words of
``gatesmith.numerics.fixed``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from ...formats import Array, Format
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import EXP_TABLE, LOG_TABLE, TANH_TABLE, Rescale
from ...numerics.unit import Unit
from .blocks import Blocks, choose
from .function import LayerFunction
from .literals import ctype, table

NEEDS: dict[str, tuple[str, ...]] = {
    "round_shift": (),
    "clamp": (),
    "saturate8": (),
    "saturate16": (),
    "saturate16_long": (),
    "rescale": ("round_shift", "saturate16"),
    "rescale_long": ("round_shift", "saturate16_long"),
    "tanh_table": (),
    "gate_tanh": ("tanh_table", "round_shift"),
    "gate_sigmoid": ("gate_tanh",),
    "look_up": ("round_shift",),
    "exp_table": (),
    "exp_negative": ("exp_table", "round_shift"),
    "softmax_share": (),
    "odd_bytes": (),
    "log_table": (),
    "log_total": ("log_table", "round_shift"),
    "square_root": (),
    "cosine": ("square_root",),
}
"""Primitive -> primitives it calls, in an order in which callees come first."""

TABLES = {"tanh_table": TANH_TABLE, "exp_table": EXP_TABLE, "log_table": LOG_TABLE}


ISA_HEADERS = {
    "dsp": (("arm_acle.h", "__ARM_FEATURE_DSP"),),
    "rows": (),
    "mve": (("arm_acle.h", "__ARM_FEATURE_SAT"), ("arm_mve.h", "__ARM_FEATURE_MVE")),
}
MOST_ROWS = 4
"""Rows of a block that leave registers to code written for an instruction set."""
PAIRS = (0, 2, 1, 3)
"""The order of four weights in a word such that its even bytes are the first two."""


@dataclass(frozen=True, order=True)
class Gemv:
    """A gemv primitive: rows side by side, types of the weights, of the inputs and of the sums, instructions."""

    rows: int
    weights: str
    inputs: str
    isa: str = ""
    scalar: bool = False
    """Whether each row's sum is a variable of its own: compilers for cores without SIMD keep an array in memory."""

    @property
    def sums(self) -> str:
        return "int64" if self.weights == "int16" else "int32"

    @property
    def name(self) -> str:
        return f"gemv_{self.weights}_{self.inputs}_{self.rows}"

    @property
    def order(self) -> tuple[int, ...]:
        """Which of a word's weights comes first, second, ...: four of them, or two of 16 bits."""
        if self.weights == "int16":
            return (0, 1)
        return PAIRS if self.inputs == "int16" else (0, 1, 2, 3)

    def pack(self, blocks: Blocks, weights: Array) -> Array:
        """(inputs, rows) as Keras has them, as the primitive reads them: a line a block, or (blocks, inputs, rows)."""
        packed = blocks.pack(weights)
        count, inputs, rows = packed.shape
        if self.isa == "dsp":
            held = len(self.order)
            full = np.zeros((count, -(-inputs // held) * held, rows), packed.dtype)
            full[:, :inputs] = packed
            words = full.reshape(count, -1, held, rows)[:, :, list(self.order)].transpose(0, 1, 3, 2)
            return np.ascontiguousarray(words.reshape(count, -1))
        if self.isa in ("mve", "rows"):
            return np.ascontiguousarray(packed.transpose(0, 2, 1).reshape(count, -1))
        return packed


@dataclass(frozen=True)
class Shifts:
    """What follows a sum.

    Args:
        term: the sum in 16 bits, as a format of its expression.
        post: the shift behind the multiplication.
    """

    term: str
    post: int


@dataclass(frozen=True)
class Part:
    """A matrix, or some of its rows, as a template writes it.

    Args:
        name: of its tables: ``name_weights``, ``name_bias``, ``name_multipliers``.
        blocks: how its rows lie.
        definition: the tables.
        gemv: the primitive's name.
        sums: C's type of the accumulators.
        first: what a row's sum begins with: its bias, and what rounds the shift that comes first.
        shifts: of each gate's rows.
    """

    name: str
    blocks: Blocks
    definition: str
    gemv: str
    sums: str
    first: str
    shifts: tuple[Shifts, ...]

    def result(self, sums: str, row: str, gate: int = 0) -> str:
        """The expression of the result of one of a gate's rows from its sum."""
        shifts = self.shifts[gate]
        product = f"{shifts.term.format(f'{sums}[{row}]')} * {self.name}_multipliers[block][{row}]"
        return f"round_shift({product}, {shifts.post})"

    def start(self, sums: str, pad: str) -> str:
        """The statements that begin a block's sums: with the bias, and what rounds their first shift."""
        why = " /* half of what is shifted out */" if self.first.isdigit() and self.first != "0" else ""
        return (
            f"for (int row = 0; row < {self.blocks.rows}; row++) {{\n{pad}    {sums}[row] = {self.first};{why}\n{pad}}}"
        )


class IntegerFunction(LayerFunction):
    """One C function of an integer layer."""

    def blocks(self, units: int, gates: int) -> Blocks:
        layout = self._layout
        if layout.isa:
            layout = replace(layout, rows=max(gates, MOST_ROWS), lanes=1)
        return choose(layout, units, gates)

    def lies(self, blocks: Blocks, rows: str) -> str:
        """How weights lie in a table, for the comment above it.

        Args:
            rows: what a block's rows are, for people.
        """
        block = f"[block of {blocks.units} unit{'s' if blocks.units > 1 else ''}]"
        isa = self._layout.isa
        if isa == "dsp":
            return f"{block}[input by words][{rows}][input in a word], a line a block"
        return f"{block}[{rows}][input], a line a block" if isa else f"{block}[input][{rows}]"

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
        weights, bias, m = matrix.weights[:, chosen], matrix.bias[chosen], matrix.multipliers[chosen]
        half = matrix.halves[chosen]
        scales = [matrix.rescale(row) for row in np.arange(len(matrix.bias))[chosen][:: blocks.total]]
        full = f"{self.name}_{name}"
        gemv = Gemv(blocks.rows, matrix.weights.dtype.name, dtype, self._layout.isa, self._layout.lanes == 1)
        self._needed.products.add(gemv)
        if gemv.isa == "dsp" and not matrix.wide:
            self.primitive("odd_bytes")
        shape = f"[{blocks.count}][{blocks.rows}]"
        packed = gemv.pack(blocks, weights)
        head = f"{self._table(gemv.weights)} {full}_weights{''.join(f'[{n}]' for n in packed.shape)} = {{"
        definition = "\n".join([head, table(packed), "};", ""])
        first = str(half[0])
        if np.any(bias) or len(set(half)) > 1:
            first = f"{full}_bias[block][row]"
            head = f"{self._table(gemv.sums)} {full}_bias{shape} = {{"
            if np.any(half):
                head = f"/* Each with half of what is shifted out of its sum, which rounds it. */\n{head}"
            definition += "\n".join(["", head, table(blocks.pack((bias + half).astype(bias.dtype))), "};", ""])
        head = f"{self._table('int16')} {full}_multipliers{shape} = {{"
        definition += "\n".join(["", head, table(blocks.pack(m)), "};", ""])
        self.primitive("round_shift")
        shifts = tuple(self._shifts(scale, matrix.wide) for scale in scales)
        return Part(full, blocks, definition, gemv.name, ctype(gemv.sums), first, shifts)

    def _shifts(self, scale: Rescale, wide: bool) -> Shifts:
        term = f"({{}} >> {scale.pre})" if scale.pre else "{}"
        if not scale.bounded:
            term = f"{self.primitive('saturate16_long' if wide else 'saturate16')}({term.strip('()')})"
        elif wide:
            term = f"(int32_t){term}"
        return Shifts(term, scale.post)

    def runs(self, blocks: Blocks, *parts: Part, gates: int | None = None) -> list[tuple[int, int, int]]:
        """A block's rows by neighbouring gates whose sums are shifted alike in all parts.

        Args:
            gates: how many, from the first; None for all.

        Returns:
            of each run: its first row, the row behind its last, its first gate.
        """
        many = blocks.gates if gates is None else gates
        alike = [tuple(part.shifts[gate] for part in parts) for gate in range(many)]
        starts = [gate for gate in range(many) if gate == 0 or alike[gate] != alike[gate - 1]]
        ends = [*starts[1:], many]
        return [(gate * blocks.units, end * blocks.units, gate) for gate, end in zip(starts, ends, strict=True)]

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
        if gain.bounded and gain.pre == 0:
            return self.shifted(f"{_factor(value)} * {gain.single}", gain.post)
        return f"{self.primitive('rescale')}({value}, {gain.pre}, {gain.single}, {gain.post})"

    def scaled_long(self, gain: Rescale, value: str) -> str:
        """The same of an int64_t."""
        return f"{self.primitive('rescale_long')}({value}, {gain.pre}, {gain.single}, {gain.post})"

    def bounded(self, value: str, low: int, high: int, dtype: str) -> str:
        """The value within bounds, which may be those of its type."""
        form = Format(dtype)
        ends = (low, high) == (form.low, form.high)
        return self.saturated(value, dtype) if ends else self.clamped(value, low, high)

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
        factor = value if re.fullmatch(r"\w+(\[[^\[\]]*\]|\([^()]*\))?", value) else f"({value})"
        line = self.shifted(f"{factor} * {unit.m}", unit.post) if unit.m != 1 else value
        line = f"{line} + {unit.add}" if unit.add > 0 else f"{line} - {-unit.add}" if unit.add else line
        return self.clamped(line, unit.low, unit.high)


def _factor(value: str) -> str:
    """An expression as a factor in 32 bits; on small cores ``int`` has 16. Names and calls are int32_t already."""
    if re.fullmatch(r"\w+(\([^()]*\))?", value):
        return value
    whole = re.fullmatch(r"\w+\[[^\[\]]*\]|\([^()]*\)", value)
    return f"(int32_t){value}" if whole else f"(int32_t)({value})"


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
