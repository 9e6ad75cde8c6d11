"""Interval arithmetic over generated C: what each variable, each place in memory and each loop's sums lie between.

Its results are proposals: contracts and invariants that CBMC then checks, so that a mistake here is no proof that holds
by mistake but one that fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pycparser import c_ast

from .calls import Calls
from .contexts import Context
from .loops import Loop, assigned, declared_in, inductions, remainder
from .memories import ORDER, Env
from .source import Source, every
from .values import Bounds, Memory, Target, Type, Value

TURNS = 140
"""Turns that a loop without a counter takes at most."""
ROUNDS, WIDENED = 12, 7
"""Rounds until nothing may move, and until what still grows is all of its type."""


class Walk(Calls):
    """The analysis of a source from its entries."""

    def __init__(self, source: Source, axioms: Mapping[str, Bounds], inside: Collection[str] = ()) -> None:
        super().__init__(source, axioms, inside)
        self.frames: list[list[Env]] = []
        self.again: list[list[Env]] = []
        self.results: list[list[Value]] = []
        self.within: list[Any] = []
        self.settled_at = ROUNDS
        self.seen: dict[tuple[int, Any], Bounds] = {}

    def run(self, entries: Mapping[str, Mapping[str, Memory | Value]]) -> list[Context]:
        """Analyse from entries, each with its parameters, until nothing moves.

        Returns:
            the units: each function with each kind of what it is called with.
        """
        before: Any = None
        for self.round in range(ROUNDS):
            for name, parameters in entries.items():
                self.unit(name, dict(parameters), (name,))
            self._widen()
            now = [
                (unit.name, unit.state(), unit.returned and (unit.returned.low, unit.returned.high))
                for unit in self.contexts.values()
            ] + [(memory.low, memory.high) for memory in self.objects.values()]
            if now == before:
                self.settled_at = self.round
                break
            before = now
        return list(self.contexts.values())

    def _widen(self) -> None:
        """Let what still grows hold all of its type."""
        known: list[tuple[dict[Any, Any], Any]] = [(self.objects, key) for key in self.objects]
        known += [(unit.parameters, name) for unit in self.contexts.values() for name in unit.parameters]
        for where, name in known:
            bounds, key = where[name], (id(where), name)
            now = (bounds.low, bounds.high)
            if self.round > WIDENED and bounds.type.scalar and self.seen.get(key, now) != now:
                if isinstance(bounds, Memory):
                    bounds.put(bounds.type.low, bounds.type.high)
                else:
                    where[name] = replace(bounds, low=bounds.type.low, high=bounds.type.high)
            self.seen[key] = now

    def body(self, node: Any, env: Env) -> Value | None:
        """The result of a function's body."""
        kept = self.quiet, self.frames, self.again, self.within
        self.frames, self.again, self.within = [], [], [*self.within, node]
        self.results.append([])
        try:
            for declared in self.parameters_of(node):
                passed = env[declared.name]
                if isinstance(passed, Memory):
                    kind = self.type_of(declared.type)
                    env[declared.name] = Value(Type(to=kind.to), targets=frozenset({Target(passed)}), null=passed.null)
            self.statement(node.body, env)
        finally:
            self.quiet, self.frames, self.again, self.within = kept
            values = self.results.pop()
        kind = self.type_of(node.decl.type.type)
        if not values or kind.record == "void":
            return None
        result = values[0].cast(kind)
        for value in values[1:]:
            result = result.join(value.cast(kind))
        said = self.source.ranges.get(node.decl.name, {}).get("y")
        return result.bounded(*said) if said else result

    def statement(self, node: Any, env: Env | None) -> Env | None:
        """What variables are behind a statement; None where nothing gets there."""
        if node is None or env is None:
            return env
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            after: Env | None = handler(node, env)
            return after
        self.value(node, env)
        return env

    def _Compound(self, node: Any, env: Env) -> Env | None:
        names = {item.name for item in node.block_items or () if isinstance(item, c_ast.Decl)}
        hidden = {name: env[name] for name in names if name in env}
        after: Env | None = env
        for item in node.block_items or ():
            after = self.statement(item, after)
        return _outside(after, names, hidden)

    def _DeclList(self, node: Any, env: Env) -> Env | None:
        for declared in node.decls:
            self.statement(declared, env)
        return env

    def _Decl(self, node: Any, env: Env) -> Env:
        if isinstance(node.type, c_ast.Enum):
            self.enumerate(node.type)
            return env
        kind = self.type_of(node.type, node.init)
        if kind.count or kind.record:
            memory = self.memory_of(node, kind)
            if isinstance(node.init, c_ast.InitList):
                self.store_all(node.init, memory, env)
            env[node.name] = memory
        elif node.init is not None:
            value = self.value(node.init, env).cast(kind)
            if size := self.source.locals.get(node.name, 0) if kind.to is not None else 0:
                places = (replace(target, end=target.high + size) for target in value.targets)
                value = replace(value, targets=frozenset(places))
            env[node.name] = value
        else:
            env[node.name] = Value(kind, kind.low, kind.high)
        return env

    def store_all(self, init: Any, memory: Memory, env: Env) -> None:
        """An array's first values."""
        for item in init.exprs:
            got = self.value(item, env)
            self.put(memory, got.cast(memory.type))
        if len(init.exprs) < memory.count:
            self.put(memory, Value(memory.type, 0, 0))

    def _If(self, node: Any, env: Env) -> Env | None:
        self.value(node.cond, env)
        yes, no = self.refined(node.cond, env, True), self.refined(node.cond, env, False)
        yes = self.statement(node.iftrue, yes)
        no = self.statement(node.iffalse, no)
        return self.either(env, yes, no)

    def either(self, env: Env, *ways: Env | None) -> Env | None:
        """The variables of whichever way was taken, in place."""
        reached = [env for env in ways if env is not None]
        if not reached:
            return None
        both = reached[0]
        for other in reached[1:]:
            both = join(both, other)
        env.clear()
        env.update(both)
        return env

    def _Return(self, node: Any, env: Env) -> None:
        if node.expr is not None:
            self.results[-1].append(self.value(node.expr, env))

    def _Break(self, node: Any, env: Env) -> None:
        self.frames[-1].append(dict(env))

    def _Continue(self, node: Any, env: Env) -> None:
        self.again[-1].append(dict(env))

    def _EmptyStatement(self, node: Any, env: Env) -> Env:
        return env

    def _While(self, node: Any, env: Env) -> Env | None:
        return self.unrolled(node, node.cond, None, env)

    def _DoWhile(self, node: Any, env: Env) -> Env | None:
        return self.unrolled(node, node.cond, None, env, first=True)

    def _For(self, node: Any, env: Env) -> Env | None:
        names = {declared.name for declared in node.init.decls} if isinstance(node.init, c_ast.DeclList) else set()
        hidden = {name: env[name] for name in names if name in env}
        self.statement(node.init, env)
        loop = inductions(self, node, env)
        after = self.unrolled(node, node.cond, node.next, env) if loop is None else self.cut(node, loop, env)
        return _outside(after, names, hidden)

    def turn(self, node: Any, after: Any, env: Env) -> tuple[Env | None, list[Env]]:
        """A loop's body and what follows it: the variables then, and those of each break."""
        self.frames.append([])
        self.again.append([])
        end = self.statement(node.stmt, env)
        more, breaks = self.again.pop(), self.frames.pop()
        end = self.either({}, end, *more)
        if end is not None and after is not None:
            self.value(after, end)
        return end, breaks

    def unrolled(self, node: Any, cond: Any, after: Any, env: Env, first: bool = False) -> Env | None:
        """A loop turn by turn."""
        exits: list[Env] = []
        now: Env | None = dict(env)
        bound = remainder(cond, after, node.stmt)
        for turns in range(bound or TURNS):
            if now is None:
                break
            if not (first and turns == 0) and cond is not None:
                self.value(cond, now)
                out = self.refined(cond, now, False)
                exits += [] if out is None else [out]
                now = self.refined(cond, now, True)
                if now is None:
                    break
            now, breaks = self.turn(node, after, dict(now))
            exits += breaks
            self.context.notes["turns", id(node)] = max(self.context.notes.get(("turns", id(node)), 0), turns + 2)
            self.context.turns = max(self.context.turns, turns + 3)
        else:
            self.context.endless |= not bound
        return self.either(env, *exits)

    def cut(self, node: Any, loop: Loop, env: Env) -> Env | None:
        """A counted loop: one turn stands for all."""
        if loop.most <= 0:
            return self.either(env, self.refined(node.cond, env, False))
        for part in every(node.stmt):
            if isinstance(part, c_ast.UnaryOp) and part.op == "&" and getattr(part.expr, "name", None) in env:
                self.value(part, env)  # a variable that a turn makes a place in memory is one ahead of it
        start = dict(env)
        loop.places = list(self._places(start))
        hides = declared_in(node.stmt) & start.keys()
        if hides or any(_unfollowed(start.get(name), name in loop.steps) for name in assigned(node.stmt, node.next)):
            return self.unrolled(node, node.cond, node.next, env)
        head = self._head(loop, start, loop.most - 1)
        self.quiet += 1
        self._measure(node, loop, head, start)
        self._settle(node, loop, head, start)
        self.quiet -= 1
        _, breaks = self.turn(node, node.next, self._entered(node, dict(head)))
        if not self.quiet:
            loop.starts = {name: start[name] for name in (*loop.steps, *loop.sums)}
            self.context.notes["loop", id(node)] = loop
            self.context.notes["turns", id(node)] = max(self.context.notes.get(("turns", id(node)), 0), loop.most + 1)
            self.context.axioms |= {f"sums {name}" for name in loop.axioms}
        left = self._head(loop, start, loop.most)
        self._apply(loop, left, start, loop.most)
        return self.either(env, self.refined(node.cond, left, False), *breaks)

    def _places(self, env: Env) -> Iterator[tuple[str, Memory]]:
        """The objects of variables and of the function's parameters."""
        parameters = {declared.name for declared in self.parameters_of(self.within[-1])}
        for name, value in env.items():
            if isinstance(value, Memory):
                yield name, value
            elif name in parameters:
                yield from ((f"(*{name})", target.memory) for target in value.targets)

    def _measure(self, node: Any, loop: Loop, head: Env, start: Env) -> None:
        """Find what a turn adds to each variable; those that it sets otherwise have bounds of their own."""
        tag, first = f"#{id(node)}", dict(head)
        others = [name for name in assigned(node.stmt, node.next) if name in start and name not in loop.steps]
        for name in others:
            kind = start[name].type
            first[name] = Value(kind, kind.low, kind.high, base=name + tag)
        end, _ = self.turn(node, node.next, self._entered(node, first))
        for name in others:
            got = end and end.get(name)
            if not got or got.base != name + tag:
                loop.joined[name] = start[name]
            elif self.context.rows and self._exceeds(start[name], got.since, loop.most):
                loop.axioms[name] = self.context.rows
            else:
                loop.sums[name] = got.since

    def _entered(self, node: Any, env: Env) -> Env:
        return self.refined(node.cond, env, True) or env

    def _head(self, loop: Loop, start: Env, turns: int) -> Env:
        """Variables that move by steps, after up to so many turns."""
        head = {name: value for name, value in start.items() if isinstance(name, str)}
        for name, step in loop.steps.items():
            value = start[name]
            move = (min(0, step * turns), max(0, step * turns))
            if value.type.scalar:
                since = value.since[0] + move[0], value.since[1] + move[1]
                head[name] = replace(value, low=value.low + move[0], high=value.high + move[1], since=since)
            else:
                size = value.type.to.flat
                moved = (t.moved(move[0] * size, move[1] * size) for t in value.targets)
                head[name] = replace(value, targets=frozenset(moved))
        return head

    def _apply(self, loop: Loop, head: Env, start: Env, turns: int) -> None:
        """Sums after up to so many turns, and the rest as it is at any."""
        for name, (low, high) in loop.sums.items():
            value = start[name]
            down, up = min(0, low * turns), max(0, high * turns)
            least, most = value.low + down, value.high + up
            if least < value.type.low or most > value.type.high:
                least, most = value.type.low, value.type.high
            since = (value.since[0] + down, value.since[1] + up)
            head[name] = replace(value, low=least, high=most, since=since)
        for name, (low, high) in loop.axioms.items():
            head[name] = replace(start[name], low=min(low, start[name].low), high=max(high, start[name].high), base="")
        head.update(loop.joined)

    def _exceeds(self, start: Value, turn: Bounds, turns: int) -> bool:
        """Whether a sum leaves its type by what its turns add at most; a row's sum keeps to the table's bounds."""
        return start.low + turn[0] * turns < start.type.low or start.high + turn[1] * turns > start.type.high

    def _settle(self, node: Any, loop: Loop, head: Env, start: Env) -> None:
        """Find what the other variables lie between at the head of any turn."""
        for turns in range(6):
            self._apply(loop, head, start, loop.most - 1)
            if not loop.joined:
                return
            end, _ = self.turn(node, node.next, self._entered(node, dict(head)))
            before = dict(loop.joined)
            for name in loop.joined if end is not None else ():
                assert end is not None
                both = replace(loop.joined[name].join(end[name].cast(start[name].type)), base="")
                if turns > 3 and both.type.scalar and (both.low, both.high) != (before[name].low, before[name].high):
                    both = Value(both.type, both.type.low, both.type.high)
                loop.joined[name] = both
            if all(_same(before[name], value) for name, value in loop.joined.items()):
                break
        self._apply(loop, head, start, loop.most - 1)


def _unfollowed(value: Any, steps: bool) -> bool:
    """Whether a variable that a loop changes has no bounds: a pointer without a step, a variable with an address."""
    if isinstance(value, Memory):
        return value.cell
    return isinstance(value, Value) and not value.type.scalar and not steps


def _outside(env: Env | None, names: set[str], hidden: Env) -> Env | None:
    """The variables behind a block, in place: its own are gone, those that they hid are back."""
    if env is not None:
        for name in names:
            env.pop(name, None)
        env.update(hidden)
    return env


def join(env: Env, other: Env) -> Env:
    """Variables of either way."""
    both = {}
    for name in env.keys() & other.keys():
        a, b = env[name], other[name]
        both[name] = a.join(b) if isinstance(a, Value) and isinstance(b, Value) and a is not b else a
    if ORDER in both:  # what both ways have told
        a, b = env[ORDER], other[ORDER]
        both[ORDER] = {pair: max(a[pair], b[pair]) for pair in a.keys() & b.keys()}
    return both


def _same(a: Value, b: Value) -> bool:
    return (a.low, a.high, a.null, len(a.targets)) == (b.low, b.high, b.null, len(b.targets))
