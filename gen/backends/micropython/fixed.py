"""What the templates of integer layers see: fixed-point arithmetic as statements of Python, in the words of
``gatesmith.numerics.fixed``.

Each layer is written twice with the same statements: for ``@micropython.viper``, whose pointers read unsigned values,
and as plain Python for firmware without native code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...core.errors import UnsupportedError
from ...core.formats import Array, Format
from ...core.graph import Op, Shape
from ...numerics.fixed import EXP_TABLE, LOG2_E, LOG_2, LOG_TABLE, OCTAVE_TABLE, SHORT_TANH_TABLE, TANH_TABLE, Rescale
from ...numerics.unit import Unit
from .function import LayerFunction
from .product import Kernel, Product
from .weights import Weights

SCRATCH = "z"
"""The model's buffer of int32: a matrix's inputs, then the sums of its rows."""
WIDE_REGISTER = ["SH = 1", "SH = ((SH << 31 >> 31) + 1) << 4"]
"""SH brings the lower half of a 64-bit register to its sign: 32 there, 0 on boards. A global would cost more."""


@dataclass
class Shared:
    """What all functions of a module add to: helpers, kernels, those of them that a call asks too much of in assembly,
    aligned tables by name, values of scratch."""

    helpers: set[str] = field(default_factory=set)
    kernels: set[Kernel] = field(default_factory=set)
    beyond: set[Kernel] = field(default_factory=set)
    tables: dict[str, Array] = field(default_factory=dict)
    scratch: int = 1

    def table(self, name: str, values: Array) -> str:
        """The name of a table; equal ones of one name are one."""
        number, wanted = 1, name
        while wanted in self.tables and not np.array_equal(self.tables[wanted], values):
            number += 1
            wanted = f"{name}_{number}"
        self.tables[wanted] = values
        return wanted


@dataclass(frozen=True)
class Part:
    """A function that a layer's own calls, as text: its head, what it begins with, and the call."""

    head: str
    start: str
    call: str


