"""Calls: what functions are called with becomes their contracts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .contexts import Context, absorb, find_folds
from .exhaust import MOST, Exhaust
from .expressions import Expressions
from .loops import divisors
from .memories import Env
from .source import Source
from .values import Bounds, Memory, Type, Value


class Calls(Expressions):
    """Functions as units, each with what its callers pass."""

    def __init__(
        self, source: Source, axioms: Mapping[str, Bounds], exhaust: Exhaust, inside: Collection[str] = ()
    ) -> None:
        super().__init__(source, axioms, inside)
        self.exhaust = exhaust
        self.contexts: dict[tuple[Any, ...], Context] = {}
        self.round = 0
        self.stack: list[Context] = []

    @property
    def context(self) -> Context:
        """The unit at hand."""
        return self.stack[-1]

    @abstractmethod
    def body(self, node: Any, env: Env) -> Value | None:
        """The result of a function's body."""

    def unit(self, function: str, parameters: dict[str, Memory | Value], key: tuple[Any, ...]) -> Context:
        """A function's context: what it is called with joined to what it was, analysed anew where that is more."""
        one = self.contexts.get(key)
        if one is None:
            count = sum(other.function == function for other in self.contexts.values())
            name = f"{function}_{count + 1}" if count else function
            one = self.contexts[key] = Context(name, function, self.source.functions[function])
        before = one.state()
        for name, value in parameters.items():
            if isinstance(value, Value) and name in one.domain:
                value = value.bounded(*one.domain[name])  # noqa: PLW2901
            one.parameters[name] = self.joined(one.parameters.get(name), value)
        if one.done == self.round and one.state() == before:
            return one
        one.done = self.round
        one.notes, one.calls, one.written, one.turns, one.endless, one.axioms = {}, {}, set(), 2, False, set()
        one.exact = ""
        find_folds(one)
        self._narrow_divisors(one)
        tables = [value for value in one.parameters.values() if isinstance(value, Memory) and value.constant]
        one.rows = next((value.axiom for value in tables if value.axiom), None)
        self.stack.append(one)
        result = self.body(one.node, dict(one.parameters))
        self.stack.pop()
        exact = self.tried(one) if result is not None else None
        if exact is not None:
            one.returned = exact
        elif result is not None:
            one.returned = result if one.returned is None else one.returned.join(result)
        return one

    def _narrow_divisors(self, one: Context) -> None:
        """What a function divides by is not 0: its callers show it."""
        for name in divisors(one.node):
            value = one.parameters.get(name)
            if isinstance(value, Value) and value.low == 0 < value.high:
                one.domain[name] = (1, value.type.high)
                one.parameters[name] = value.bounded(1, value.high)

    def tried(self, one: Context) -> Value | None:
        """The result of a function of one narrow value at all of its values; nothing where it is no such function."""
        numbers = {name: value for name, value in one.parameters.items() if isinstance(value, Value)}
        wide = [name for name, value in numbers.items() if not value.single]
        tables = {name: value for name, value in one.parameters.items() if isinstance(value, Memory)}
        if len(wide) != 1 or len(tables) > 1 or any(not value.tables for value in tables.values()):
            return None
        low, high = numbers[wide[0]].low, numbers[wide[0]].high
        if high - low >= MOST:
            return None
        results = []
        for table in sorted(next(iter(tables.values())).tables) if tables else [""]:
            words = {**{name: str(value.low) for name, value in numbers.items()}, **dict.fromkeys(tables, table)}
            arguments = ", ".join({**words, wide[0]: "x"}[name] for name in one.parameters)
            bounds = self.exhaust.bounds(one.function, arguments, low, high)
            if bounds is None and low < 0 < high:  # callers show that it is not negative
                one.domain[wide[0]] = (0, numbers[wide[0]].type.high)
                one.parameters[wide[0]] = numbers[wide[0]].bounded(0, high)
                bounds = self.exhaust.bounds(one.function, arguments, 0, high)
            results.append(bounds)
            one.at_zero = self.exhaust.bounds(one.function, arguments, 0, 0) if bounds and low <= 0 <= high else None
        known = [each for each in results if each is not None]
        if len(known) < len(results):
            return None
        one.exact = wide[0]
        one.at_zero = one.at_zero if len(results) == 1 else None
        kind = self.type_of(one.node.decl.type.type)
        return Value(kind, min(least for least, _ in known), max(most for _, most in known))

    def joined(self, old: Memory | Value | None, new: Memory | Value) -> Memory | Value:
        """A parameter of both."""
        if old is None:
            return new
        if isinstance(old, Value) and isinstance(new, Value):
            return old.join(new)
        assert isinstance(old, Memory) and isinstance(new, Memory)
        if old is not new:
            absorb(old, new)
        return old

    def call_unit(self, node: Any, function: str, arguments: list[Value], env: Env) -> Value:
        """A call of a function that has a contract."""
        parameters, key, back = self.passed(function, arguments, env)
        if self.quiet:
            known = self.contexts.get(key)
            exact = known.returned if known is not None and known.exact else None
            return exact or self.call_inside(function, arguments, env)
        one = self.unit(function, parameters, key)
        self.context.calls[id(node)] = one
        rows = next(
            (a.memory.axiom for v in arguments for a in v.targets if a.memory.axiom and a.memory.constant), None
        )
        for mine, theirs in back:
            if id(theirs) in one.written or theirs.fields:
                if rows and not theirs.type.to and theirs.type.bits >= 32 and not mine.fixed:
                    mine.put(*rows)
                    self.context.axioms.add(f"sums of {function}")
                else:
                    absorb(mine, theirs)
                self.wrote(mine)
        for mine, _ in back:
            self.forget(mine, env)
        return one.returned or Value(Type(record="void"))

    def call_inside(self, function: str, arguments: list[Value], env: Env) -> Value:
        """A call as if the function stood there."""
        node = self.source.functions[function]
        if function in self.inside:
            self.context.notes["inside", id(node)] = True
            # a part of a struct has bounds of its own only as an object: no proof then
            self.context.endless |= any("->" in one.memory.name for argument in arguments for one in argument.targets)
        inner: Env = {key: value for key, value in env.items() if isinstance(key, int)}
        for declared, argument in zip(self.parameters_of(node), arguments, strict=True):
            inner[declared.name] = argument.cast(self.type_of(declared.type))
        result = self.body(node, inner)
        for key, value in inner.items():
            if isinstance(key, int):
                env[key] = value
        return result or Value(Type(record="void"))

    def passed(
        self, function: str, arguments: list[Value], env: Env
    ) -> tuple[dict[str, Memory | Value], tuple[Any, ...], list[tuple[Memory, Memory]]]:
        """A call's arguments as parameters of a context, what tells it from others, and objects of both sides."""
        parameters: dict[str, Memory | Value] = {}
        key: list[Any] = [function]
        back = []
        declared = self.parameters_of(self.source.functions[function])
        for one, value in zip(declared, arguments, strict=True):
            kind = self.type_of(one.type)
            if kind.scalar:
                number = value.cast(kind)
                parameters[one.name] = replace(number, base="")
                key.append(number.low if number.single else None)
                continue
            for target in value.targets:
                self.settled(target.memory, env)
            theirs = self.parameter(one.name, kind, value)
            parameters[one.name] = theirs
            key.append((theirs.count, theirs.type.record, theirs.cell))
            if theirs.type.to is None:
                back += [(target.memory, theirs) for target in value.targets if not target.memory.constant]
        known = self.contexts.get(tuple(key))
        if known is not None:
            back = [(mine, known.parameters[theirs.name]) for mine, theirs in back]  # type: ignore[misc]
        return parameters, tuple(key), back
