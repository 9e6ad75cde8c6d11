"""Counted loops: the variables that move by steps, and the largest number of turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pycparser import c_ast

from .source import identifiers, literal, subtree, text
from .values import SWAPPED, Bounds, Interval, Memory

MOVES = ("p++", "p--", "++", "--", "&")
MEMORY = (c_ast.ArrayRef, c_ast.StructRef, c_ast.UnaryOp, c_ast.FuncCall)
"""Expressions that a turn may change although none of their names is assigned."""
FAR = 1 << 31
"""Largest number of turns; also that of a loop with an unknown end."""


@dataclass
class Loop:
    """Facts that hold at the head of each turn.

    Args:
        steps: variable -> the constant that each turn adds.
        most: largest number of turns.
        sums: variable -> the bounds of what a turn adds.
        joined: the bounds of other variables at any turn.
        axioms: variables that are sums of a row of a table, with their bounds.
    """

    steps: dict[str, int]
    most: int
    sums: dict[str, Bounds] = field(default_factory=dict)
    joined: dict[str, Interval] = field(default_factory=dict)
    axioms: dict[str, Bounds] = field(default_factory=dict)
    starts: dict[str, Interval] = field(default_factory=dict)
    before: tuple[tuple[str, str, Any], ...] = ()
    """Comparisons that were true before the previous turn: variable, operator, the other side."""
    places: list[tuple[str, Memory]] = field(default_factory=list)
    """Objects in memory that a turn may change, with C's expressions for them."""


def declared_in(node: Any) -> set[str]:
    """The names that are declared in a node."""
    return {part.name for part in subtree(node) if isinstance(part, c_ast.Decl)}


def assignments(*nodes: Any) -> list[str]:
    """The names that are assigned in nodes, one entry per assignment, without those declared inside."""
    inside = [part for node in nodes for part in subtree(node)]
    declared = {name for node in nodes for name in declared_in(node)}
    places = [part.lvalue for part in inside if isinstance(part, c_ast.Assignment)]
    places += [part.expr for part in inside if isinstance(part, c_ast.UnaryOp) and part.op in MOVES]
    return [place.name for place in places if isinstance(place, c_ast.ID) and place.name not in declared]


def assigned(*nodes: Any) -> list[str]:
    """The names that are assigned in nodes, once each, in order."""
    return list(dict.fromkeys(assignments(*nodes)))


def step_of(walk: Any, node: Any, env: Any, moved: list[str]) -> tuple[str, int] | None:
    """The variable that an expression moves by a constant, and that constant."""
    if isinstance(node, c_ast.UnaryOp) and node.op in ("p++", "++", "p--", "--") and isinstance(node.expr, c_ast.ID):
        return node.expr.name, 1 if "+" in node.op else -1
    if isinstance(node, c_ast.Assignment) and node.op in ("+=", "-=") and isinstance(node.lvalue, c_ast.ID):
        inside = identifiers(node.rvalue)
        if inside & set(moved) or any(name not in env and name not in walk.source.enums for name in inside):
            return None
        by = walk.calm(node.rvalue, env)
        if by.single:
            return node.lvalue.name, by.low if node.op == "+=" else -by.low
    return None


def inductions(walk: Any, node: Any, env: Any) -> Loop | None:
    """A loop's steps and turns; None if it is not a counted loop."""
    counts = assignments(node.stmt, node.next)
    steps: dict[str, int] = {}
    moved = node.next.exprs if isinstance(node.next, c_ast.ExprList) else [node.next]
    inside = node.stmt.block_items or [] if isinstance(node.stmt, c_ast.Compound) else [node.stmt]
    continues = any(isinstance(part, c_ast.Continue) for part in subtree(node.stmt))
    for statement in (*moved, *(() if continues else inside)):
        step = step_of(walk, statement, env, counts)
        if step is not None and counts.count(step[0]) == 1 and isinstance(env.get(step[0]), Interval):
            steps[step[0]] = step[1]
    turns = [turn for part in _conditions(node.cond) if (turn := _turns(walk, part, steps, env, counts)) is not None]
    if not turns:
        return None
    before = tuple(part for _, part in turns if not any(isinstance(inner, MEMORY) for inner in subtree(part[2])))
    return Loop(steps, min(most for most, _ in turns), before=before)


def _conditions(node: Any) -> list[Any]:
    if isinstance(node, c_ast.BinaryOp) and node.op == "&&":
        return [*_conditions(node.left), *_conditions(node.right)]
    return [node]


def _turns(
    walk: Any, node: Any, steps: dict[str, int], env: Any, counts: list[str]
) -> tuple[int, tuple[str, str, Any]] | None:
    """The largest number of turns by one comparison, and the comparison; None if it gives no limit."""
    if not isinstance(node, c_ast.BinaryOp) or node.op not in SWAPPED:
        return None
    for counter, limit, operator in ((node.left, node.right, node.op), (node.right, node.left, SWAPPED[node.op])):
        if not isinstance(counter, c_ast.ID) or counter.name not in steps or identifiers(limit) & set(counts):
            continue
        step, start, end = steps[counter.name], env[counter.name], walk.calm(limit, env)
        if not start.type.scalar or not end.type.scalar:
            continue
        if step > 0 and operator in ("<", "<=", "!="):
            return min(FAR, -((start.low - end.high - (operator == "<=")) // step)), (counter.name, operator, limit)
        if step < 0 and operator in (">", ">="):
            return min(FAR, -((end.low - start.high - (operator == ">=")) // -step)), (counter.name, operator, limit)
    return None


def remainder(node: Any) -> int:
    """The largest number of turns of a loop that counts up to a multiple, ``x % n != 0``; 0 for other loops."""
    cond, after = node.cond, node.next
    if identifiers(after) & set(assignments(node.stmt)):
        return 0
    counts = isinstance(after, c_ast.UnaryOp) and after.op in ("p++", "++")
    test = cond.left if counts and isinstance(cond, c_ast.BinaryOp) and cond.op == "!=" else None
    if not isinstance(test, c_ast.BinaryOp) or test.op != "%" or not isinstance(test.right, c_ast.Constant):
        return 0
    return literal(test.right) if text(test.left) == text(after.expr) and text(cond.right) == "0" else 0
