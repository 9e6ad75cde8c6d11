"""Types, objects in memory, and the values written to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pycparser import c_ast

from .contexts import ProofUnit, absorb
from .loops import assigned, declared_in
from .source import CSource, identifiers, literal, subtree, text
from .values import Bounds, Interval, Memory, Type, merged

SIZES = {"char": 8, "short": 16, "long long": 64}
VOID = Type(record="void")
JUMPS = (c_ast.Break, c_ast.Continue, c_ast.Return, c_ast.Goto, c_ast.Label, c_ast.Switch)
COPIES = ("memcpy", "memmove", "memset")
FLIPPED = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}
Env = dict[Any, Any]
"""Facts of variables by their names, and of places in memory by their identities."""
ORDER = "<"
"""Key in an Env: by two expressions, the largest value of the first minus the second."""


class Memories(ABC):
    """A source's types, tables and objects."""

    stack: list[ProofUnit]

    @property
    @abstractmethod
    def context(self) -> ProofUnit:
        """The current unit."""

    @abstractmethod
    def calm(self, node: Any, env: Env) -> Interval:
        """A value, without the side effects of its expression."""

    def __init__(self, source: CSource, axioms: Mapping[str, Bounds], inside: Collection[str] = ()) -> None:
        self.source, self.inside = source, inside
        self.quiet = 0
        self.objects: dict[tuple[int, int], Memory] = {}
        self.numbers: dict[str, list[int]] = {}
        """Values of tables, by their names."""
        self.int = Type(source.machine.int_bits)
        self.long = Type(64)
        self.size = Type(source.machine.long_bits, False)
        for node in source.tree.ext:
            if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.Enum):
                self.enumerate(node.type)
        self.tables = {name: self._table(node, axioms.get(name)) for name, node in source.tables.items()}
        self.units: set[str] = set()
        for name, node in source.functions.items():
            if name not in inside and not _small(node, {*self.units, *inside}):
                self.units.add(name)

    # Types

    def type_of(self, node: Any, init: Any = None) -> Type:
        """The type of a declaration."""
        if isinstance(node, c_ast.Typename):
            return self.type_of(node.type)
        if isinstance(node, c_ast.TypeDecl):
            return self.type_of(node.type)
        if isinstance(node, c_ast.PtrDecl):
            return Type(to=self.type_of(node.type))
        if isinstance(node, c_ast.ArrayDecl):
            inner = self.type_of(node.type)
            if node.dim is None:
                return Type(to=inner, count=len(init.exprs) if init is not None else 1)
            return Type(to=inner, count=self.calm(node.dim, {}).low)
        if isinstance(node, (c_ast.Struct, c_ast.Union)):
            return Type(record=node.name or f"record {id(node)}")
        if isinstance(node, c_ast.Enum):
            self.enumerate(node)
            return self.int
        words = [word for word in node.names if word not in ("const", "static", "inline", "signed")]
        if words == ["void"]:
            return VOID
        if len(words) == 1 and words[0] in self.source.types:
            inner = self.source.types[words[0]]
            kind = self.type_of(inner)
            return replace(kind, record=words[0]) if kind.record else kind
        base = " ".join(word for word in words if word not in ("unsigned", "int"))
        bits = SIZES.get(base) or (self.source.machine.long_bits if base == "long" else self.int.bits)
        return Type(bits, "unsigned" not in words)

    def enumerate(self, node: Any) -> None:
        """Record an enumeration's constants."""
        for constant in node.values.enumerators if node.values else ():
            self.source.enums[constant.name] = self.calm(constant.value, {}).low

    def fields_of(self, kind: Type) -> list[Any]:
        """The declarations of a struct's fields."""
        node = self.source.types.get(kind.record)
        while node is not None and not isinstance(node, (c_ast.Struct, c_ast.Union)):
            node = node.type
        return list(node.decls or ()) if node is not None else []

    def parameters_of(self, node: Any) -> list[Any]:
        """The declarations of a function's parameters."""
        listed = node.decl.type.args
        return [declared for declared in (listed.params if listed else ()) if getattr(declared, "name", None)]

    # Memory

    def _table(self, node: Any, axiom: Bounds | None) -> Memory:
        kind = self.type_of(node.type, node.init)
        numbers = self._numbers(node.init)
        self.numbers[node.name] = numbers = numbers + [0] * (kind.flat - len(numbers))
        return Memory(
            node.name,
            kind.element,
            kind.flat,
            min(numbers),
            max(numbers),
            True,
            True,
            axiom=axiom,
            tables=frozenset({node.name}),
            row=kind.to if kind.count else kind,
        )

    def _numbers(self, init: Any) -> list[int]:
        if isinstance(init, c_ast.InitList):
            return [number for item in init.exprs for number in self._numbers(item)]
        return [literal(init)]

    def memory_of(self, node: Any, kind: Type) -> Memory:
        """The object of a declaration; the same one each time."""
        key = (id(node), id(self.context))
        if key not in self.objects:
            self.objects[key] = self.object(getattr(node, "name", ""), kind)
        return self.objects[key]

    def object(self, name: str, kind: Type, fixed: bool = False) -> Memory:
        """An object of a type: narrow integers have their whole range, others have no values yet."""
        element = kind.element
        narrow = element.scalar and (element.bits <= 16 or fixed)
        low, high = (element.low, element.high) if narrow else (0, 0)
        return Memory(name, element, kind.flat, low, high, narrow)

    def field(self, memory: Memory, name: str) -> Memory:
        """A field of a struct."""
        if name not in memory.fields:
            declared = next(d for d in self._parts(memory) if d.name == name)
            kind = self.type_of(declared.type)
            part = self.object(f"{memory.name}->{name}", kind)
            if kind.scalar:
                part.fixed, part.cell = False, True  # numbers in a struct are bounded by the values written, from zero
                part.low = part.high = 0
                part.begun = True
            inner = declared.type.type if isinstance(declared.type, c_ast.TypeDecl) else None
            if isinstance(inner, (c_ast.Struct, c_ast.Union)):
                part.declared = tuple(inner.decls)
            memory.fields[name] = part
        return memory.fields[name]

    def _parts(self, memory: Memory) -> list[Any]:
        return list(memory.declared) or self.fields_of(memory.type)

    def put(self, memory: Memory, value: Interval) -> None:
        """Write a value to an object."""
        if self.quiet:
            return
        self.wrote(memory)
        if value.targets or memory.type.to is not None:
            memory.pointers = merged((*memory.pointers, *value.targets))
            memory.null = memory.null or value.null
        else:
            memory.put(value.low, value.high)

    def wrote(self, memory: Memory) -> None:
        """Record that an object was written."""
        if not self.quiet:
            self.context.written.add(id(memory))

    def forget(self, memory: Memory, env: Env) -> None:
        """Forget the facts of an object at this point: a call may have changed it."""
        env.pop(id(memory), None)
        for part in memory.fields.values():
            self.forget(part, env)

    def settled(self, memory: Memory, env: Env) -> None:
        """Add the facts of an object at this point to those of the whole object."""
        value = env.get(id(memory))
        if value is not None and not self.quiet:
            memory.put(value.low, value.high)

    def parameter(self, name: str, kind: Type, value: Interval, function: Any, asked: int = 0) -> Memory:
        """A pointer's object as the callee sees it: the remainder of the smallest object that it may point to, or the
        elements that the callee accesses."""
        element = (kind.to or kind).element
        left = min((target.left for target in value.targets), default=0)
        narrow = element.scalar and element.bits <= 16
        own = 0 if narrow else min(left, filled(function.body, name))
        own = own if own >= asked else 0
        left = max(own or left, asked)  # an array filled first has only those elements, not its callers'
        memory = Memory(name, element, left, null=value.null)
        memory.cell = bool(value.targets) and all(target.memory.cell for target in value.targets)
        memory.fixed = narrow and all(t.memory.fixed and not t.memory.constant for t in value.targets)
        if memory.fixed:
            memory.low, memory.high = element.low, element.high
        for source in (target.memory for target in value.targets):
            if source.type.record:
                memory.fields, memory.declared = source.fields, source.declared
            if not own:
                absorb(memory, source)
        whole = all(target.memory.tables and target.low == target.high == 0 for target in value.targets)
        memory.tables = frozenset(name for target in value.targets for name in target.memory.tables if whole)
        memory.constant = bool(value.targets) and all(target.memory.constant for target in value.targets)
        return memory


