"""Loops that find the largest or the smallest of an array, and loops that then use each of its values.

That no value is above the largest holds of all values at once. It is shown of one, whose index is any (the witness); a
loop that comes later is then followed at that very index. That the largest is one of the values, at the index ``best``,
shows that a sum of e^-(largest - x) has a term of e^0.

Attention stores its scores as it looks for the largest, and the loop behind changes each: a turn reads its score before
it is changed, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        witness: the ghost that is any index. first: the index of the first, or its ghost.
        start: what it is before a value has been met; empty where it begins as the first value.
        of: by the counter, which values count. reader: the one loop that changes the values, each as it is read.
    """

    name: str
    operator: str
    value: str
    counter: str
    witness: str
    first: str
    last: int
    start: str = ""
    of: str = "1"
    reader: int = 0

    def at(self, index: str, what: str = "") -> str:
        """The value at an index, or something else by the counter."""
        return f"({{ long {self.counter} = {index}; {what or self.value}; }})"

    @property
    def none(self) -> str:
        """That no value has been met."""
        return f"{self.name} == {self.start}" if self.start else "0"

    def holds(self, counter: str) -> tuple[str, str]:
        """What holds of the indices below a counter: of the witness, of the best."""
        name, best, seen = self.name, f"best_{self.name}", self.at(self.witness, self.of)
        met = f"{best} < {counter}" if self.start else f"({best} < {counter} || {best} == {self.first})"
        inside = f"{best} >= {self.first} && {best} <= {self.last} && {met}"
        of_best = f"{self.none} || ({inside} && {self.at(best, self.of)} && {name} == {self.at(best)})"
        return f"!({self.witness} < {counter} && {seen}) || {name} {self.operator} {self.at(self.witness)}", of_best

    @property
    def inside(self) -> str:
        """That the witness can be this index of another loop."""
        return f"{self.counter} >= {self.first} && {self.counter} <= {self.last}"


def extremes(function: Any, node: Any, loop: Loop, number: int) -> list[Extreme]:
    """The largest and the smallest that a loop finds: of an array, where its function declares them as the first value;
    of what the loop stores, where the next loop changes each value as it reads it."""
    results: list[Extreme] = []
    declared = {one.name: one.init for one in every(function) if isinstance(one, c_ast.Decl) and one.init is not None}
    stored = {text(one.rvalue): one.lvalue for one in every(node.stmt) if isinstance(one, c_ast.Assignment)}
    for one in every(node.stmt) if len(loop.steps) == 1 else ():
        if not isinstance(one, c_ast.Assignment) or not isinstance(one.rvalue, c_ast.TernaryOp):
            continue
        choice, name = one.rvalue, getattr(one.lvalue, "name", "")
        test = choice.cond
        if name not in loop.joined or not isinstance(test, c_ast.BinaryOp) or test.op not in ("<", ">"):
            continue
        ((counter, start),) = ((counter, loop.starts[counter]) for counter in loop.steps)
        selects = text(test.right) == name == text(choice.iffalse) and text(choice.iftrue) == text(test.left)
        place = test.left if isinstance(test.left, c_ast.ArrayRef) else stored.get(text(test.left))
        if not selects or not isinstance(place, c_ast.ArrayRef):
            continue
        last = start.low + loop.most - 1
        found = Extreme(name, f"{test.op}=", text(place), counter, f"witness_{number}", f"first_{number}", last)
        begun = declared.get(name)
        if place is not test.left and isinstance(begun, c_ast.Constant | c_ast.BinaryOp | c_ast.UnaryOp):
            reader, of = _next_loop(function, node), _counted(node)
            if reader is not None and text(place.subscript) == counter and _unshared(function, reader, place):
                results.append(replace(found, start=f"({text(begun)})", of=of, reader=id(reader)))
        elif start.single and isinstance(begun, c_ast.ArrayRef) and text(begun.name) == text(place.name):
            results.append(replace(found, first=str(max(start.low - 1, 0))))
    return results


def _next_loop(function: Any, node: Any) -> Any:
    """The loop behind a loop, with nothing but declarations of constants between."""
    for block in (one.block_items for one in every(function) if isinstance(one, c_ast.Compound)):
        if block and any(one is node for one in block):
            behind = block[[one is node for one in block].index(True) + 1 :]
            others = (
                one for one in behind if not isinstance(one, c_ast.Decl) or not isinstance(one.init, c_ast.Constant)
            )
            found = next(others, None)
            return found if isinstance(found, c_ast.For) else None
    return None


def _counted(node: Any) -> str:
    """By a loop's counter, which of its turns get behind its first statement, ``if (!...) { continue; }``."""
    first = node.stmt.block_items[0]
    leaves = isinstance(first, c_ast.If) and any(isinstance(one, c_ast.Continue) for one in every(first))
    return f"!({text(first.cond)})" if leaves else "1"


def _unshared(function: Any, reader: Any, place: Any) -> bool:
    """Whether a function uses an array by its elements alone, and a loop no other element than this."""
    array = text(place.name)
    elements = [one for one in every(function.body) if isinstance(one, c_ast.ArrayRef) and text(one.name) == array]
    others = [one for one in every(reader) if one in elements and text(one) != text(place)]
    return not others and len(elements) == sum(
        one.name == array for one in every(function.body) if isinstance(one, c_ast.ID)
    )


def uses(node: Any, loop: Loop, known: dict[str, Extreme]) -> Extreme | None:
    """What was found of the values that a loop uses. A turn that leaves the loop would stay at the witness."""
    values = {text(one) for one in every(node.stmt) if isinstance(one, c_ast.ArrayRef)}
    leaves = any(isinstance(one, (c_ast.Break, c_ast.Goto)) for one in every(node.stmt))
    fitting = [one for one in known.values() if one.value in values and list(loop.steps) == [one.counter]]
    fitting = [one for one in fitting if one.reader in (0, id(node))]
    return fitting[0] if fitting and not leaves else None


def at_zero(node: Any, context: Context) -> int:
    """What a function that a loop calls gives at 0, at least."""
    called = (context.calls.get(id(one)) for one in every(node.stmt) if isinstance(one, c_ast.FuncCall))
    return max((one.at_zero[0] for one in called if one is not None and one.at_zero), default=0)
