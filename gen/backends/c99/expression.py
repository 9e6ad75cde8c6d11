"""Expressions of integer C: the binding of operators, and the types of values after C's promotions.

An expression has parentheses where C would bind otherwise, or where compilers warn about precedence. It has a cast
where a product needs 32 bits: on small cores ``int`` has 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .literals import ctype, integer

RANKS = {"int8": 0, "int16": 0, "int": 0, "int32": 1, "int64": 2}
"""The order of types by width; types narrower than ``int`` are promoted to it."""


class Level(IntEnum):
    """The binding strength of an expression, loosest first."""

    SHIFT = 1
    SUM = 2
    PRODUCT = 3
    UNARY = 4
    PRIMARY = 5


@dataclass(frozen=True)
class Expr:
    """An expression.

    Args:
        text: its text in C.
        level: the level of its outermost operator.
        dtype: the type of its value: int8 and int16 for variables, ``int`` for results from those, int32, int64.
    """

    text: str
    level: Level = Level.PRIMARY
    dtype: str = "int32"

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: Expr | int) -> Expr:
        if isinstance(other, int) and other < 0:
            return self - -other
        return self if other == 0 else self._binary("+", other, Level.SUM)

    def __sub__(self, other: Expr | int) -> Expr:
        if isinstance(other, int) and other < 0:
            return self + -other
        return self if other == 0 else self._binary("-", other, Level.SUM)

    def __radd__(self, other: int) -> Expr:
        return literal(other) + self

    def __rsub__(self, other: int) -> Expr:
        return literal(other) - self

    def __rmul__(self, other: int) -> Expr:
        return literal(other) * self

    def __mul__(self, other: Expr | int) -> Expr:
        return self._binary("*", other, Level.PRODUCT)

    def __rshift__(self, places: int) -> Expr:
        """The value shifted right, in the same type."""
        if places == 0:
            return self
        kind = "int" if RANKS[self.dtype] == 0 else self.dtype
        return Expr(f"{self.within(Level.UNARY)} >> {places}", Level.SHIFT, kind)

    def cast(self, dtype: str) -> Expr:
        """The value in another type."""
        return Expr(f"({ctype(dtype)}){self.within(Level.UNARY)}", Level.UNARY, dtype)

    def wide(self) -> Expr:
        """The value in at least 32 bits."""
        return self if RANKS[self.dtype] >= RANKS["int32"] else self.cast("int32")

    def within(self, level: Level) -> str:
        """Its text as an operand of an operator of ``level``."""
        return self.text if self.level >= level else f"({self.text})"

    def _binary(self, sign: str, other: Expr | int, level: Level) -> Expr:
        right = literal(other) if isinstance(other, int) else other
        kind = max(self.dtype, right.dtype, key=lambda dtype: RANKS[dtype])
        kind = "int" if RANKS[kind] == 0 else kind
        # Operators of one level associate to the left; a right operand of the same level needs parentheses.
        return Expr(f"{self.within(level)} {sign} {right.within(Level(level + 1))}", level, kind)


def literal(value: int) -> Expr:
    """An integer literal."""
    kind = "int" if abs(value) < 2**15 else "int32" if abs(value) < 2**31 else "int64"
    return Expr(integer(value), Level.PRIMARY if value >= 0 else Level.UNARY, kind)


def call(name: str, *arguments: Expr | int, dtype: str = "int32") -> Expr:
    """A call of a function with results of ``dtype``."""
    return Expr(f"{name}({', '.join(str(argument) for argument in arguments)})", dtype=dtype)