class FixedFunction(LayerFunction):
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
        self._pointers: dict[str, tuple[str, str]] = {}
        self._tensors: dict[str, str] = {}

    def scratch(self, values: int) -> None:
        """Ask for so many values of scratch."""
        self._shared.scratch = max(self._shared.scratch, values)

    def help(self, name: str) -> str:
        self._shared.helpers.add(name)
        return f"_{name}"

    def moved(self, name: str, dtype: str) -> str:
        """The name of a helper that exists for each width."""
        return self.help(f"{name}{Format(dtype).bits}")

    # Signatures

    def head(self, tensors: Mapping[str, str]) -> str:
        """The head of a layer's function where that computes: buffers by name with their types, each with its index,
        ``x_at`` that of ``x``; then scratch."""
        self._tensors = dict(tensors)
        rows = ["first: int", "last: int"] if self.by_rows else []
        return self._head("", [*self._buffers(tensors), *rows], "")

    def part(
        self,
        part: str,
        tensors: Mapping[str, str],
        body: Sequence[str],
        products: Sequence[Product] = (),
        returns: str = "",
        hot: Sequence[str] = ("v", "q"),
        given: Sequence[str] = ("0", "0"),
    ) -> Part:
        """A function that computes for the layer's own. Its last arguments are the tables that its body reads: a global
        would cost more.

        Args:
            body: what is to be computed: decides what the function begins with.
            products: whose sums it walks.
            returns: the type of what it returns; nothing if empty.
            hot: its first two arguments, integers, which are kept in registers.
            given: what it is given for them.
        """
        walks = [f"{p.local} = ptr32(int({SCRATCH}) + {4 * p.to})" for p in products] if self.viper else []
        for local, name, dtype in (table for p in products for table in p.tables):
            self._pointers[local] = (name, dtype)
        tables, self._pointers = self._pointers, {}
        words = [*(f"{name}: int" for name in hot), *self._buffers(tensors)]
        words += [f"{local}: {self.pointer_to(dtype)}" for local, (_, dtype) in tables.items()]
        values = [*given, *(word for name in tensors for word in (name, f"{name}_at")), SCRATCH]
        values += [name for name, _ in tables.values()]
        call = f"_{self.name}_{part}({', '.join(values)})"
        return Part(self._head(part, words, returns), self.start([*walks, *body], tensors, walks), call)

    def _buffers(self, tensors: Mapping[str, str]) -> list[str]:
        words = []
        for name, dtype in tensors.items():
            words += [f"{name}: {self.pointer_to(dtype)}", f"{name}_at: int"]
        return [*words, f"{SCRATCH}: ptr32"]

    def _head(self, part: str, words: Sequence[str], returns: str) -> str:
        if not self.viper:
            words = [word.split(":")[0] for word in words]
        decorator = "@micropython.viper\n" if self.viper else ""
        answer = f" -> {returns}" if returns and self.viper else ""
        return f"{decorator}def _{self.name}{f'_{part}' if part else ''}({', '.join(words)}){answer}:"

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
        table = self.table(name, values, own), values.dtype.name
        while self._pointers.setdefault(local, table) != table:
            local += "2"
        return local

    def start(self, body: Sequence[str], tensors: Mapping[str, str] | None = None, walks: Sequence[str] = ()) -> str:
        """The statements that a function begins with: its tables, what its body asks for, and pointers moved to the
        first values of its tensors: those of the last head, if none are given; and to the sums that it walks."""
        lines = [
            f"{local} = {f'{self.pointer_to(dtype)}({name})' if self.viper else name}"
            for local, (name, dtype) in self._pointers.items()
        ]
        if self.viper and any("SH" in line for line in body):
            lines = [*WIDE_REGISTER, *lines]
        for name, dtype in (self._tensors if tensors is None else tensors).items() if self.viper else ():
            size = Format(dtype).size
            lines.append(f"{name} = ptr{8 * size}(int({name}) + {f'{size} * ' if size > 1 else ''}{name}_at)")
        self._pointers = {}
        return "".join(f"    {line}\n" for line in [*lines, *walks])

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
        return [*lines, *self.times(v, gain.single, gain.post)]

    def times(self, v: str, m: str | int, post: int) -> list[str]:
        """``round_shift`` of a product: in one statement, which spares moves."""
        if m == 1 or post <= 0:
            return [*([f"{v} *= {m}"] if m != 1 else []), *self.shift(v, post)]
        return [f"{v} = ({v} * {m} + {1 << (post - 1)}) >> {post}"]

    def unit(self, unit: Unit, v: str) -> list[str]:
        """An activation of an int16 value, in place; uses the locals g, p and q."""
        if unit.kind in ("sigmoid", "short_sigmoid"):
            return self.sigmoid(v, unit.kind != "sigmoid")
        if unit.kind in ("tanh", "short_tanh"):
            return [*self._tanh(v, unit.kind != "tanh"), f"{v} = p"]
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

    def mean(self, total: str, count: str, form: Format, most: int) -> list[str]:
        """The nearest integer to a mean of values of a format, halves up, in place: of at most so many values.

        Raises:
            UnsupportedError: their sum, doubled, is beyond 30 bits.
        """
        if most * (form.high - form.low) * 2 >= 1 << 30:
            raise UnsupportedError(
                f'layer "{self.name}": MicroPython takes no mean of {most:,} values of {form.dtype}',
                fix="generate C: --backend c99",
            )
        lines = [f"{total} += {count} * {-form.low}", f"{total} = ({total} * 2 + {count}) // ({count} * 2)"]
        return [*lines, f"{total} -= {-form.low}"]

    def sigmoid(self, v: str, brief: bool = False) -> list[str]:
        return [*self._tanh(v, brief), f"{v} = (p + 32768) >> 1"]

    def _tanh(self, v: str, brief: bool) -> list[str]:
        """p = tanh of v. A shift finds a sign in fewer instructions than a comparison."""
        name, table, n = ("TANH_SHORT", SHORT_TANH_TABLE, 8) if brief else ("TANH", TANH_TABLE, 6)
        t = self.pointed("T", name, table.astype(np.int16), own=False)
        part = f"(q & {(1 << n) - 1}) + {1 << n >> 1}) >> {n}"
        return [
            *(f"q = {v}", "if q >> 31:", "    q = 0 - q", f"p = {t}[q >> {n}]"),
            *(f"p = ((({t}[(q >> {n}) + 1] - p) * {part}) + p", f"if {v} >> 31:", "    p = 0 - p"),
        ]

    def log(self, v: str) -> list[str]:
        """ln of ``v 2^-15`` in place, 0 below; uses g, p and q."""
        t = self.pointed("N", "LOG", LOG_TABLE.astype(np.int16), own=False)
        return [
            *("q = 0", f"while {v} > 65535:", f"    {v} >>= 1", "    q += 1", f"{v} -= 32768"),
            *(f"if {v} < 0:", f"    {v} = 0", f"g = {v} >> 8", f"p = {t}[g]"),
            f"{v} = p + ((({t}[g + 1] - p) * ({v} & 255) + 128) >> 8) + q * {LOG_2}",
        ]

    def exp(self, v: str, brief: bool = False) -> list[str]:
        """e^-v in place; uses g and p, and q where a short table does."""
        if brief:
            t = self.pointed("E", "OCTAVE", OCTAVE_TABLE.astype(np.int16), own=False)
            within = f"{v} = p + ((({t}[g + 1] - p) * ({v} & 1023) + 512) >> 10)"
            lines = [f"{v} = {v} * {LOG2_E} >> 10", f"q = {v} >> 15", f"g = ({v} >> 10) & 31", f"p = {t}[g]", within]
            return [*lines, f"{v} = ({v} + (1 << q >> 1)) >> q"]
        t = self.pointed("E", "EXP", EXP_TABLE.astype(np.int16), own=False)
        return [f"g = {v} >> 6", f"p = {t}[g]", f"{v} = p + ((({t}[g + 1] - p) * ({v} & 63) + 32) >> 6)"]

    def result(self, v: str, index: str) -> list[str]:
        """A row's result from scratch."""
        lines = ["if SH:", f"    {v} = ({v} << SH) >> SH"] if self.viper else []
        return [f"{v} = {SCRATCH}[{index}]", *lines]

    def indented(self, lines: Sequence[str], pad: int) -> str:
        """Lines of a body."""
        return "\n".join(f"{' ' * pad}{line}" for line in lines)
