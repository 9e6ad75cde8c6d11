"""Bounds of expressions in generated C."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import reduce
from typing import Any, cast

from pycparser import c_ast

from .conditions import Conditions, truth_of
from .contexts import UnreadError
from .memories import COPIES, FLIPPED, ORDER, VOID, Env
from .source import literal, text
from .values import Interval, Memory, PointerTarget, Type, merged, result_bounds, squared


class Expressions(Conditions):
    """Values of expressions, and their effects on variables and memory."""

    @abstractmethod
    def call_unit(self, node: Any, function: str, arguments: list[Interval], env: Env) -> Interval:
        """A call of a function with a contract."""

    @abstractmethod
    def call_inside(self, function: str, arguments: list[Interval], env: Env) -> Interval:
        """A call, analysed as if the function's body were in the caller."""

    def calm(self, node: Any, env: Env) -> Interval:
        """A value, without the side effects of its expression."""
        self.quiet += 1
        value = self.value(node, dict(env))
        self.quiet -= 1
        return value

    def value(self, node: Any, env: Env) -> Interval:
        """An expression's value.

        Raises:
            UnreadError: the kind of expression is not supported.
        """
        handler = getattr(self, f"_x{type(node).__name__}", None)
        if handler is None:
            raise UnreadError(type(node).__name__.lower())
        value: Interval = handler(node, env)
        return value

    def _xConstant(self, node: Any, env: Env) -> Interval:
        number = literal(node)
        word = node.value.lower()
        signed, least = "u" not in word, 64 if "ll" in word else self.int.bits
        bits = next(n for n in (16, 32, 64) if n >= least and number <= Type(n, signed).high)
        return Interval(Type(bits, signed), number, number)

    def _xID(self, node: Any, env: Env) -> Interval:
        variable = env.get(node.name)
        if variable is None and node.name in self.source.enums:
            return Interval(self.int, *(self.source.enums[node.name],) * 2)
        if variable is None and (variable := self.tables.get(node.name)) is None:
            raise UnreadError(f"{node.name} is not known")
        if isinstance(variable, Memory):
            if variable.count == 1 and variable.type.scalar and variable.cell:
                return self.load(variable, env)
            return Interval(Type(to=variable.row or variable.type), targets=frozenset({PointerTarget(variable)}))
        return cast("Interval", variable)

    def load(self, memory: Memory, env: Env) -> Interval:
        known = env.get(id(memory))
        if known is not None:
            return cast("Interval", known)
        return Interval(memory.type, memory.low, memory.high, memory.pointers, memory.null)

    def place(self, node: Any, env: Env) -> tuple[frozenset[PointerTarget], Type]:
        """The place of an expression that can be assigned, and the type of its value."""
        if isinstance(node, c_ast.ArrayRef):
            base, at = self.value(node.name, env), self.value(node.subscript, env)
            inner = base.type.to or VOID
            size = inner.flat
            return merged(t.moved(at.low * size, at.high * size) for t in base.targets), inner
        if isinstance(node, c_ast.UnaryOp) and node.op == "*":
            base = self.value(node.expr, env)
            return base.targets, base.type.to or VOID
        if isinstance(node, c_ast.StructRef):
            if node.type == "->":
                records = self.value(node.name, env).targets
            else:
                records, _ = self.place(node.name, env)
            parts = [self.field(t.memory, node.field.name) for t in records]
            kind = self._part_type(parts[0]) if parts else VOID
            return frozenset(map(PointerTarget, parts)), kind
        if isinstance(node, c_ast.Cast):
            return self.place(node.expr, env)
        variable = env.get(node.name) if node.name in env else self.tables.get(node.name)
        if isinstance(variable, Memory):
            array_type = Type(to=variable.type, count=variable.count) if variable.count > 1 else variable.type
            return frozenset({PointerTarget(variable)}), array_type
        raise UnreadError(f"no place: {text(node)}")

    def _part_type(self, part: Memory) -> Type:
        single = part.cell or (part.count == 1 and not part.type.scalar)
        return part.type if single else Type(to=part.type, count=part.count)

    def _loaded(self, node: Any, env: Env) -> Interval:
        targets, kind = self.place(node, env)
        if kind.count:
            self.note(node, "array", Interval(kind))
            return Interval(Type(to=kind.to), targets=targets)
        if kind.record:
            return Interval(kind, targets=targets)
        full = Interval(kind, kind.low, kind.high)
        objects = [target.memory for target in targets]
        values = [self.load(m, env) if m.bounds(kind) == (m.low, m.high) else full for m in objects]
        if not values:
            return full if kind.scalar else Interval(kind, null=True)
        value = replace(reduce(Interval.join, values), type=kind)
        self.note(node, "read", value, targets)
        return value

    _xArrayRef = _xStructRef = _loaded  # noqa: N815 - pycparser's names

    def note(self, node: Any, kind: str, value: Interval, targets: frozenset[PointerTarget] = frozenset()) -> None:
        """Record the value of an expression for the contracts."""
        if self.quiet:
            return
        # a pointer into a part of a struct: CBMC checks only the end of the struct
        moved = kind in ("read", "write") and not isinstance(getattr(node, "name", node), c_ast.StructRef)
        parts = [target for target in targets if moved and "->" in target.memory.name]
        self.context.endless |= any(not 0 <= target.low <= target.high < target.memory.count for target in parts)
        notes = self.context.notes
        earlier = notes.get((kind, id(node)))
        joined = value if earlier is None else earlier[0].join(value)
        notes[kind, id(node)] = joined, merged((*(earlier[1] if earlier else ()), *targets))

    def _xUnaryOp(self, node: Any, env: Env) -> Interval:
        if node.op == "sizeof":
            return Interval(self.size, self.size.low, self.size.high)  # sizes of copies, which CBMC checks
        if node.op == "*":
            return self._loaded(node, env)
        if node.op == "&":
            return self._address(node.expr, env)
        if node.op in ("p++", "p--", "++", "--"):
            old = self.value(node.expr, env)
            new = self.binary("+" if "+" in node.op else "-", old, Interval(self.int, 1, 1))
            self.assign(node.expr, new, env)
            return old if node.op.startswith("p") else new
        value = self.value(node.expr, env)
        if node.op == "!":
            truth = (0, 0) if value.low > 0 or value.high < 0 else (1, 1) if value.single else (0, 1)
            return Interval(self.int, *truth)
        if node.op == "-":
            return self.binary("-", Interval(self.int, 0, 0), value)
        if node.op == "~":
            return Interval(value.type, -value.high - 1, -value.low - 1).cast(value.type)
        return value

    def _address(self, node: Any, env: Env) -> Interval:
        if isinstance(node, c_ast.ID) and isinstance(env.get(node.name), Interval):
            memory = self.memory_of(node, env[node.name].type)
            memory.name, memory.fixed, memory.cell = node.name, False, True
            if not memory.begun:
                memory.low, memory.high, memory.begun = env[node.name].low, env[node.name].high, True
            env[id(memory)] = env[node.name]
            env[node.name] = memory
        targets, kind = self.place(node, env)
        return Interval(Type(to=kind), targets=targets)

    def assign(self, node: Any, value: Interval, env: Env) -> None:
        """Write a value to the place of an expression."""
        if ORDER in env:
            name = node.name if isinstance(node, c_ast.ID) else getattr(getattr(node, "field", None), "name", "")
            memories = [n for n, variable in env.items() if isinstance(n, str) and isinstance(variable, Memory)]
            changed = set([name] if name else memories)  # a write through a pointer may change any of these
            env[ORDER] = {
                both: most for both, most in env[ORDER].items() if not any(n in " ".join(both) for n in changed)
            }
        if isinstance(node, c_ast.ID) and not isinstance(env.get(node.name), Memory):
            kind = self._xID(node, env).type
            env[node.name] = value.cast(kind) if kind.scalar else replace(value, type=kind)
            return
        targets, kind = self.place(node, env)
        value = value.cast(kind) if kind.scalar else value
        self.note(node, "write", value, targets)
        rows = self.context.rows
        for target in targets:
            memory = target.memory
            if rows and kind.scalar and kind.bits > 16 and memory in self.context.parameters.values():
                self.put(memory, Interval(kind, *rows))
                self.context.axioms.add("its own sums")
                continue
            if kind.scalar and memory.bounds(kind) != (memory.low, memory.high):
                value = Interval(memory.type, memory.type.low, memory.type.high)  # a pointer of another type writes it
            if memory.cell and len(targets) == 1:
                env[id(memory)] = replace(value.bounded(*memory.limits) if memory.limits else value, since={})
            self.put(memory, value)

    def _xAssignment(self, node: Any, env: Env) -> Interval:
        value = self.value(node.rvalue, env)
        if node.op != "=":
            value = self.binary(node.op[:-1], self.value(node.lvalue, env), value)
        self.assign(node.lvalue, value, env)
        return value

    def _xExprList(self, node: Any, env: Env) -> Interval:
        value = Interval(self.int)
        for expression in node.exprs:
            value = self.value(expression, env)
        return value

    def _xCast(self, node: Any, env: Env) -> Interval:
        value = self.value(node.expr, env)
        kind = self.type_of(node.to_type)
        low = kind in (Type(8), Type(16)) and value.type.scalar and not value.type.signed
        if (low and value.type.bits <= 32) or (kind == Type(32, False) and value.type == Type(32)):
            self.note(node, "bits", value)
        if kind.record == "void":
            return value
        if not kind.scalar:
            return replace(value, type=kind, null=value.null or value.type.scalar)
        return value.cast(kind)

    def _xTernaryOp(self, node: Any, env: Env) -> Interval:
        self.value(node.cond, env)
        values = []
        for truth, part in ((True, node.iftrue), (False, node.iffalse)):
            inner = self.refined(node.cond, env, truth)
            if inner is not None:
                values.append(self.value(part, inner))
        value = values[0]
        for other in values[1:]:
            kind = self.common(value.type, other.type)
            value = value.cast(kind).join(other.cast(kind)) if kind.scalar and value.type.scalar else value.join(other)
        return value

    def _xFuncCall(self, node: Any, env: Env) -> Interval:
        name = node.name.name
        arguments = [self.value(argument, env) for argument in (node.args.exprs if node.args else ())]
        if name in COPIES:
            return self._copied(name, node, arguments, env)
        if name in self.units:
            return self.call_unit(node, name, arguments, env)
        if name not in self.source.functions:
            raise UnreadError(f"the function {name} is not known")
        return self.call_inside(name, arguments, env)

    def _copied(self, name: str, node: Any, arguments: list[Interval], env: Env) -> Interval:
        to, source, _ = arguments
        self.note(node, "copy", to, to.targets)
        for memory in (target.memory for target in to.targets):
            self.forget(memory, env)
            values = [Interval(memory.type, memory.type.low, memory.type.high)]
            if name != "memset" and all(other.memory.type == memory.type for other in source.targets):
                values = [Interval(memory.type, other.memory.low, other.memory.high) for other in source.targets]
            elif name == "memset" and (source.low == source.high == 0 or memory.type == Type(8)):
                values = [source.cast(memory.type)]
            for value in values:
                self.put(memory, value)
        return to

    def common(self, a: Type, b: Type) -> Type:
        """The type in which two operands are computed."""
        if not a.scalar or not b.scalar:
            return a if not a.scalar else b
        a, b = (self.int if kind.bits < self.int.bits else kind for kind in (a, b))
        bits = max(a.bits, b.bits)
        return Type(bits, all(kind.signed for kind in (a, b) if kind.bits == bits))

    def _xBinaryOp(self, node: Any, env: Env) -> Interval:
        a = self.value(node.left, env)
        if node.op in ("&&", "||"):
            inner = self.refined(node.left, env, node.op == "&&")
            b = self.value(node.right, inner) if inner is not None else a
            return Interval(self.int, 0, 1)
        b = self.value(node.right, env)
        value = self.binary(node.op, a, b)
        if node.op == "-" and (order := env.get(ORDER)):
            value = _ordered(node, order, value, a, b)
        if is_square(node):
            value = Interval(value.type, *squared((a.low, a.high))).cast(value.type)
        for part, number in ((node, value), (node.left, a), (node.right, b)) if node.op == "*" else ():
            self.note(part, "product", number)
        return value

    def binary(self, operator: str, a: Interval, b: Interval) -> Interval:
        """The result of a binary operator."""
        if operator in FLIPPED:
            return Interval(self.int, *truth_of(operator, a, b))
        if not a.type.scalar or not b.type.scalar:
            return self._moved(operator, a, b)
        kind = self.common(a.type, Type(self.int.bits)) if operator in ("<<", ">>") else self.common(a.type, b.type)
        low, high = result_bounds(operator, (a.low, a.high), (b.low, b.high))
        if low < kind.low or high > kind.high:
            low, high = kind.low, kind.high
        value = Interval(kind, low, high)
        if operator == "+" and b.since and not a.since:
            a, b = b, a
        if operator in "+-" and not b.since:
            return replace(value, since=a.beyond(*((b.low, b.high) if operator == "+" else (-b.high, -b.low))))
        return value

    def _moved(self, operator: str, a: Interval, b: Interval) -> Interval:
        if b.type.to is not None and a.type.scalar:
            a, b = b, a
        if b.type.to is not None:
            return Interval(self.long, self.long.low, self.long.high)
        size = a.type.to.flat if a.type.to else 1
        low, high = (b.low, b.high) if operator == "+" else (-b.high, -b.low)
        return replace(a, targets=frozenset(t.moved(low * size, high * size) for t in a.targets))


def is_square(node: Any) -> bool:
    """Whether a product is a variable times itself."""
    return node.op == "*" and isinstance(node.left, c_ast.ID) and text(node.left) == text(node.right)


def _ordered(node: Any, order: dict[tuple[str, str], int], value: Interval, a: Interval, b: Interval) -> Interval:
    """A difference of two values, minus a constant if there is one, narrowed by an earlier condition on which is
    larger."""
    first, less = node.left, 0
    if isinstance(first, c_ast.BinaryOp) and first.op == "-" and isinstance(first.right, c_ast.Constant):
        first, less = first.left, literal(first.right)
    first_text, other = text(first), text(node.right)
    low, high = a.low - b.high, a.high - b.low
    if (first_text, other) in order:
        high = min(high, order[first_text, other] - less)
    if (other, first_text) in order:
        low = max(low, -order[other, first_text] - less)
    return replace(value, low=low, high=high) if value.type.low <= low <= high <= value.type.high else value
