"""Loops that find the largest of an array, and loops that then take each of its values from it.

That no value is above the largest holds of all values at once. It is shown of one, whose index is any (the witness); a
loop that comes later is then followed at that very index. That the largest is one of the values, at the index ``best``,
shows that a sum of e^-(largest - x) has a term of e^0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pycparser import c_ast

from .contexts import Context
from .loops import Loop
from .source import every, text


@dataclass(frozen=True)
class Maximum:
    """The largest value.

    Args:
        name: the variable. value: C's expression of a value, by the counter. first: the index of the first.
    """

    name: str
    value: str
    counter: str
    first: int
    last: int

    def at(self, index: str) -> str:
        """The value at an index."""
        return f"({{ long {self.counter} = {index}; {self.value}; }})"

    def holds(self, counter: str) -> tuple[str, str]:
        """What holds of the indices below a counter: of the witness, of the best."""
        name = self.name
        of_best = f"best_{name} >= {self.first} && best_{name} < {counter} && {name} == {self.at(f'best_{name}')}"
        return f"!(witness_{name} < {counter}) || {name} >= {self.at(f'witness_{name}')}", of_best

    @property
    def ghosts(self) -> tuple[str, ...]:
        """Declarations ahead of its loop."""
        name = self.name
        any_ = f"ASSUME(witness_{name} >= {self.first} && witness_{name} <= {self.last});"
        begins = f'CHECK({name} == {self.at(str(self.first))}, "{name}: the largest of one value");'
        return f"long witness_{name}, best_{name};", any_, begins


def maximum(node: Any, loop: Loop) -> Maximum | None:
    """The largest that a loop finds; None where it finds none."""
    if len(loop.steps) != 1:
        return None
    (counter,) = loop.steps
    start = loop.starts[counter]
    for one in every(node.stmt):
        if not isinstance(one, c_ast.Assignment) or not isinstance(one.rvalue, c_ast.TernaryOp):
            continue
        choice, name = one.rvalue, getattr(one.lvalue, "name", "")
        test = choice.cond
        if name not in loop.joined or not isinstance(test, c_ast.BinaryOp) or not isinstance(test.left, c_ast.ArrayRef):
            continue
        value = text(test.left)
        if test.op == ">" and text(test.right) == name == text(choice.iffalse) and text(choice.iftrue) == value:
            return Maximum(name, value, counter, start.low - 1, start.low + loop.most - 1) if start.single else None
    return None


def uses(node: Any, maxima: dict[str, Maximum]) -> Maximum | None:
    """The largest from which a loop takes each value."""
    for one in every(node.stmt):
        if isinstance(one, c_ast.BinaryOp) and one.op == "-" and isinstance(one.left, c_ast.ID):
            known = maxima.get(one.left.name)
            if known is not None and text(one.right) == known.value:
                return known
    return None


def at_zero(node: Any, context: Context) -> int:
    """What a function that a loop calls gives at 0, at least."""
    called = (context.calls.get(id(one)) for one in every(node.stmt) if isinstance(one, c_ast.FuncCall))
    return max((one.at_zero[0] for one in called if one is not None and one.at_zero), default=0)
