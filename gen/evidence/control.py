"""Which lines of the C take no way that rests on data: on inputs, the state, or what was computed of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pycparser import c_ast

from .loops import MOVES
from .memories import COPIES
from .source import Source, every
from .walk import Walk

LOOPS = c_ast.For | c_ast.While | c_ast.DoWhile
BRANCHES = LOOPS | c_ast.If | c_ast.TernaryOp | c_ast.Switch
JUMPS = c_ast.Break | c_ast.Continue | c_ast.Return | c_ast.Goto
DECIDE = ("&&", "||", "/", "%", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "/=", "%=", "<<=", ">>=")
"""Operators that a compiler may make branches of."""
Lines = set[int | str]


def controlled(sources: Sequence[Source]) -> Lines:
    """The lines with conditions, but none that data decides, and the functions of C's library whose sizes it does not.

    A loop in whose turns nothing is decided or called has all of its lines: compilers write its end anywhere there.

    Args:
        sources: the same text, preprocessed in several ways.
    """
    taints = [_Taint(source) for source in sources]
    mixed = set().union(*(taint.mixed for taint in taints))
    calm = (lines for taint in taints for lines in taint.loops if not lines & mixed)
    return set(COPIES).union(*(taint.lines for taint in taints), *calm) - mixed


def turns(walk: Walk) -> dict[int, int]:
    """Line -> how often a loop there begins a turn, or ends, at most; lines of loops without a bound are left out."""
    counts: dict[int, int] = {}
    for unit in walk.contexts.values():
        for node in every(unit.node.body):
            if isinstance(node, LOOPS) and not unit.endless:
                most = unit.notes.get(("turns", id(node)), unit.turns)
                counts |= {line: max(most, counts.get(line, 0)) for line in _lines(node)}
    return counts


class _Taint:
    """Names that data has reached, until nothing moves."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names: set[tuple[str, str]] = set()
        self.lines: Lines = set()
        self.loops: list[Lines] = []
        self.mixed: Lines = set()
        self.function = ""
        self.changed = True
        self.pointers = {name: {*_pointers_and_tables(node), *source.tables} for name, node in source.functions.items()}
        """Arrays of pointers, and of constants: what is read of them is no data, unless data has reached them."""
        while self.changed:
            self.changed = False
            for self.function, node in source.functions.items():
                self.visit(node.body, False)

    def data(self, node: Any, place: bool = False) -> bool:
        """Whether an expression reads data, or what rests on it.

        Args:
            place: it is a pointer's value: where an object lies is no data.
        """
        if isinstance(node, c_ast.UnaryOp) and node.op == "sizeof":
            return False
        if isinstance(node, c_ast.BinaryOp | c_ast.Cast | c_ast.TernaryOp):
            return any(self.data(child, place) for _, child in node.children())
        for part in every(node):
            if isinstance(part, c_ast.ID) and (self.function, part.name) in self.names:
                return True
            if place:
                continue
            pointed = isinstance(part, c_ast.UnaryOp) and part.op == "*"
            if pointed or isinstance(part, c_ast.FuncCall | c_ast.StructRef):
                return True
            if isinstance(part, c_ast.ArrayRef) and getattr(part.name, "name", "") not in self.pointers[self.function]:
                return True
        return False

    def mark(self, function: str, node: Any) -> None:
        """Data has reached a variable."""
        while isinstance(node, c_ast.ArrayRef):
            node = node.name
        if isinstance(node, c_ast.ID):
            self.changed |= (function, node.name) not in self.names
            self.names.add((function, node.name))

    def visit(self, node: Any, under: bool) -> None:
        """What a statement does to names; ``under`` where data decides whether it runs."""
        if isinstance(node, c_ast.Assignment):
            array = getattr(node.lvalue.name, "name", "") if isinstance(node.lvalue, c_ast.ArrayRef) else ""
            if under or self.data(node.rvalue, array in self.pointers[self.function]):
                self.mark(self.function, node.lvalue)
        elif isinstance(node, c_ast.UnaryOp) and node.op in MOVES and (under or node.op == "&"):
            self.mark(self.function, node.expr)
        elif isinstance(node, c_ast.Decl) and node.init is not None and self.data(node.init, _points(node)):
            self.mark(self.function, c_ast.ID(node.name))
        elif isinstance(node, c_ast.FuncCall):
            self.call(node)
        inside = under
        if isinstance(node, BRANCHES) or (isinstance(node, c_ast.BinaryOp | c_ast.Assignment) and node.op in DECIDE):
            inside |= self.decides(node)
        for _, child in node.children():
            step = isinstance(node, c_ast.For) and isinstance(node.init, c_ast.DeclList) and child is node.next
            self.visit(child, under if step else inside)  # a loop's own counter is at each turn what it is at any data

    def decides(self, node: Any) -> bool:
        """Whether data decides which way is taken; its lines are noted."""
        cond = node.cond if isinstance(node, BRANCHES) else node
        depends = self.data(cond)
        if isinstance(node, LOOPS) and any(isinstance(part, JUMPS) for part in every(node.stmt)):
            depends |= any(self.data(part.cond) for part in every(node.stmt) if isinstance(part, c_ast.If))
        lines = {node.coord.line} | _lines(cond)
        self.lines |= lines
        if depends:
            self.mixed |= lines
        elif isinstance(node, LOOPS) and not any(isinstance(part, c_ast.FuncCall) for part in every(node.stmt)):
            self.loops.append(lines | _lines(node.stmt))
        return depends

    def call(self, node: Any) -> None:
        """Data reaches the parameters that it is passed to."""
        name = getattr(node.name, "name", "")
        arguments = node.args.exprs if node.args is not None else []
        if name in COPIES:
            sized = self.data(arguments[-1])
            self.mixed |= {name} if sized else set()
            self.lines |= set() if sized else _lines(node)
        called = self.source.functions.get(name)
        declares = called.decl.type.args.params if called is not None and called.decl.type.args is not None else []
        for declared, argument in zip(declares, arguments, strict=False):
            if self.data(argument, _points(declared)):
                self.mark(name, c_ast.ID(declared.name))


def _lines(*nodes: Any) -> set[int]:
    return {part.coord.line for node in nodes for part in every(node) if part.coord is not None}


def _points(node: Any) -> bool:
    return isinstance(node.type, c_ast.PtrDecl | c_ast.ArrayDecl)


def _pointers_and_tables(function: Any) -> Iterator[str]:
    """The names in a function of arrays of pointers, of pointers to them, and of constant arrays of its own."""
    for part in every(function):
        if isinstance(part, c_ast.Decl) and _points(part):
            is_table = isinstance(part.type, c_ast.ArrayDecl) and part.init is not None and "const" in part.quals
            if isinstance(part.type.type, c_ast.PtrDecl) or is_table:
                yield part.name
