"""Functions with what they are called with: the units of proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .values import Bounds, Memory, Value, merged


class UnreadError(Exception):
    """The analysis cannot read what a function has: the function is not proved."""


@dataclass(eq=False)
class Context:
    """A function with what its callers pass it: a unit of proof.

    Args:
        name: of the function, and a number where callers differ. parameters: an object a pointer, bounds a number.
    """

    name: str
    function: str
    node: Any
    parameters: dict[str, Memory | Value] = field(default_factory=dict)
    returned: Value | None = None
    notes: dict[tuple[str, int], Any] = field(default_factory=dict)
    calls: dict[int, Context] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    turns: int = 2
    endless: bool = False
    unread: str = ""
    axioms: set[str] = field(default_factory=set)
    done: int = -1
    number: str = ""
    """The one narrow parameter of a function that has none but tables beside it: their values matter."""
    rows: Bounds | None = None
    """What sums of rows lie between, where a table is among its parameters."""

    def state(self) -> tuple[Any, ...]:
        """What its results rest on."""
        return tuple(state_of(one) for one in self.parameters.values())


def state_of(one: Memory | Value) -> Any:
    if isinstance(one, Value):
        return one.low, one.high, one.null
    return one.low, one.high, one.axiom, one.null, one.tables, tuple((k, state_of(v)) for k, v in one.fields.items())


def absorb(one: Memory, other: Memory) -> None:
    """Take in what another object of the same type holds."""
    if other.begun or other.fixed:
        one.put(other.low, other.high)
    one.pointers = merged((*one.pointers, *other.pointers))
    one.null = one.null or other.null
    if other.axiom:
        mine = one.axiom or other.axiom
        one.axiom = (min(mine[0], other.axiom[0]), max(mine[1], other.axiom[1]))
    for name, part in other.fields.items():
        if one.fields.setdefault(name, part) is not part:
            absorb(one.fields[name], part)
