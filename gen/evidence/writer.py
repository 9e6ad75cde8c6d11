"""A function's text, rewritten for a proof: loops cut to one turn, memory between bounds, calls by contracts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from ..backends.templates import templates
from .contexts import Context
from .loops import FAR, Loop
from .maxima import Extreme, at_zero, extremes, uses
from .source import TEMPLATES
from .values import Memory, Type, Value
from .walk import Walk

SMALL = 16
"""Bits of values in memory whose bounds are those of their type."""


def spelled(number: int) -> str:
    """An integer as C has it, without a sign that a type would have to hold."""
    if number < -(1 << 63) + 1:
        return f"(-{-number - 1}LL - 1)"
    return f"({number}{'ULL' if number >= 1 << 63 else 'LL' if abs(number) >= 1 << 31 else ''})"


def within(place: str, one: Memory | Value) -> str:
    """C's condition that a place keeps to its bounds."""
    return f"IN({place}, {spelled(one.low)}, {spelled(one.high)})"


def cells(one: Memory, place: str) -> list[tuple[str, Memory]]:
    """The numbers of a struct, each with C's expression of it; or a number whose address is taken."""
    numbers = [(place, one)] if one.cell else []
    for name, part in one.fields.items():
        inner = f"{place}.{name}"
        if part.type.record:
            numbers += cells(part, inner)
        elif part.cell:
            numbers.append((inner, part))
    return numbers


