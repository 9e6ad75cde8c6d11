"""What the templates of integer layers see: fixed-point arithmetic as statements of Python, in the words of
``gatesmith.numerics.fixed``.

Each layer is written twice with the same statements: for ``@micropython.viper``, whose pointers read unsigned values,
and as plain Python for firmware without native code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import UnsupportedError
from ...formats import Array, Format
from ...graph import Op, Shape
from ...layers.integer.matrix import Matrix
from ...numerics.fixed import EXP_TABLE, LOG_2, LOG_TABLE, TANH_TABLE, Rescale
from ...numerics.unit import Unit
from .function import LayerFunction
from .weights import Weights

CODES = {"uint8": "B", "int8": "b", "int16": "h", "int32": "i"}
"""Type -> the type code of an array of it."""
QUAD = 4
"""Inputs of a matrix are padded to a multiple of this: what the product's loops are unrolled by at least."""
SCRATCH = "z"
"""The model's buffer of int32: a matrix's inputs, then the sums of its rows."""


def padded(inputs: int) -> int:
    return -(-inputs // QUAD) * QUAD


@dataclass
class Shared:
    """What all functions of a module add to: helpers, aligned tables by name, values of scratch,
    whether something computes in Python's own integers."""

    helpers: set[str] = field(default_factory=set)
    tables: dict[str, Array] = field(default_factory=dict)
    scratch: int = 1
    allocates: bool = False

    def table(self, name: str, values: Array) -> str:
        """The name of a table; equal ones of one name are one."""
        number, wanted = 1, name
        while wanted in self.tables and not np.array_equal(self.tables[wanted], values):
            number += 1
            wanted = f"{name}_{number}"
        self.tables[wanted] = values
        return wanted


class IntegerFunction(LayerFunction):
    """The Python functions of an integer layer.

    ``_name`` is bytecode that calls what computes; ``_name_part`` computes. All take buffers and indices; after those
    of the tensors and states, scratch.

    Args:
        types: NumPy's names of the types of inputs and outputs.
        viper: whether pointers read unsigned values.
    """

    def __init__(
        self,
        name: str,
        op: Op,
        ins: Sequence[Shape],
        outs: Sequence[Shape],
        types: Sequence[Sequence[str]],
        weights: Weights,
        shared: Shared,
        viper: bool,
    ) -> None:
        super().__init__(name, op, ins, outs, weights, shared.helpers)
        self.dtypes_in, self.dtypes_out = types
        self.viper = viper
        self._shared = shared
        self._pointers: dict[str, str] = {}
        self._tensors: dict[str, str] = {}

    def scratch(self, values: int) -> None:
        """Ask for so many values of scratch."""
        self._shared.scratch = max(self._shared.scratch, values)

    def allocates(self) -> str:
        """Say that sums take more than 32 bits; a word for the docstring."""
        self._shared.allocates = True
        return "Allocates."

    def help(self, name: str) -> str:
        self._shared.helpers.add(name)
        return f"_{name}"

    def moved(self, name: str, dtype: str) -> str:
        """The name of a helper that exists for each width."""
        return self.help(f"{name}{Format(dtype).bits}")

    # Signatures

    def head(self, part: str, tensors: Mapping[str, str], hot: Sequence[str] = ()) -> str:
        """The head of a function that computes: buffers by name with their types, each with its index, ``x_at`` that
        of ``x``; then scratch. The first two arguments are kept in registers: ``hot`` are variables.
        """
        self._tensors = dict(tensors)
        words = [f"{name}: int" for name in hot]
        for name, dtype in tensors.items():
            words += [f"{name}: {self.pointer_to(dtype)}", f"{name}_at: int"]
        words += [f"{SCRATCH}: ptr32"]
        if not self.viper:
            words = [word.split(":")[0] for word in words]
        decorator = "@micropython.viper\n" if self.viper else ""
        return f"{decorator}def _{self.name}{f'_{part}' if part else ''}({', '.join(words)}):"

    def pointer_to(self, dtype: str) -> str:
        return f"ptr{Format(dtype).bits}"

    # Constants

    def table(self, name: str, values: Array, own: bool = True, axes: str = "") -> str:
        """The name of an array of the module that holds these values."""
        full = self._shared.table(f"{self.name}_{name}".upper() if own else name, values)
        self._weights.add(full, values, axes)
        return full

    def pointed(self, local: str, name: str, values: Array, own: bool = True) -> str:
        """A local variable for a table; its definition is in ``start``."""
        full = self.table(name, values, own)
        text = f"{self.pointer_to(values.dtype.name)}({full})" if self.viper else full
        while self._pointers.setdefault(local, text) != text:
            local += "2"
        return local

    def start(self, body: Sequence[str], tensors: Mapping[str, str] | None = None) -> str:
        """The statements that a function begins with: its tables, what its body asks for, and pointers moved to the
        first values of its tensors: those of the last head, if none are given."""
        lines = [f"{local} = {text}" for local, text in self._pointers.items()]
        if self.viper and any("SH" in line for line in body):
            lines.insert(0, "SH = int(_SH)")
        for name, dtype in (tensors or self._tensors).items() if self.viper else ():
            size = Format(dtype).size
            lines.append(f"{name} = ptr{8 * size}(int({name}) + {f'{size} * ' if size > 1 else ''}{name}_at)")
        self._pointers = {}
        return "".join(f"    {line}\n" for line in lines)

    def padded(self, inputs: int) -> int:
        """Values that a vector takes in scratch."""
        return padded(inputs)

    # Values

    def load(self, value: str, dtype: str) -> str:
        """The signed value of an element."""
        if not self.viper:
            return value
        if dtype == "int32":
            return f"({value} << SH) >> SH"
        half = 1 << (Format(dtype).bits - 1)
        return f"({value} ^ {half}) - {half}"

    def at(self, name: str, index: str, dtype: str) -> str:
        """The signed value of a tensor's element."""
        return self.load(self.put(name, index), dtype)

    def put(self, name: str, index: str) -> str:
        """A tensor's element, as stored; viper's pointers are moved to the first one before."""
        if self.viper:
            return f"{name}[{index}]"
        return f"{name}[{name}_at]" if index == "0" else f"{name}[{name}_at + {index}]"

    def less(self, v: str, zero: int) -> list[str]:
        return self.plus(v, -zero)

    def plus(self, v: str, amount: int) -> list[str]:
        return [] if amount == 0 else [f"{v} += {amount}"] if amount > 0 else [f"{v} -= {-amount}"]

    def clip(self, v: str, low: int, high: int) -> list[str]:
        return [f"if {v} > {high}:", f"    {v} = {high}", f"elif {v} < {low}:", f"    {v} = {low}"]

    def saturate(self, v: str, dtype: str) -> list[str]:
        """Within a type: one comparison where nothing is to be done."""
        form = Format(dtype)
        if form.bits > 16:
            return []
        inner = [f"if {v} > 0:", f"    {v} = {form.high}", "else:", f"    {v} = {form.low}"]
        return [f"if ({v} + {-form.low}) >> {form.bits}:", *(f"    {line}" for line in inner)]

    def shift(self, v: str, places: int) -> list[str]:
        """``round_shift`` by a constant."""
        if places == 0:
            return []
        if places < 0:
            return [f"{v} <<= {-places}"]
        return [f"{v} = ({v} + {1 << (places - 1)}) >> {places}"]

    def rescale(self, gain: Rescale | None, v: str) -> list[str]:
        """A rescaling by one multiplier; nothing where there is none."""
        if gain is None:
            return []
        lines = self.shift(v, gain.pre)
        lines += [] if gain.bounded else self.saturate(v, "int16")
        return [*lines, f"{v} *= {gain.single}", *self.shift(v, gain.post)]

    def unit(self, unit: Unit, v: str) -> list[str]:
        """An activation of an int16 value, in place; uses the locals g, p and q."""
        if unit.kind == "sigmoid":
            return self.sigmoid(v)
        if unit.kind == "tanh":
            return [*self._tanh(v), f"{v} = p"]
        if unit.kind == "table":
            assert unit.table is not None
            name = f"{unit.function.name}_table".upper()
            t = self.pointed("L", name, unit.table.astype(np.int16))
            one, two = self.load(f"{t}[g]", "int16"), self.load(f"{t}[g + 1]", "int16")
            lines = [f"q = {v} + 32768", "g = q >> 7", f"p = {one}"]
            return [*lines, f"{v} = p + ((({two} - p) * (q & 127) + 64) >> 7)"]
        if unit.identity:
            return []
        lines = [f"{v} *= {unit.m}", *self.shift(v, unit.post)] if unit.m != 1 else self.shift(v, unit.post)
        return [*lines, *self.plus(v, unit.add), *self.clip(v, unit.low, unit.high)]

    def sigmoid(self, v: str) -> list[str]:
        return [*self._tanh(v), f"{v} = (p + 32768) >> 1"]

    def _tanh(self, v: str) -> list[str]:
        """p = tanh of v."""
        t = self.pointed("T", "TANH", TANH_TABLE.astype(np.int16), own=False)
        one, two, near = f"{t}[q >> 6]", f"{t}[(q >> 6) + 1]", []
        if self.viper:
            one, two, near = "t[0]", "t[1]", [f"t = ptr16(int({t}) + ((q >> 6) << 1))"]
        return [
            *(f"q = {v}", "if q < 0:", "    q = 0 - q", *near, f"p = {one}"),
            *(f"p = ((({two} - p) * (q & 63) + 32) >> 6) + p", f"if {v} < 0:", "    p = 0 - p"),
        ]

    def log(self, v: str) -> list[str]:
        """ln of ``v 2^-15`` in place, 0 below; uses g, p and q."""
        t = self.pointed("N", "LOG", LOG_TABLE.astype(np.int16), own=False)
        return [
            *("q = 0", f"while {v} > 65535:", f"    {v} >>= 1", "    q += 1", f"{v} -= 32768"),
            *(f"if {v} < 0:", f"    {v} = 0", f"g = {v} >> 8", f"p = {t}[g]"),
            f"{v} = p + ((({t}[g + 1] - p) * ({v} & 255) + 128) >> 8) + q * {LOG_2}",
        ]

    def exp(self, v: str) -> list[str]:
        """e^-v in place; uses g and p."""
        t = self.pointed("E", "EXP", EXP_TABLE.astype(np.int16), own=False)
        return [f"g = {v} >> 6", f"p = {t}[g]", f"{v} = p + ((({t}[g + 1] - p) * ({v} & 63) + 32) >> 6)"]

    # Matrices

    def widen(self, x: str, dtype: str, inputs: int) -> str:
        """The statement that puts a vector into scratch, as int32."""
        return f"{self.moved('widen', dtype)}({x}, {x}_at, {SCRATCH}, {inputs})"

    def product(self, name: str, matrix: Matrix, to: int, add: bool, rows: slice | None = None) -> str:
        """The statement that multiplies a matrix with the vector in scratch.

        Args:
            name: what the matrix is in this layer: ``kernel``.
            to: index in scratch of the first row's result, an int32 each.
            add: whether results are added to what is there.
            rows: those to take; None for all.
        """
        if matrix.wide:
            raise UnsupportedError(
                f'layer "{self.name}": MicroPython has no sums of 64 bits, which int16 weights need',
                fix=("--numeric int16w8", "generate C: --backend c99"),
            )
        chosen = slice(None) if rows is None else rows
        scale = matrix.rescale
        weights = matrix.weights[:, chosen].T
        inputs, count = weights.shape[1], weights.shape[0]
        wide = padded(inputs)
        stored = np.full((count, wide), 128, np.uint8)
        stored[:, :inputs] = (weights.astype(np.int16) + 128).astype(np.uint8)
        kernel = self.table(name, stored[::-1], axes="[row, the last first][input], each plus 128")
        bias = self.table(f"{name}_bias", (matrix.bias[chosen] + (1 << scale.pre >> 1)).astype(np.int32))
        m = (scale.m * np.ones(len(matrix.bias), np.int64))[chosen].astype(np.int16)
        multipliers = self.table(f"{name}_multipliers", m)
        self.scratch(to + count)
        numbers = f"{wide}, {count}, {scale.pre}, {scale.post}, {to}, {int(add)}"
        return f"{self.help('rows')}(0, {SCRATCH}, {kernel}, {bias}, {multipliers}, {numbers})"

    def result(self, v: str, index: str) -> list[str]:
        """A row's result from scratch."""
        lines = ["if SH:", f"    {v} = ({v} << SH) >> SH"] if self.viper else []
        return [f"{v} = {SCRATCH}[{index}]", *lines]

    def indented(self, lines: Sequence[str], pad: int) -> str:
        """Lines of a body."""
        return "\n".join(f"{' ' * pad}{line}" for line in lines)
