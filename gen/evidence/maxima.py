"""Loops that find the largest or the smallest of an array, and loops that then use each of its values.

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
class Extreme:
    """The largest value, or the smallest.

    Args:
        name: the variable. operator: how it is to any value. value: C's expression of a value, by the counter.
        witness: the ghost that is any index. first: the index of the first.
    """

    name: str
    operator: str
    value: str
    counter: str
    witness: str
    first: int
    last: int

    def at(self, index: str) -> str:
        """The value at an index."""
        return f"({{ long {self.counter} = {index}; {self.value}; }})"

    def holds(self, counter: str) -> tuple[str, str]:
        """What holds of the indices below a counter: of the witness, of the best."""
        name, best = self.name, f"best_{self.name}"
        of_best = (
            f"{best} >= {self.first} && ({best} < {counter} || {best} == {self.first}) && {name} == {self.at(best)}"
        )
        return f"!({self.witness} < {counter}) || {name} {self.operator} {self.at(self.witness)}", of_best

    @property
    def inside(self) -> str:
        """That the witness can be this index of another loop."""
        return f"{self.counter} >= {self.first} && {self.counter} <= {self.last}"


def extremes(function: Any, node: Any, loop: Loop, number: int) -> list[Extreme]:
    """The largest and the smallest that a loop finds, where its function declares them as the first value."""
    results: list[Extreme] = []
    declared = [one for one in every(function) if isinstance(one, c_ast.Decl) and isinstance(one.init, c_ast.ArrayRef)]
    firsts = {(one.name, text(one.init.name)) for one in declared}
    for one in every(node.stmt) if len(loop.steps) == 1 else ():
        if not isinstance(one, c_ast.Assignment) or not isinstance(one.rvalue, c_ast.TernaryOp):
            continue
        choice, name = one.rvalue, getattr(one.lvalue, "name", "")
        test = choice.cond
        if name not in loop.joined or not isinstance(test, c_ast.BinaryOp) or not isinstance(test.left, c_ast.ArrayRef):
            continue
        ((counter, start),) = ((counter, loop.starts[counter]) for counter in loop.steps)
        value = text(test.left)
        selects = text(test.right) == name == text(choice.iffalse) and text(choice.iftrue) == value
        if test.op in ("<", ">") and selects and start.single and (name, text(test.left.name)) in firsts:
            ends = max(start.low - 1, 0), start.low + loop.most - 1
            results.append(Extreme(name, f"{test.op}=", value, counter, f"witness_{number}", *ends))
    return results


def uses(node: Any, loop: Loop, known: dict[str, Extreme]) -> Extreme | None:
    """What was found of the values that a loop uses. A turn that leaves the loop would stay at the witness."""
    values = {text(one) for one in every(node.stmt) if isinstance(one, c_ast.ArrayRef)}
    leaves = any(isinstance(one, (c_ast.Break, c_ast.Goto)) for one in every(node.stmt))
    fitting = [one for one in known.values() if one.value in values and list(loop.steps) == [one.counter]]
    return fitting[0] if fitting and not leaves else None


def at_zero(node: Any, context: Context) -> int:
    """What a function that a loop calls gives at 0, at least."""
    called = (context.calls.get(id(one)) for one in every(node.stmt) if isinstance(one, c_ast.FuncCall))
    return max((one.at_zero[0] for one in called if one is not None and one.at_zero), default=0)
