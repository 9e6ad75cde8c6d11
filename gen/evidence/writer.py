"""A function's text, rewritten for a proof: loops cut to one turn, memory between bounds, calls replaced by
contracts."""

from __future__ import annotations

from typing import Any

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from .contexts import ProofUnit
from .expressions import is_square
from .loops import FAR, MOVES, Loop
from .source import rendered, text
from .values import Interval, Memory
from .walk import IntervalWalk


def spelled(number: int) -> str:
    """An integer in C, written so that its magnitude fits its type without the sign."""
    if number < -(1 << 63) + 1:
        return f"(-{-number - 1}LL - 1)"
    return f"({number}{'ULL' if number >= 1 << 63 else 'LL' if abs(number) >= 1 << 31 else ''})"


def between(place: str, low: int, high: int) -> str:
    """C's condition that a place is between two numbers."""
    return f"IN({place}, {spelled(low)}, {spelled(high)})"


def within(place: str, value: Memory | Interval) -> str:
    """C's condition that a place is within its bounds."""
    return between(place, value.low, value.high)


def cells(memory: Memory, place: str) -> list[tuple[str, Memory]]:
    """The numbers of a struct, each with its C expression; or a number whose address is taken."""
    numbers = [(place, memory)] if memory.cell else []
    for name, part in memory.fields.items():
        numbers += cells(part, f"{place}.{name}")
    return numbers