class Writer(CGenerator):
    """A function's text, rewritten for a proof."""

    def __init__(self, walk: Walk, context: Context, whole: bool, real: bool) -> None:
        super().__init__()
        self.walk, self.context = walk, context
        self.whole, self.real = whole or bool(context.number), real or bool(context.number)
        self.kinds: set[str] = set()
        self.called: dict[str, Context] = {}
        self.wide = False
        self.extremes: dict[str, Extreme] = {}
        self.loops = 0
        self.changed = ""

    def note(self, what: str, node: Any) -> Any:
        return self.context.notes.get((what, id(node)))

    def visit_ArrayRef(self, node: Any) -> str:
        """As the base class; of memory with bounds, read between them."""
        return self._read(node, super().visit_ArrayRef(node))

    def _read(self, node: Any, text: str) -> str:
        note = self.note("read", node)
        if note is None or self.whole or not note[0].type.scalar or note[0].type.record:
            return text
        parts = [target.memory for target in note[1]]
        if not parts or any(part.cell for part in parts) or (self.real and all(part.constant for part in parts)):
            return text
        kind = note[0].type
        low, high = min(p.bounds(kind)[0] for p in parts), max(p.bounds(kind)[1] for p in parts)
        if text == self.changed:
            return f"{self._kind('axiom', kind)}({text}, {spelled(low)}, {spelled(high)})"
        if (fold := self.context.folds.get(id(parts[0]))) is not None:
            bounds = ", ".join(f"({fold.start} + {fold.row} * {spelled(one)})" for one in (fold.low, fold.high))
            return f"{self._kind('read', kind)}({text}, {bounds})"
        if not any(self._changes(part) or part.constant for part in parts) and (low, high) == (kind.low, kind.high):
            return text
        return f"{self._kind('read', kind)}({text}, {spelled(low)}, {spelled(high)})"

    def _kind(self, what: str, kind: Type) -> str:
        self.kinds.add(kind.spelled)
        return f"{what}_{kind.spelled}"

    def _changes(self, one: Memory) -> bool:
        return id(one) in self.context.written

    def visit_UnaryOp(self, node: Any) -> str:
        """As the base class; what a pointer points to as an element of an array."""
        if node.op == "sizeof":
            inner = self.visit(node.expr) if isinstance(node.expr, c_ast.Typename) else self._place(node.expr)
            return f"sizeof({inner})"
        if node.op == "&":
            return f"&{self._place(node.expr)}"
        if node.op == "*":
            return self._read(node, f"(*{self._parenthesize_unless_simple(node.expr)})")
        if node.op in ("p++", "p--", "++", "--"):
            place = self._place(node.expr)
            return f"({place}{node.op[1:]})" if node.op[0] == "p" else f"({node.op}{place})"
        return f"{node.op}{self._parenthesize_unless_simple(node.expr)}"

    def _place(self, node: Any) -> str:
        """An expression that is assigned, or whose address is taken: not read."""
        if isinstance(node, c_ast.ArrayRef):
            inner = node.name
            name = self._place(inner) if isinstance(inner, c_ast.ArrayRef) else self._parenthesize_unless_simple(inner)
            return f"{name}[{self.visit(node.subscript)}]"
        if isinstance(node, c_ast.UnaryOp) and node.op == "*":
            return f"(*{self._parenthesize_unless_simple(node.expr)})"
        return str(self.visit(node))

    def visit_Assignment(self, node: Any) -> str:
        """As the base class; what is written into memory is held to its bounds."""
        place, value = self._place(node.lvalue), f"({self.visit(node.rvalue)})"
        note = self.note("write", node.lvalue)
        parts = [target.memory for target in note[1]] if note else []
        if not parts or any(part.cell for part in parts):
            return f"{place} {node.op} {value}"
        kind = note[0].type
        if self.whole or kind.to is not None:
            return f"{place} {node.op} {value}"
        if node.op != "=":
            value = f"{self._read(node.lvalue, place)} {node.op[:-1]} {value}"
        if any(part.fixed for part in parts):
            return f"{place} = {value}"
        if (fold := self.context.folds.get(id(parts[0]))) is not None:
            bounds = ", ".join(f"({fold.start} + ({fold.row} + 1) * {spelled(one)})" for one in (fold.low, fold.high))
            return f"{place} = {self._kind('write', kind)}({value}, {bounds})"
        rows = self.context.rows
        if rows and kind.bits > SMALL and all(part in self.context.parameters.values() for part in parts):
            return f"{place} = {self._kind('axiom', kind)}({value}, {spelled(rows[0])}, {spelled(rows[1])})"
        low, high = max(part.bounds(kind)[0] for part in parts), min(part.bounds(kind)[1] for part in parts)
        return f"{place} = {self._kind('write', kind)}({value}, {spelled(low)}, {spelled(high)})"

    def visit_BinaryOp(self, node: Any) -> str:
        """As the base class; a place in an array of a struct."""
        array = self.note("array", node.left) if isinstance(node.left, c_ast.StructRef) else None
        if node.op == "+" and array is not None and not isinstance(node.right, c_ast.Constant):
            return f"PART({self.visit(node.left)}, {self.visit(node.right)}, {array[0].type.count})"
        return f"({self.visit(node.left)} {node.op} {self.visit(node.right)})"

    def visit_Cast(self, node: Any) -> str:
        """As the base class; where the bits of a word become another integer, by what compilers do."""
        note, kind = self.note("bits", node), self.walk.type_of(node.to_type)
        if note and (note[0].low < kind.low or note[0].high > kind.high):
            return f"bits_{kind.spelled}({self.visit(node.expr)})"
        return str(super().visit_Cast(node))

    def visit_FuncCall(self, node: Any) -> str:
        """As the base class; a function that has a contract by it."""
        name = node.name.name
        arguments = ", ".join(self.visit(one) for one in (node.args.exprs if node.args else ()))
        copied = self.note("copy", node)
        parts = [target.memory for target in copied[1]] if copied else []
        if not self.whole and parts and not any(part.cell for part in parts):
            numbers = [place for part in parts for place, _ in cells(part, f"(*({self.visit(node.args.exprs[0])}))")]
            if numbers and name == "memset" and arguments.split(", ")[1] == "0":
                return f"({{ fill({arguments}); {' '.join(f'{place} = 0;' for place in numbers)} }})"
            name = name if numbers else "fill" if name == "memset" else "copy"
        one = self.context.calls.get(id(node))
        if one is not None:
            self.called[one.name] = one
            name = f"call_{one.name}"
        return f"{name}({arguments})"

    def visit_For(self, node: Any) -> str:
        """As the base class; a counted loop as one turn of any."""
        loop = self.note("loop", node)
        if loop is None or self.whole:
            return str(super().visit_For(node))
        return str(templates(TEMPLATES).get_template("unit.c.mako").get_def("cut").render(turns=self._cut(node, loop)))

    def _cut(self, node: Any, loop: Loop) -> SimpleNamespace:
        self.loops += 1
        number = self.loops
        starts = loop.starts
        self.wide |= any(starts[name].type.scalar and starts[name].type.bits > 32 for name in loop.sums)
        between = [(name, one.low, one.high) for name, one in loop.joined.items() if one.type.scalar]
        between += [(name, *bounds) for name, bounds in loop.axioms.items()]
        end = self._end(node, loop, number)
        places = [cell for name, one in loop.places for cell in cells(one, name)]
        fields = [(place, one.type.spelled, spelled(one.low), spelled(one.high)) for place, one in places]
        end += [f'CHECK({within(place, one)}, "loop {number}: {place} a turn on")' for place, one in places]
        end += [f'CHECK(turn_{number} <= {min(loop.most, FAR - 2)} - 1, "loop {number}: turns")']
        turn = self._extremes(node, loop, number)
        end += [*turn.end, "ASSUME(0)"]
        before = [(name, loop.steps[name], operator, self.visit(other)) for name, operator, other in loop.before]
        return SimpleNamespace(
            number=number,
            init=f"{self.visit(node.init)};" if node.init is not None else "",
            most=min(loop.most, FAR - 2),
            heads=list(dict.fromkeys([*loop.steps, *loop.sums, *turn.heads])),
            ghosts=turn.ghosts,
            assumed=turn.assumed,
            first=turn.first,
            counters=[(name, step) for name, step in loop.steps.items() if starts[name].type.scalar],
            pointers=[(name, step) for name, step in loop.steps.items() if not starts[name].type.scalar],
            sums=[(name, spelled(low), spelled(high)) for name, (low, high) in loop.sums.items()],
            between=[(name, spelled(low), spelled(high)) for name, low, high in between],
            before=[f"({name} - ({step})) {operator} ({other})" for name, step, operator, other in before],
            fields=fields, condition=self.visit(node.cond) if node.cond is not None else "1", end=end,
            body=self._generate_stmt(node.stmt, add_indent=True),
        )  # fmt: skip

    def _end(self, node: Any, loop: Loop, number: int) -> list[str]:
        """A turn's last expressions: the step, and what its variables are then held to."""
        end = [self.visit(node.next)] if node.next is not None else []
        for name, step in loop.steps.items():
            moved = f"{name} == {name}_head_{number} + ({step})"
            end.append(f'CHECK({moved}, "loop {number}: {name} a step on")')
        for name, (low, high) in loop.sums.items():
            growth = f"(WIDE){name} - (WIDE){name}_head_{number}"
            end.append(f'CHECK(IN({growth}, {spelled(low)}, {spelled(high)}), "loop {number}: {name} a turn on")')
        joined = [(name, one) for name, one in loop.joined.items() if one.type.scalar]
        end += [f'CHECK({within(name, one)}, "loop {number}: {name} a turn on")' for name, one in joined]
        return end

    def _extremes(self, node: Any, loop: Loop, number: int) -> SimpleNamespace:
        """Where a loop finds the largest value, or uses such values: ghosts ahead of it, what is kept, what holds at
        its head and as a turn begins, and what is to hold at its end."""
        largest = extremes(self.context.node, node, loop, number)
        used = None if largest else uses(node, loop, self.extremes)
        turn = SimpleNamespace(ghosts=[], heads=[one.name for one in largest], assumed=[], first=[], end=[])
        if largest:
            one = largest[0]
            inside = f"{one.witness} >= {one.first} && {one.witness} <= {one.last}"
            turn.ghosts = [f"long first_{number}, {one.witness}; ASSUME({inside});"]
            turn.assumed = [f"first_{number} == {one.counter}_{number}"]
        for one in largest:
            self.extremes[one.name] = one
            turn.ghosts.append(f"long best_{one.name};")
            begun = one.none if one.start else f"{one.name} == {one.at(one.first)}"
            turn.ghosts.append(f'CHECK({begun}, "{one.name}: as it begins");')
            head = f"{one.name} != {one.name}_head_{number}"
            turn.end.append(f"best_{one.name} = {head} ? {one.counter}_head_{number} : best_{one.name}")
            turn.end += [f'CHECK({holds}, "{one.name}: of all so far")' for holds in one.holds(one.counter)]
            turn.assumed += one.holds(one.counter)
        self.changed = used.value if used is not None and used.reader else ""
        if used is not None:
            turn.first = [f'CHECK({used.inside}, "loop {number}: an index of {used.name}");']
            turn.first.append(f"ASSUME({used.counter} == {used.witness});")
            if len(loop.sums) == 1 and (least := at_zero(node, self.context)):
                later = f"!(best_{used.name} < {used.counter}) || {next(iter(loop.sums))} >= {least}"
                turn.assumed = [f"{used.none} || {later}"]
                turn.end = [f'CHECK({turn.assumed[0]}, "the sum has the term of the largest")']
        return turn
