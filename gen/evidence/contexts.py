"""Functions with their callers' arguments: the units of proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .values import Bounds, Interval, Memory, merged, rows_of


class UnreadError(Exception):
    """The function contains code that the analysis cannot read, so it is not proved."""


@dataclass(eq=False)
class ProofUnit:
    """A function with the arguments of its callers: a unit of proof.

    Args:
        name: the function's name, with a number if callers differ.
        parameters: an object for each pointer, bounds for each number.
    """

    name: str
    function: str
    node: Any
    parameters: dict[str, Memory | Interval] = field(default_factory=dict)
    returned: Interval | None = None
    notes: dict[tuple[str, int], Any] = field(default_factory=dict)
    calls: dict[int, ProofUnit] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    turns: int = 2
    endless: bool = False
    unread: str = ""
    axioms: set[str] = field(default_factory=set)
    done: int = -1
    rows: Bounds | None = None
    """Bounds of the sums of rows, if a parameter is a table."""

    def state(self) -> tuple[Any, ...]:
        """The values that the analysis of the unit depends on."""
        return tuple(state_of(parameter) for parameter in self.parameters.values())


def state_of(value: Memory | Interval) -> Any:
    if isinstance(value, Interval):
        return value.low, value.high, value.null
    parts = tuple((name, state_of(part)) for name, part in value.fields.items())
    return value.low, value.high, value.axiom, value.null, value.tables, parts


def absorb(memory: Memory, other: Memory) -> None:
    """Add the values of another object of the same type."""
    if other.begun or other.fixed:
        memory.put(other.low, other.high)
    memory.pointers = merged((*memory.pointers, *other.pointers))
    memory.null = memory.null or other.null
    memory.axiom = rows_of((memory, other))
    for name, part in other.fields.items():
        if memory.fields.setdefault(name, part) is not part:
            absorb(memory.fields[name], part)