class ProofWriter(CGenerator):
    """A function's text, rewritten for a proof."""

    def __init__(self, walk: IntervalWalk, unit: ProofUnit, real: bool) -> None:
        super().__init__()
        self.walk, self.unit, self.real = walk, unit, real
        self.called: dict[str, ProofUnit] = {}
        self.places: set[int] = set()
        self.wide = False
        self.loops = 0

    def note(self, kind: str, node: Any) -> Any:
        return self.unit.notes.get((kind, id(node)))

    def visit_ArrayRef(self, node: Any) -> str:
        """Like the base class, but reads of memory with bounds are limited to them."""
        text = str(super().visit_ArrayRef(node))
        return text if id(node) in self.places else self._read(node, text)

    def _read(self, node: Any, text: str) -> str:
        note = self.note("read", node)
        if note is None or not note[0].type.scalar or note[0].type.record:
            return text
        parts = [target.memory for target in note[1]]
        if not parts or any(part.cell for part in parts) or (self.real and all(part.constant for part in parts)):
            return text
        kind = note[0].type
        low, high = min(p.bounds(kind)[0] for p in parts), max(p.bounds(kind)[1] for p in parts)
        bounded = any(part.constant or id(part) in self.unit.written for part in parts)
        if not bounded and (low, high) == (kind.low, kind.high):
            return text
        return f"READ({kind.spelled}, {text}, {spelled(low)}, {spelled(high)})"

    def visit_UnaryOp(self, node: Any) -> str:
        """Like the base class, but the target of a pointer is read like an array element."""
        if node.op in (*MOVES, "sizeof"):
            self.places.add(id(node.expr))
        text = str(super().visit_UnaryOp(node))
        text = f"({text})" if node.op in ("*", "p++", "p--", "++", "--") else text
        return self._read(node, text) if node.op == "*" and id(node) not in self.places else text

    def visit_Assignment(self, node: Any) -> str:
        """Like the base class, but writes to memory are checked against its bounds."""
        self.places.add(id(node.lvalue))
        place, value = self.visit(node.lvalue), f"({self.visit(node.rvalue)})"
        note = self.note("write", node.lvalue)
        parts = [target.memory for target in note[1]] if note else []
        if not parts or note[0].type.to is not None or any(part.cell for part in parts):
            return f"{place} {node.op} {value}"
        kind = note[0].type
        if node.op != "=":
            value = f"{self._read(node.lvalue, place)} {node.op[:-1]} {value}"
        if any(part.fixed for part in parts):
            return f"{place} = {value}"
        rows = self.unit.rows
        if rows and kind.bits > 16 and all(part in self.unit.parameters.values() for part in parts):
            return f"{place} = AXIOM({kind.spelled}, {value}, {spelled(rows[0])}, {spelled(rows[1])})"
        low, high = max(part.bounds(kind)[0] for part in parts), min(part.bounds(kind)[1] for part in parts)
        return f"{place} = WRITE({kind.spelled}, {value}, {spelled(low)}, {spelled(high)})"

    def visit_BinaryOp(self, node: Any) -> str:
        """Like the base class, but an address in an array of a struct becomes ``PART``."""
        array = self.note("array", node.left) if isinstance(node.left, c_ast.StructRef) else None
        if node.op == "+" and array is not None and not isinstance(node.right, c_ast.Constant):
            return f"PART({self.visit(node.left)}, {self.visit(node.right)}, {array[0].type.count})"
        notes = [self.note("product", part) for part in (node, node.left, node.right)]
        if node.op == "*" and all(notes) and not self.real:
            return self._product(node, *(value for value, _ in notes))
        return f"({self.visit(node.left)} {node.op} {self.visit(node.right)})"

    def visit_TernaryOp(self, node: Any) -> str:
        """Like the base class, in brackets: binary operators add none to their sides."""
        return f"({super().visit_TernaryOp(node)})"

    def _product(self, node: Any, product: Interval, a: Interval, b: Interval) -> str:
        """A product of two variables, given by its bounds alone, because CBMC takes long to multiply."""
        x, y, kind = self.visit(node.left), self.visit(node.right), product.type
        if a.single or b.single or (product.low, product.high) == (kind.low, kind.high):
            return f"({x} * {y})"
        first, second = (
            f"__typeof__({text(part)}), {word}, {spelled(value.low)}, {spelled(value.high)}"
            for part, word, value in ((node.left, x, a), (node.right, y, b))
        )
        if is_square(node):
            return f"SQUARE({first}, {spelled(product.high)})"
        return f"PRODUCT({first}, {second}, {spelled(product.low)}, {spelled(product.high)})"

    def visit_Cast(self, node: Any) -> str:
        """Like the base class, but a cast that reinterprets a word's bits uses a function that does what compilers
        do."""
        note, kind = self.note("bits", node), self.walk.type_of(node.to_type)
        if note and (note[0].low < kind.low or note[0].high > kind.high):
            return f"bits_{kind.spelled}({self.visit(node.expr)})"
        return str(super().visit_Cast(node))

    def visit_FuncCall(self, node: Any) -> str:
        """Like the base class, but a function with a contract is called by it."""
        name = node.name.name
        arguments = ", ".join(self.visit(argument) for argument in (node.args.exprs if node.args else ()))
        copied = self.note("copy", node)
        parts = [target.memory for target in copied[1]] if copied else []
        if parts and not any(part.cell for part in parts):
            numbers = [place for part in parts for place, _ in cells(part, f"(*({self.visit(node.args.exprs[0])}))")]
            if numbers and name == "memset" and arguments.split(", ")[1] == "0":
                return f"({{ fill({arguments}); {' '.join(f'{place} = 0;' for place in numbers)} }})"
            name = name if numbers else {"memset": "fill", "memmove": "move", "memcpy": "copy"}[name]
        callee = self.unit.calls.get(id(node))
        if callee is not None:
            self.called[callee.name] = callee
            name = f"call_{callee.name}"
        return f"{name}({arguments})"

    def visit_For(self, node: Any) -> str:
        """Like the base class, but a counted loop becomes one turn of any."""
        loop = self.note("loop", node)
        return str(super().visit_For(node)) if loop is None else self._cut(node, loop)

    def _cut(self, node: Any, loop: Loop) -> str:
        """One turn of any, with the loop's invariants: conditions to hold at its start, assumptions on any turn, and
        conditions to hold at its end. Sums of a row keep to the row's bounds by an axiom."""
        self.loops += 1
        n, most, starts = self.loops, min(loop.most, FAR - 2), loop.starts
        self.wide |= any(starts[name].type.scalar and starts[name].type.bits > 32 for name in loop.sums)
        shown = {name: within(name, value) for name, value in loop.joined.items() if value.type.scalar}
        shown |= {place: within(place, value) for name, part in loop.places for place, value in cells(part, name)}
        invariants = shown | {name: between(name, *bounds) for name, bounds in loop.axioms.items()}
        counters = [name for name in loop.steps if starts[name].type.scalar]
        words = {name: "(WIDE)" if starts[name].type.signed else "" for name in counters}
        assumed = [f"{word}{name} == {name}_{n} + {word}{loop.steps[name]} * turn_{n}" for name, word in words.items()]
        for name, operator, limit in loop.before:
            assumed.append(f"turn_{n} == 0 || ({name} - ({loop.steps[name]})) {operator} ({self.visit(limit)})")
        turn = [(f"{name} == {name}_head_{n} + ({step})", name) for name, step in loop.steps.items()]
        for name, bounds in loop.sums.items():
            low, high = (f"(WIDE){spelled(bound)}" for bound in bounds)
            assumed.append(f"IN((WIDE){name} - {name}_{n}, {low} * turn_{n}, {high} * turn_{n})")
            turn.append((between(f"(WIDE){name} - {name}_head_{n}", *bounds), name))
        turn += [(holds, place) for place, holds in shown.items()] + [(f"turn_{n} < {most}", "turns")]
        return rendered(
            "unit.c.mako",
            "cut",
            number=n,
            init=f"{self.visit(node.init)};" if node.init is not None else "",
            heads=list(dict.fromkeys([*loop.steps, *loop.sums])),
            begun=[(holds, f"loop {n}: {place} as it begins") for place, holds in invariants.items()],
            changed=list(dict.fromkeys([*counters, *loop.sums, *invariants])),
            pointers=[(name, step) for name, step in loop.steps.items() if name not in counters],
            assumed=[between(f"turn_{n}", 0, most), *assumed, *invariants.values()],
            condition=self.visit(node.cond) if node.cond is not None else "1",
            after=self.visit(node.next) if node.next is not None else "(void)0",
            shown=[(holds, f"loop {n}: {name} a turn on") for holds, name in turn],
            body=self._generate_stmt(node.stmt, add_indent=True),
        )
