"""Lines of the C whose control flow does not depend on data: on inputs, the state, or values computed from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pycparser import c_ast

from .loops import MOVES
from .memories import COPIES
from .source import CSource, subtree
from .walk import IntervalWalk

LOOPS = c_ast.For | c_ast.While | c_ast.DoWhile
BRANCHES = LOOPS | c_ast.If | c_ast.TernaryOp | c_ast.Switch
JUMPS = c_ast.Break | c_ast.Continue | c_ast.Return | c_ast.Goto
DECIDE = ("&&", "||", "/", "%", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "/=", "%=", "<<=", ">>=")
"""Operators that compilers may implement with branches."""
Lines = set[int | str]


def controlled(sources: Sequence[CSource]) -> Lines:
    """The lines with conditions that do not depend on data, and the functions of C's library with sizes that do not.

    If nothing in a loop's body is decided or called, all of the loop's lines count: compilers place its end anywhere
    among them.

    Args:
        sources: the same C source, preprocessed in several ways.
    """
    taints = [_Taint(source) for source in sources]
    mixed = set().union(*(taint.mixed for taint in taints))
    calm = (lines for taint in taints for lines in taint.loops if not lines & mixed)
    return set(COPIES).union(*(taint.lines for taint in taints), *calm) - mixed


def turns(walk: IntervalWalk) -> dict[int, int]:
    """Line -> the largest number of times that a loop on it begins a turn, or ends; lines of unbounded loops are left
    out."""
    counts: dict[int, int] = {}
    for unit in walk.contexts.values():
        for node in subtree(unit.node.body):
            if isinstance(node, LOOPS) and not unit.endless:
                most = unit.notes.get(("turns", id(node)), unit.turns)
                counts |= {line: max(most, counts.get(line, 0)) for line in _lines(node)}
    return counts


class _Taint:
    """Names that data reaches, computed to a fixed point."""

    def __init__(self, source: CSource) -> None:
        self.source = source
        self.names: set[tuple[str, str]] = set()
        self.lines: Lines = set()
        self.loops: list[Lines] = []
        self.mixed: Lines = set()
        self.function = ""
        self.changed = True
        self.pointers = {name: {*_pointers_and_tables(node), *source.tables} for name, node in source.functions.items()}
        """Arrays of pointers, and of constants: reading them gives no data, unless data has reached the array."""
        while self.changed:
            self.changed = False
            for self.function, node in source.functions.items():
                self.visit(node.body, False)

    def data(self, node: Any, place: bool = False) -> bool:
        """Whether an expression reads data, or a value that depends on data.

        Args:
            place: whether it is a pointer's value: an object's address is not data.
        """
        if isinstance(node, c_ast.UnaryOp) and node.op == "sizeof":
            return False
        if isinstance(node, c_ast.BinaryOp | c_ast.Cast | c_ast.TernaryOp):
            return any(self.data(child, place) for _, child in node.children())
        for part in subtree(node):
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
        """Record that data has reached a variable."""
        while isinstance(node, c_ast.ArrayRef):
            node = node.name
        if isinstance(node, c_ast.ID):
            self.changed |= (function, node.name) not in self.names
            self.names.add((function, node.name))

    def visit(self, node: Any, under: bool) -> None:
        """Follow data through a statement; ``under`` is true if data decides whether it runs."""
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
            self.visit(child, under if step else inside)  # a loop's own counter has the same values for any data

    def decides(self, node: Any) -> bool:
        """Whether data decides the branch; its lines are recorded."""
        cond = node.cond if isinstance(node, BRANCHES) else node
        depends = self.data(cond)
        if isinstance(node, LOOPS) and any(isinstance(part, JUMPS) for part in subtree(node.stmt)):
            depends |= any(self.data(part.cond) for part in subtree(node.stmt) if isinstance(part, c_ast.If))
        lines = {node.coord.line} | _lines(cond)
        self.lines |= lines
        if depends:
            self.mixed |= lines
        elif isinstance(node, LOOPS) and not any(isinstance(part, c_ast.FuncCall) for part in subtree(node.stmt)):
            self.loops.append(lines | _lines(node.stmt))
        return depends

    def call(self, node: Any) -> None:
        """Follow data from arguments to parameters."""
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
    return {part.coord.line for node in nodes for part in subtree(node) if part.coord is not None}


def _points(node: Any) -> bool:
    return isinstance(node.type, c_ast.PtrDecl | c_ast.ArrayDecl)


def _pointers_and_tables(function: Any) -> Iterator[str]:
    """The names, in a function, of arrays of pointers, of pointers to these, and of the function's own constant
    arrays."""
    for part in subtree(function):
        if isinstance(part, c_ast.Decl) and _points(part):
            is_table = isinstance(part.type, c_ast.ArrayDecl) and part.init is not None and "const" in part.quals
            if isinstance(part.type.type, c_ast.PtrDecl) or is_table:
                yield part.name
