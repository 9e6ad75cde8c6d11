"""Bounds of variables from conditions."""

from __future__ import annotations

from typing import Any

from pycparser import c_ast

from .memories import FLIPPED, ORDER, Env, Memories
from .source import text
from .values import SWAPPED, Bounds, Interval

PLACES = (c_ast.ID, c_ast.StructRef)


class Conditions(Memories):
    """Variables under a condition."""

    def refined(self, node: Any, env: Env, truth: bool) -> Env | None:
        """The variables if a condition is true, or false; None if it cannot be."""
        if isinstance(node, c_ast.UnaryOp) and node.op == "!":
            return self.refined(node.expr, env, not truth)
        if isinstance(node, c_ast.BinaryOp) and node.op in ("&&", "||"):
            if (node.op == "&&") == truth:
                first = self.refined(node.left, env, truth)
                return None if first is None else self.refined(node.right, first, truth)
            return dict(env)
        if isinstance(node, c_ast.BinaryOp) and node.op in FLIPPED:
            return self._compared(node, env, node.op if truth else FLIPPED[node.op])
        zero = c_ast.Constant("int", "0")
        return self._compared(c_ast.BinaryOp("!=", node, zero), env, "!=" if truth else "==")

    def _compared(self, node: Any, env: Env, operator: str) -> Env | None:
        a, b = self.calm(node.left, env), self.calm(node.right, env)
        if not (a.type.scalar and b.type.scalar):
            spots = [spot for pointer in (a, b) for spot in pointer.targets]
            if len(a.targets) != 1 or len(b.targets) != 1 or spots[0].memory is not spots[1].memory:
                return dict(env)
            places = (Interval(self.long, spot.low, spot.high) for spot in spots)
            return None if truth_of(operator, *places) == (0, 0) else dict(env)
        if truth_of(operator, a, b) == (0, 0):
            return None
        inner = dict(env)
        self._narrow(node.left, operator, a, b, inner)
        self._narrow(node.right, SWAPPED[operator], b, a, inner)
        small, large = (node.left, node.right) if operator[0] == "<" else (node.right, node.left)
        if operator[0] in "<>" and isinstance(small, PLACES) and isinstance(large, PLACES):
            pair = text(small), text(large)
            inner[ORDER] = {**inner.get(ORDER, {}), pair: len(operator) - 2}
            inner[ORDER].pop(pair[::-1], None)
        return inner

    def _narrow(self, node: Any, operator: str, a: Interval, b: Interval, env: Env) -> None:
        """Narrow the left side of a comparison to the values that satisfy it."""
        low, high = a.low, a.high
        if operator in ("<", "<="):
            high = min(high, b.high - (operator == "<"))
        elif operator in (">", ">="):
            low = max(low, b.low + (operator == ">"))
        elif operator == "==":
            low, high = max(low, b.low), min(high, b.high)
        elif b.single:
            low, high = low + (low == b.low), high - (high == b.low)
        if low > high:
            return
        while isinstance(node, c_ast.Cast) and self.type_of(node.to_type).scalar:
            node = node.expr
        if isinstance(node, c_ast.UnaryOp) and node.op in ("++", "--"):
            node = node.expr
        if isinstance(node, c_ast.ID) and isinstance(env.get(node.name), Interval):
            env[node.name] = env[node.name].bounded(low, high)


def truth_of(operator: str, a: Interval, b: Interval) -> Bounds:
    if not a.type.scalar or not b.type.scalar:
        return 0, 1
    equal, disjoint = a.single and b.single and a.low == b.low, a.high < b.low or a.low > b.high
    always = {"<": a.high < b.low, "<=": a.high <= b.low, ">": a.low > b.high, ">=": a.low >= b.high}
    always |= {"==": equal, "!=": disjoint}
    return (1, 1) if always[operator] else (0, 0) if always[FLIPPED[operator]] else (0, 1)