def filled(body: Any, name: str) -> int:
    """The number of elements of an array, from the first on, that a function writes before any other use; 0 if unknown.

    One form is recognized: a loop with constant ends, without jumps, that writes the element of its counter. Other
    loops around it are allowed if they turn at least once.
    """
    for statement in body.block_items or () if isinstance(body, c_ast.Compound) else ():
        jumps = any(isinstance(part, JUMPS) for part in subtree(statement))
        if not jumps and name not in {*identifiers(statement), *declared_in(statement)}:
            continue
        match statement:
            case c_ast.For(
                init=c_ast.DeclList(decls=[c_ast.Decl(name=k, init=c_ast.Constant(value=start))]),
                cond=c_ast.BinaryOp(op="<", left=c_ast.ID(name=left), right=c_ast.Constant() as end),
                next=c_ast.UnaryOp(op="p++", expr=c_ast.ID(name=moved)),
                stmt=c_ast.Compound(block_items=[*_] as inside) as block,
            ) if k == left == moved and k not in {*assigned(block), *declared_in(block)} and not jumps:
                match [part for part in inside if name in identifiers(part)]:
                    case [c_ast.Assignment(op="=", lvalue=c_ast.ArrayRef() as place, rvalue=value)]:
                        whole = text(place) == f"{name}[{k}]" and start == "0" and name not in identifiers(value)
                        return literal(end) if whole and name not in declared_in(statement) else 0
                return filled(block, name) if literal(end) > int(start, 0) else 0
        return 0
    return 0


def _small(node: Any, units: set[str]) -> bool:
    """Whether a function has no loops, arrays, divisions or calls of functions with them: it needs no contract."""
    for part in subtree(node.body):
        loop = isinstance(part, (c_ast.For, c_ast.While, c_ast.DoWhile, c_ast.ArrayRef))
        divides = isinstance(part, c_ast.BinaryOp) and part.op in ("/", "%")
        if loop or divides or (isinstance(part, c_ast.FuncCall) and part.name.name in (*units, *COPIES)):
            return False
    listed = node.decl.type.args.params if node.decl.type.args else ()
    return all(_record(parameter) for parameter in listed if isinstance(parameter.type, c_ast.PtrDecl))


def _record(node: Any) -> bool:
    inner = node.type.type.type
    return isinstance(inner, c_ast.IdentifierType) and inner.names[-1].endswith("_place_t")
