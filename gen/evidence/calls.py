"""Calls: the arguments of all callers give a function's contract."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .contexts import ProofUnit, UnreadError, absorb
from .expressions import Expressions
from .memories import Env
from .source import CSource
from .values import Bounds, Interval, Memory, Type, rows_of


def rows_passed(parameters: Mapping[str, Memory | Interval]) -> Bounds | None:
    """The bounds of a row's sum in the tables among a call's parameters."""
    return rows_of(value for value in parameters.values() if isinstance(value, Memory) and value.constant)


class Calls(Expressions):
    """Functions as units, each with the arguments of its callers."""

    def __init__(self, source: CSource, axioms: Mapping[str, Bounds], inside: Collection[str] = ()) -> None:
        super().__init__(source, axioms, inside)
        self.asked: dict[tuple[Any, ...], int] = {}
        self.contexts: dict[tuple[Any, ...], ProofUnit] = {}
        self.round = 0
        self.stack: list[ProofUnit] = []

    @property
    def context(self) -> ProofUnit:
        """The current unit."""
        return self.stack[-1]

    @abstractmethod
    def body(self, node: Any, env: Env) -> Interval | None:
        """The result of a function's body."""

    def unit(self, function: str, parameters: dict[str, Memory | Interval], key: tuple[Any, ...]) -> ProofUnit:
        """A function's context, with the call's arguments joined to earlier ones; it is analysed again if they are
        wider."""
        unit = self.contexts.get(key)
        if unit is None:
            unit = self.contexts[key] = ProofUnit(function, function, self.source.functions[function])
        before, ranges = unit.state(), self.source.ranges.get(function, {})
        for name, value in parameters.items():
            if isinstance(value, Interval) and name in ranges:
                value = value.bounded(*ranges[name])  # noqa: PLW2901
            unit.parameters[name] = self.joined(unit.parameters.get(name), value)
        if unit.done == self.round and unit.state() == before:
            return unit
        unit.done = self.round
        unit.notes, unit.calls, unit.written, unit.turns, unit.endless, unit.axioms = {}, {}, set(), 2, False, set()
        unit.unread = ""
        unit.rows = rows_passed(unit.parameters)
        self.stack.append(unit)
        try:
            result = self.body(unit.node, dict(unit.parameters))
        except UnreadError as error:
            unit.unread, unit.endless = f"not read: {error}", True
            kind = self.type_of(unit.node.decl.type.type)
            result = Interval(kind, kind.low, kind.high) if kind.scalar else None
        if result is not None:
            unit.returned = result if unit.returned is None else unit.returned.join(result)
        self.stack.pop()
        return unit

    def reached(self, functions: Collection[str]) -> dict[tuple[Any, ...], int]:
        """The number of elements that functions access in their parameters, by function, its constant arguments, and
        parameter."""
        reached: dict[tuple[Any, ...], int] = {}
        for unit in (unit for unit in self.contexts.values() if unit.function in functions):
            numbers = (value for value in unit.parameters.values() if isinstance(value, Interval))
            constants = unit.function, *(value.low if value.single else None for value in numbers)
            names = {id(value): name for name, value in unit.parameters.items()}
            for (kind, _), note in unit.notes.items():
                for target in note[1] if kind in ("read", "write") else ():
                    key = *constants, names.get(id(target.memory))
                    reached[key] = max(reached.get(key, 0), target.high + 1)
        return reached

    def joined(self, old: Memory | Interval | None, new: Memory | Interval) -> Memory | Interval:
        """A parameter that covers both the old and the new arguments."""
        if old is None:
            return new
        if isinstance(old, Interval) and isinstance(new, Interval):
            return old.join(new)
        assert isinstance(old, Memory) and isinstance(new, Memory)
        absorb(old, new)
        old.tables = old.tables | new.tables if old.tables and new.tables else frozenset()
        old.constant &= new.constant
        return old

    def call_unit(self, node: Any, function: str, arguments: list[Interval], env: Env) -> Interval:
        """A call of a function with a contract."""
        parameters, key, back = self.passed(function, arguments, env)
        if self.quiet:
            return self.call_inside(function, arguments, env)
        rows = rows_passed(parameters)  # before those of other callers join them
        unit = self.unit(function, parameters, key)
        self.context.calls[id(node)] = unit
        for mine, theirs in back:
            if id(theirs) in unit.written or theirs.fields:
                if rows and not theirs.type.to and theirs.type.bits >= 32 and not mine.fixed:
                    mine.put(*rows)
                    self.context.axioms.add(f"sums of {function}")
                else:
                    absorb(mine, theirs)
                self.wrote(mine)
        for mine, _ in back:
            self.forget(mine, env)
        return unit.returned or Interval(Type(record="void"))

    def call_inside(self, function: str, arguments: list[Interval], env: Env) -> Interval:
        """A call, analysed as if the function's body were in the caller."""
        node = self.source.functions[function]
        if function in self.inside and not self.quiet:
            self.context.notes["inside", id(node)] = True
            # a part of a struct has its own bounds only as a whole object: no proof then
            targets = [target for argument in arguments for target in argument.targets]
            pointed = (other for target in targets for other in (target, *target.memory.pointers))
            self.context.endless |= any("->" in target.memory.name for target in pointed)
        inner: Env = {key: value for key, value in env.items() if isinstance(key, int)}
        for declared, argument in zip(self.parameters_of(node), arguments, strict=True):
            inner[declared.name] = argument.cast(self.type_of(declared.type))
        result = self.body(node, inner)
        for key, value in inner.items():
            if isinstance(key, int):
                env[key] = value
        return result or Interval(Type(record="void"))

    def passed(
        self, function: str, arguments: list[Interval], env: Env
    ) -> tuple[dict[str, Memory | Interval], tuple[Any, ...], list[tuple[Memory, Memory]]]:
        """A call's arguments as parameters of a context; the key of that context; pairs of the caller's and the
        callee's objects."""
        parameters: dict[str, Memory | Interval] = {}
        declared = self.parameters_of(self.source.functions[function])
        kinds = [(parameter.name, self.type_of(parameter.type)) for parameter in declared]
        passed = [(*both, value) for both, value in zip(kinds, arguments, strict=True)]
        numbers = {name: value.cast(kind) for name, kind, value in passed if kind.scalar}
        key: list[Any] = [function, *(number.low if number.single else None for number in numbers.values())]
        back, constants = [], tuple(key)
        for name, kind, value in passed:
            if name in numbers:
                parameters[name] = replace(numbers[name], since={})
                continue
            for target in value.targets:
                self.settled(target.memory, env)
            # of a part of an object no more: CBMC would see the end of the object alone
            part = any(target.end or "->" in target.memory.name for target in value.targets)
            asked = 0 if part else self.asked.get((*constants, name), 0)
            parameters[name] = theirs = self.parameter(name, kind, value, self.source.functions[function], asked)
            key.append((theirs.count, theirs.type.record, theirs.cell))
            if theirs.type.to is None:
                back += [(target.memory, theirs) for target in value.targets if not target.memory.constant]
        known = self.contexts.get(tuple(key))
        if known is not None:
            back = [(mine, known.parameters[theirs.name]) for mine, theirs in back]  # type: ignore[misc]
        return parameters, tuple(key), back
