"""Integer forms of cells that mix activated gates into one state. One formula gives the definition, C and MicroPython.

The formula is called with NumPy's integers and with expressions of both languages. So it may add, subtract, multiply
values by integers and each other, and shift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..backends.c99.expression import Expr
from ..core.formats import Array, Format
from ..core.op import Op, States
from ..layers.base import equal_parts
from ..layers.integer.base import Rule, Task
from ..layers.integer.cells import IntegerCell, compensated_bias, gate_matrix, output_formats, shared, unit_inside
from ..layers.recurrent import Recurrent
from ..numerics.fixed import round_shift, saturate
from ..numerics.unit import Unit, spacious

Formula = Callable[..., Any]
"""``formula(shift, h, *gates, **constants)``, all int16 but the constants; ``shift(v, n)`` is v / 2^n rounded."""


@dataclass(frozen=True)
class FormulaBounds:
    """Least and largest value of a part of a formula, which must fit 32 bits.

    Raises:
        OverflowError: they do not.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if not -(2**31) <= self.low <= self.high < 2**31:
            raise OverflowError(f"part of it reaches from {self.low:,} to {self.high:,}, and 32 bits do not hold that")

    def __add__(self, other: FormulaBounds | int) -> FormulaBounds:
        other = other if isinstance(other, FormulaBounds) else FormulaBounds(other, other)
        return FormulaBounds(self.low + other.low, self.high + other.high)

    def __mul__(self, other: FormulaBounds | int) -> FormulaBounds:
        other = other if isinstance(other, FormulaBounds) else FormulaBounds(other, other)
        ends = [x * y for x in (self.low, self.high) for y in (other.low, other.high)]
        return FormulaBounds(min(ends), max(ends))

    def __sub__(self, other: FormulaBounds | int) -> FormulaBounds:
        return self + other * -1

    def __rsub__(self, other: int) -> FormulaBounds:
        return self * -1 + other

    __radd__, __rmul__ = __add__, __mul__

    def shifted(self, places: int) -> FormulaBounds:
        """The bounds after ``shift``: rounded, and shifted right."""
        if places <= 0:
            return self * (1 << -places)
        half = self + (1 << (places - 1))
        return FormulaBounds(half.low >> places, half.high >> places)


def bounds_of(activation: Unit | None) -> FormulaBounds:
    """The bounds of a gate."""
    return FormulaBounds(0 if activation is not None and activation.function.shares else -32768, 32767)


@dataclass(frozen=True, eq=False)
class MixedCell(IntegerCell):
    """h' = sat(formula(h, gates)), each gate a(sat(W x + U h + b)) in 16 bits.

    Args:
        past: None if the gates do not see h.
        activations: one per gate; None for a linear gate, on the scale of h.
        constants: integers that the formula takes by name.
    """

    formula: ClassVar[Formula]
    memories: ClassVar[Mapping[str, str]] = {"h": "state"}

    past: Any
    activations: tuple[Unit | None, ...]
    constants: tuple[tuple[str, int], ...]

    @property
    def parts(self) -> Sequence[Any]:
        return [self.own] if self.past is None else [self.own, self.past]

    def arrays(self) -> dict[str, Array]:
        return super().arrays() if self.past is not None else self.own.arrays("kernel")

    @staticmethod
    def value(name: str) -> Expr:
        return Expr(name)

    @staticmethod
    def shifted(value: Expr, places: int) -> Expr:
        """The value, rounded and shifted right, as an expression."""
        return (value + (1 << (places - 1))) >> places if places > 0 else value * (1 << -places)

    def mixed(self, h: Any, shift: Callable[[Any, int], Any], gates: Sequence[Any] = ()) -> Any:
        """The new state before saturation; without ``gates``, these are variables of generated code."""
        values = gates or [self.value(f"gate_{letter}") for letter in self.gates]
        return type(self).formula(shift, h, *values, **dict(self.constants))

    def cell(self, x: Array, states: States) -> States:
        sums = self.own(x) if self.past is None else self.own(x) + self.past(states[0])
        parts = zip(self.activations, equal_parts(saturate(sums, 16), len(self.gates)), strict=True)
        gates = [z if activation is None else activation(z) for activation, z in parts]
        return (saturate(self.mixed(states[0], round_shift, gates), 16),)


def mix_rule(
    kind: str,
    formula: Formula,
    activations: Mapping[str, str],
    places: int | None,
    bias: Callable[[Any], Array],
    constants: Callable[[Any, Format], Mapping[str, int]],
) -> Rule:
    """The rule of a :class:`MixedCell`; arguments as for ``custom.mix``."""
    namespace = {"kind": kind, "gates": "".join(activations), "formula": staticmethod(formula)}
    integer_cell: Any = type(kind, (MixedCell,), namespace)
    gates = len(activations)

    def rule(op: Recurrent, task: Task) -> tuple[Op, Sequence[Format]]:
        units = [None if name == "linear" else unit_inside(getattr(op, name), task) for name in activations.values()]
        spans = [
            span for name, span in task.inner.items() if name == "h" or (name == "result linear" and None in units)
        ]
        h = spacious(min(map(min, spans)), max(map(max, spans))) if places is None else Format("int16", 2.0**-places)
        scale = np.repeat([h.scale if unit is None else unit.source.scale for unit in units], op.units)
        source, recurrent_matrix = task.input_format(0, task.dtype), None
        begin: Array | None = bias(op)
        kernel = np.tile(op.kernel, len(scale) // op.kernel.shape[1])
        if "recurrent" in op.stored:
            rows = np.tile(op.recurrent, len(scale) // op.recurrent.shape[1])
            recurrent_matrix = gate_matrix(task, "recurrent", rows, None, h, scale, gates)
            begin = compensated_bias(kernel, begin, recurrent_matrix)
        input_matrix = gate_matrix(task, "kernel", kernel, begin, source, scale, gates)
        fields = {"activations": tuple(units), "constants": tuple(constants(op, h).items())}
        form = integer_cell(**shared(op), own=input_matrix, past=recurrent_matrix, formats=(h,), **fields)
        try:
            form.mixed(FormulaBounds(-32768, 32767), FormulaBounds.shifted, list(map(bounds_of, units)))
        except (OverflowError, TypeError) as error:
            raise task.refuse(f"its formula cannot be computed: {error}", "mend the formula of custom.mix") from None
        return form, output_formats(task, form, (h, h, h))

    return rule
