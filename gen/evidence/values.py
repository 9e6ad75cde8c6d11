"""The data of the interval arithmetic: types, memory, and values between two bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import add, lshift, mul, rshift, sub
from typing import Any

Bounds = tuple[int, int]
EMPTY: frozenset[PointerTarget] = frozenset()
SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
"""A comparison's operator with both sides swapped."""


@dataclass(frozen=True)
class Type:
    """An integer type, a pointer ``to`` another, an array of ``count`` of them, or a struct: a ``record``."""

    bits: int = 32
    signed: bool = True
    to: Type | None = None
    count: int = 0
    record: str = ""

    @property
    def low(self) -> int:
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def high(self) -> int:
        return (1 << self.bits - self.signed) - 1

    @property
    def scalar(self) -> bool:
        """Whether it is an integer."""
        return self.to is None and not self.record

    @property
    def flat(self) -> int:
        """Number of integers, pointers or structs in it."""
        return self.count * self.to.flat if self.count and self.to else 1

    @property
    def element(self) -> Type:
        """The innermost element type of an array."""
        return self.to.element if self.count and self.to else self

    @property
    def spelled(self) -> str:
        """C's name of an integer type."""
        return f"{'' if self.signed else 'u'}int{self.bits}_t"


@dataclass(eq=False)
class Memory:
    """An object in memory: all its integers are between two bounds.

    Args:
        name: for people.
        type: of an element.
        count: number of elements.
        fixed: whether its bounds are those of its type, or of a table: writes do not change them.
        constant: whether it is a table.
        fields: the fields of a struct.
    """

    name: str
    type: Type
    count: int
    low: int = 0
    high: int = 0
    fixed: bool = False
    constant: bool = False
    pointers: frozenset[PointerTarget] = EMPTY
    null: bool = False
    fields: dict[str, Memory] = field(default_factory=dict)
    begun: bool = False
    cell: bool = False
    """Whether its value is tracked at each point: a variable whose address is taken, or a number of a struct."""
    declared: tuple[Any, ...] = ()
    """The declarations of the fields of an unnamed struct."""
    axiom: Bounds | None = None
    """The bounds of sums, for a table of weights or an array of sums."""
    tables: frozenset[str] = frozenset()
    """The tables that a constant parameter may be."""
    row: Type | None = None
    """The type that the name of a table points to."""
    limits: Bounds | None = None
    """The range of a number that is known beforehand. Nothing beyond is proposed; CBMC checks that nothing else is
    written."""

    def bounds(self, kind: Type) -> Bounds:
        """The bounds of a number in it, read as this type."""
        same = (kind.bits, kind.signed) == (self.type.bits, self.type.signed)
        return (self.low, self.high) if same or not kind.scalar else (kind.low, kind.high)

    def put(self, low: int, high: int) -> None:
        """Record that a value between two bounds is written."""
        if self.fixed:
            return
        if self.limits is not None:
            low, high = max(low, self.limits[0]), min(high, self.limits[1])
        if not self.begun:
            self.low, self.high, self.begun = low, high, True
        self.low, self.high = min(self.low, low), max(self.high, high)


def rows_of(tables: Iterable[Memory]) -> Bounds | None:
    """The bounds of a row's sum in any of several tables of weights; None without one."""
    bounds = [table.axiom for table in tables if table.axiom]
    return (min(low for low, _ in bounds), max(high for _, high in bounds)) if bounds else None


@dataclass(frozen=True)
class PointerTarget:
    """A place that a pointer may point to: an object, and bounds of the offset in elements."""

    memory: Memory
    low: int = 0
    high: int = 0
    end: int = 0
    """The end of the place, if it is a part of an object; 0 if it ends with the object."""

    def moved(self, low: int, high: int) -> PointerTarget:
        """The place moved by a number of elements between two bounds."""
        return PointerTarget(self.memory, self.low + low, self.high + high, self.end)

    @property
    def left(self) -> int:
        """The least number of elements after it: to the end of the place, or to the end of the object if it may be
        beyond the place."""
        end = self.end if self.high < self.end else self.memory.count
        return max(min(end, self.memory.count) - self.high, 0)


