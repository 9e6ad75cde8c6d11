"""Interval arithmetic on generated C: bounds of each variable, each place in memory and each loop's sums.

Its results are proposals for contracts and invariants, which CBMC then checks. A mistake here therefore makes a proof
fail; it cannot make a false proof succeed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from pycparser import c_ast

from .calls import Calls
from .contexts import ProofUnit, state_of
from .loops import Loop, assigned, declared_in, inductions, remainder
from .memories import ORDER, Env
from .source import SPACED, CSource, identifiers, subtree, text
from .values import Bounds, Interval, Memory, PointerTarget, Type, rows_of

TURNS = 140
"""Largest number of turns of a loop without a counter."""
Head = tuple[str, int]
"""A variable at the head of a loop, and its unit."""
ROUNDS, WIDENED = 40, 20
"""Number of rounds until nothing may change, and the round after which growing values get the whole range of their
type."""


class IntervalWalk(Calls):
    """The analysis of a source from its entry functions."""

    def __init__(self, source: CSource, axioms: Mapping[str, Bounds], inside: Collection[str] = ()) -> None:
        super().__init__(source, axioms, inside)
        self.breaks: list[list[Env]] = []
        self.continues: list[list[Env]] = []
        self.results: list[list[Interval]] = []
        self.within: list[Any] = []
        self.settled_at = ROUNDS
        self.sums: dict[Head, Interval] = {}
        """Bounds of what a turn of a loop adds to a variable."""
        self.mixed: dict[Head, Interval] = {}
        """Bounds of other variables at the head of any turn."""

    def run(self, entries: Mapping[str, Mapping[str, Memory | Interval]]) -> list[ProofUnit]:
        """Analyse from the entry functions, each with its arguments, until nothing changes.

        Returns:
            the units: each function with each kind of its arguments.
        """
        before: dict[Any, Any] = {}
        for self.round in range(ROUNDS):
            for name, parameters in entries.items():
                self.unit(name, dict(parameters), (name,))
            numbers: list[dict[Any, Any]] = [self.objects, self.sums, self.mixed]
            numbers += [unit.parameters for unit in self.contexts.values()]
            now = {(id(place), key): state_of(known) for place in numbers for key, known in place.items()}
            if now == before:
                self.settled_at = self.round
                break
            for place in numbers if self.round > WIDENED else ():
                moved = [key for key in place if before.get((id(place), key)) != now[id(place), key]]
                place.update((key, _whole(place[key])) for key in moved)
            before = now
        return self._called()

    def _called(self) -> list[ProofUnit]:
        """The units that were called in the last round; several units of a function are numbered."""
        counts = Counter[str]()
        units = [unit for unit in self.contexts.values() if unit.done == self.round]
        for unit in units:
            counts[unit.function] += 1
            unit.name = unit.function + (f"_{counts[unit.function]}" if counts[unit.function] > 1 else "")
        return units

    def body(self, node: Any, env: Env) -> Interval | None:
        """The result of a function's body."""
        saved = self.quiet, self.breaks, self.continues, self.within
        self.breaks, self.continues, self.within = [], [], [*self.within, node]
        self.results.append([])
        try:
            for declared in self.parameters_of(node):
                passed = env[declared.name]
                if isinstance(passed, Memory):
                    kind, target = self.type_of(declared.type), PointerTarget(passed)
                    env[declared.name] = Interval(Type(to=kind.to), targets=frozenset({target}), null=passed.null)
            self.statement(node.body, env)
        finally:
            self.quiet, self.breaks, self.continues, self.within = saved
            values = self.results.pop()
        kind = self.type_of(node.decl.type.type)
        if not values or kind.record == "void":
            return None
        result = reduce(Interval.join, (value.cast(kind) for value in values))
        result_range = self.source.ranges.get(node.decl.name, {}).get("y")
        return result.bounded(*result_range) if result_range else result

    def statement(self, node: Any, env: Env | None) -> Env | None:
        """The variables after a statement; None if it is not reached or never ends."""
        if env is None or node is None or isinstance(node, c_ast.EmptyStatement):
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
            pointer = SPACED.sub("", f"{node.name} = {text(node.init)}") if kind.to is not None else ""
            if size := self.source.locals.get(pointer, 0):
                places = (replace(target, end=target.high + size) for target in value.targets)
                value = replace(value, targets=frozenset(places))
            env[node.name] = value
        else:
            env[node.name] = Interval(kind, kind.low, kind.high)
        return env

    def store_all(self, init: Any, memory: Memory, env: Env) -> None:
        """Write an array's initial values."""
        for item in init.exprs:
            self.put(memory, self.value(item, env).cast(memory.type))
        if len(init.exprs) < memory.count:
            self.put(memory, Interval(memory.type, 0, 0))

    def _If(self, node: Any, env: Env) -> Env | None:
        self.value(node.cond, env)
        yes, no = self.refined(node.cond, env, True), self.refined(node.cond, env, False)
        yes = self.statement(node.iftrue, yes)
        no = self.statement(node.iffalse, no)
        return self.either(env, yes, no)

    def either(self, env: Env, *branches: Env | None) -> Env | None:
        """The variables after a branch, joined over the ways taken, in place."""
        reached = [env for env in branches if env is not None]
        if not reached:
            return None
        joined = reached[0]
        for other in reached[1:]:
            joined = join(joined, other)
        env.clear()
        env.update(joined)
        return env

    def _Return(self, node: Any, env: Env) -> None:
        if node.expr is not None:
            self.results[-1].append(self.value(node.expr, env))

    def _Break(self, node: Any, env: Env) -> None:
        self.breaks[-1].append(dict(env))

    def _Continue(self, node: Any, env: Env) -> None:
        self.continues[-1].append(dict(env))

    def _For(self, node: Any, env: Env) -> Env | None:
        names = {declared.name for declared in node.init.decls} if isinstance(node.init, c_ast.DeclList) else set()
        hidden = {name: env[name] for name in names if name in env}
        self.statement(node.init, env)
        loop = inductions(self, node, env)
        after = self.unrolled(node, env) if loop is None else self.cut(node, loop, env)
        return _outside(after, names, hidden)

    def turn(self, node: Any, env: Env) -> tuple[Env | None, list[Env]]:
        """One turn of a loop, with its increment: the variables after it, and those of each break."""
        self.breaks.append([])
        self.continues.append([])
        end = self.statement(node.stmt, env)
        more, breaks = self.continues.pop(), self.breaks.pop()
        end = self.either({}, end, *more)
        if end is not None and isinstance(node, c_ast.For) and node.next is not None:
            self.value(node.next, end)
        return end, breaks

    def unrolled(self, node: Any, env: Env) -> Env | None:
        """A loop, turn by turn."""
        cond, exits = node.cond, list[Env]()
        now: Env | None = dict(env)
        bound = remainder(node) if isinstance(node, c_ast.For) else 0
        apart = isinstance(cond, c_ast.BinaryOp) and self._apart(cond, env)
        for turns in range(bound or (1 if apart else TURNS)):
            if now is None:
                break
            if not (isinstance(node, c_ast.DoWhile) and turns == 0) and cond is not None:
                self.value(cond, now)
                out = self.refined(cond, now, False)
                exits += [] if out is None else [out]
                now = self.refined(cond, now, True)
                if now is None:
                    break
            now, breaks = self.turn(node, dict(now))
            exits += breaks
            self.context.notes["turns", id(node)] = max(self.context.notes.get(("turns", id(node)), 0), turns + 2)
            self.context.turns = max(self.context.turns, turns + 3)
        else:
            self.context.endless |= not bound
        return self.either(env, *exits)

    _While = _DoWhile = unrolled

    def _apart(self, cond: Any, env: Env) -> bool:
        """Whether a loop goes on to a place in another object than the one that it walks through: nothing tells how
        often, so one turn shows as much as many."""
        a, b = ({target.memory for target in self.calm(side, env).targets} for side in (cond.left, cond.right))
        return bool(a and b) and not a & b

    def cut(self, node: Any, loop: Loop, env: Env) -> Env | None:
        """A counted loop: one turn stands for all."""
        if loop.most <= 0:
            return self.either(env, self.refined(node.cond, env, False))
        for part in subtree(node.stmt):
            if isinstance(part, c_ast.UnaryOp) and part.op == "&" and getattr(part.expr, "name", None) in env:
                self.value(part, env)  # a variable whose address a turn takes is in memory before the turn
        start = dict(env)
        loop.places = list(self._places(start))
        hides = declared_in(node.stmt) & start.keys()
        if hides or any(_unfollowed(start.get(name), name in loop.steps) for name in assigned(node.stmt, node.next)):
            return self.unrolled(node, env)
        others = [name for name in assigned(node.stmt, node.next) if isinstance(start.get(name), Interval)]
        heads = {name: (f"{name} {id(node)}", id(self.context)) for name in others if name not in loop.steps}
        tables = (self.tables[name] for name in identifiers(node.stmt) & self.tables.keys())
        self._recall(loop, start, heads, self.context.rows or rows_of(tables))
        head = self._after(loop, start, loop.most - 1)
        for name, key in heads.items():
            head[name] = replace(head[name], since={**head[name].since, key[0]: (0, 0)})
        end, breaks = self.turn(node, self.refined(node.cond, head, True) or head)
        if end is not None:
            self._learn(start, heads, end)
        if not self.quiet:
            loop.starts = {name: start[name] for name in (*loop.steps, *loop.sums)}
            self.context.notes["loop", id(node)] = loop
            self.context.notes["turns", id(node)] = max(self.context.notes.get(("turns", id(node)), 0), loop.most + 1)
            self.context.axioms |= {f"sums {name}" for name in loop.axioms}
        after_all = self._after(loop, start, loop.most)
        return self.either(env, self.refined(node.cond, after_all, False), *breaks)

    def _places(self, env: Env) -> Iterator[tuple[str, Memory]]:
        """The objects of variables and of the function's parameters."""
        parameters = {declared.name for declared in self.parameters_of(self.within[-1])}
        for name, value in env.items():
            if isinstance(value, Memory):
                yield name, value
            elif name in parameters:
                yield from ((f"(*{name})", target.memory) for target in value.targets)

    def _recall(self, loop: Loop, start: Env, heads: Mapping[str, Head], rows: Bounds | None) -> None:
        """Apply the facts so far on variables that a turn changes otherwise than by steps."""
        for name, key in heads.items():
            if key in self.mixed:
                loop.joined[name] = self.mixed[key] = self.mixed[key].join(start[name])
                continue
            turn = self.sums.get(key, Interval(start[name].type))
            low, high = (start[name].low + turn.low * loop.most, start[name].high + turn.high * loop.most)
            if rows and (low < start[name].type.low or high > start[name].type.high):
                loop.axioms[name] = rows  # a row's sum keeps to the table's bounds
            else:
                loop.sums[name] = turn.low, turn.high

    def _learn(self, start: Env, heads: Mapping[str, Head], end: Env) -> None:
        """Record what a turn adds to each variable; variables that it sets otherwise get bounds of their own."""
        for name, key in heads.items():
            value = end[name].cast(start[name].type)
            if key in self.mixed or key[0] not in value.since:
                known: Interval = self.mixed.get(key) or start[name]
                self.mixed[key] = replace(known.join(value), since={})
            else:
                turn = Interval(value.type, *value.since[key[0]])
                self.sums[key] = self.sums.get(key, turn).join(turn)

    def _after(self, loop: Loop, start: Env, turns: int) -> Env:
        """The variables after up to ``turns`` turns."""
        after = {name: value for name, value in start.items() if isinstance(name, str)}
        for name, (low, high) in [*((name, (step, step)) for name, step in loop.steps.items()), *loop.sums.items()]:
            value, down, up = start[name], min(0, low * turns), max(0, high * turns)
            if not value.type.scalar:
                size = value.type.to.flat
                moved = (target.moved(down * size, up * size) for target in value.targets)
                after[name] = replace(value, targets=frozenset(moved))
                continue
            least, most = value.low + down, value.high + up
            if name in loop.sums and (least < value.type.low or most > value.type.high):
                least, most = value.type.low, value.type.high
            after[name] = replace(value, low=least, high=most, since=value.beyond(down, up))
        for name, (low, high) in loop.axioms.items():
            value = start[name]
            after[name] = replace(value, low=min(low, value.low), high=max(high, value.high), since={})
        return after | loop.joined