def merged(targets: Iterable[PointerTarget]) -> frozenset[PointerTarget]:
    """Targets merged to one per object."""
    by: dict[int, PointerTarget] = {}
    for target in targets:
        earlier = by.get(id(target.memory), target)
        low, high, end = min(target.low, earlier.low), max(target.high, earlier.high), min(target.end, earlier.end)
        by[id(target.memory)] = PointerTarget(target.memory, low, high, end)
    return frozenset(by.values())


@dataclass(frozen=True)
class Interval:
    """The possible values of an expression.

    Args:
        since: by variables at heads of loops: the bounds of this value minus that variable, if it is the variable plus
            something.
    """

    type: Type
    low: int = 0
    high: int = 0
    targets: frozenset[PointerTarget] = EMPTY
    null: bool = False
    since: Mapping[str, Bounds] = field(default_factory=dict)

    @property
    def single(self) -> bool:
        return self.low == self.high and self.type.scalar

    def bounded(self, low: int, high: int) -> Interval:
        """The same value within bounds; unchanged if no value would remain."""
        low, high = max(self.low, low), min(self.high, high)
        return replace(self, low=low, high=high) if low <= high else self

    def cast(self, type_: Type) -> Interval:
        """The value in another integer type; if it is out of range, all values of the type."""
        scalar = type_.scalar and self.type.scalar
        if scalar and (self.low < type_.low or self.high > type_.high):
            return Interval(type_, type_.low, type_.high)
        return replace(self, type=type_)

    def join(self, other: Interval) -> Interval:
        """A value that is one or the other."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        shared = [(head, self.since[head], other.since[head]) for head in self.since if head in other.since]
        since = {head: (min(a[0], b[0]), max(a[1], b[1])) for head, a, b in shared}
        targets = merged((*self.targets, *other.targets))
        return Interval(self.type, low, high, targets, self.null or other.null, since)

    def beyond(self, low: int, high: int) -> dict[str, Bounds]:
        """Bounds of its distances from variables at heads of loops, after the addition of ``low`` to ``high``."""
        return {head: (since[0] + low, since[1] + high) for head, since in self.since.items()}


def squared(a: Bounds) -> Bounds:
    """The bounds of a square."""
    least, most = sorted((a[0] ** 2, a[1] ** 2))
    return (0 if a[0] <= 0 <= a[1] else least), most


def bitwise(operator: str, a: Bounds, b: Bounds) -> Bounds:
    """The bounds of a bitwise and, or, exclusive or; the latter two need operands that are not negative."""
    if operator == "&" and min(a[0], b[0]) < 0:
        mask = b[1] if b[0] >= 0 else a[1] if a[0] >= 0 else None
        return (0, mask) if mask is not None else (min(a[0], b[0]), max(a[1], b[1]))
    if operator == "&":
        return 0, min(a[1], b[1])
    bits = max(a[1], b[1], 0).bit_length()
    return (0, (1 << bits) - 1) if min(a[0], b[0]) >= 0 else (-(1 << bits), (1 << bits) - 1)


def truncated_quotient(x: int, y: int) -> int:
    """A quotient, truncated towards zero."""
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


MONOTONOUS = {"+": add, "-": sub, "*": mul, "/": truncated_quotient, "<<": lshift, ">>": rshift}
"""Operators that are largest and smallest if each side is at an end, or next to zero."""


def result_bounds(operator: str, a: Bounds, b: Bounds) -> Bounds:
    """The bounds of an operator's result; for a quotient, of divisors other than 0."""
    if operator == "%":
        most = max(abs(b[0]), abs(b[1])) - 1
        return (0 if a[0] >= 0 else -most), (min(a[1], most) if a[1] >= 0 else 0)
    if operator not in MONOTONOUS:
        return bitwise(operator, a, b)
    first, second = ({n for n in (*side, -1, 0, 1) if side[0] <= n <= side[1]} for side in (a, b))
    if operator == "/":
        second = second - {0} or {1, -1}
    if operator in ("<<", ">>"):
        second = {min(max(n, 0), 64) for n in second}
    corners = [MONOTONOUS[operator](x, y) for x in first for y in second]
    return min(corners), max(corners)