def _whole(known: Memory | Interval) -> Memory | Interval:
    """The same with the whole range of its type, for values that still grow after many rounds."""
    if isinstance(known, Interval):
        return replace(known, low=known.type.low, high=known.type.high) if known.type.scalar else known
    if known.type.scalar:
        known.put(known.type.low, known.type.high)
    for part in known.fields.values():
        _whole(part)
    return known


def _unfollowed(value: Any, steps: bool) -> bool:
    """Whether a changed variable of a loop has no bounds: a pointer without a step, or a variable whose address is
    taken."""
    if isinstance(value, Memory):
        return value.cell
    return isinstance(value, Interval) and not value.type.scalar and not steps


def _outside(env: Env | None, names: set[str], hidden: Env) -> Env | None:
    """The variables after a block, in place: its own are removed, hidden ones are restored."""
    if env is not None:
        for name in names:
            env.pop(name, None)
        env.update(hidden)
    return env


def join(env: Env, other: Env) -> Env:
    """The variables of two ways, joined."""
    joined = {}
    for name in env.keys() & other.keys():
        a, b = env[name], other[name]
        joined[name] = a.join(b) if isinstance(a, Interval) and isinstance(b, Interval) and a is not b else a
    if ORDER in joined:  # conditions of both ways
        a, b = env[ORDER], other[ORDER]
        joined[ORDER] = {pair: max(a[pair], b[pair]) for pair in a.keys() & b.keys()}
    return joined
