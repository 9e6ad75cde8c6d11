"""Windows as loops of Python: over the outputs' positions, and over the places of a window that exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.graph import Shape
from ...layers.windows import Window


@dataclass(frozen=True)
class Positions:
    """The axes of an op with windows, the first axis first.

    Args:
        given: values along each axis of the input.
        made: outputs along each.
    """

    windows: tuple[Window, ...]
    given: tuple[int, ...]
    made: tuple[int, ...]
    by_rows: bool = False
    """Whether there is one output along the first axis, of whose window the places from ``first`` on to before ``last``
    exist: the first values of the input are those that it sees."""

    def loops(self, body: Sequence[str]) -> list[str]:
        """The body at every position of the output: p0, p1, ..."""
        axes = list(enumerate(self.made))[1 if self.by_rows else 0 :]
        return _nested([[f"for p{axis} in range({count}):"] for axis, count in axes], body)

    def taps(self, body: Sequence[str]) -> list[str]:
        """The body at every place of a window (k0, k1, ...) that exists: at t0, t1, ... of the input."""
        levels = []
        for axis, (window, n) in enumerate(zip(self.windows, self.given, strict=True)):
            if self.by_rows and axis == 0:
                levels.append(["for k0 in range(first, last):", f"    t0 = {_times('k0', window.dilation)}"])
                continue
            at = _sum(_times(f"p{axis}", window.stride), _times(f"k{axis}", window.dilation), -window.left)
            lines = [f"for k{axis} in range({window.kernel}):", f"    t{axis} = {at}"]
            if not window.inside(n):
                lines.append(f"    if 0 <= t{axis} < {n}:")
            levels.append(lines)
        return _nested(levels, body)

    def places(self, seen: Sequence[str], none: Sequence[str] | None) -> list[str]:
        """``seen`` at every place of a window that exists, ``none`` at every other; places k0, k1, ..., at t0, t1, ...
        of the input. In words that viper has."""
        levels, tests = [], []
        for axis, (window, n) in enumerate(zip(self.windows, self.given, strict=True)):
            if self.by_rows and axis == 0:
                levels.append([f"for k0 in range({window.kernel}):", f"    t0 = {_times('k0', window.dilation)}"])
                tests += ["k0 >= first", "k0 < last"] if window.left > 0 or window.right > 0 else []
                continue
            at = _sum(_times(f"p{axis}", window.stride), _times(f"k{axis}", window.dilation), -window.left)
            levels.append([f"for k{axis} in range({window.kernel}):", f"    t{axis} = {at}"])
            if not window.inside(n):
                tests += [f"t{axis} >= 0", f"t{axis} < {n}"]
        if not tests:
            return _nested(levels, seen)
        body = [f"if {' and '.join(tests)}:", *(f"    {line}" for line in seen)]
        if none is not None:
            body += ["else:", *(f"    {line}" for line in none)]
        return _nested(levels, body)

    def reaching(self, body: Sequence[str]) -> list[str]:
        """The body at every place k0, k1, ... of a transposed window that an input reaches the output from: t0, t1, ...
        of the input."""
        levels = []
        for axis, (w, n) in enumerate(zip(self.windows, self.given, strict=True)):
            at = _sum(f"p{axis}", w.left, f"-{_times(f'k{axis}', w.dilation)}")
            lines = [f"for k{axis} in range({w.kernel}):"]
            if w.stride == 1:
                lines += [f"    t{axis} = {at}", f"    if 0 <= t{axis} < {n}:"]
            else:
                lines += [f"    t{axis} = {at}", f"    if 0 <= t{axis} < {n * w.stride} and t{axis} % {w.stride} == 0:"]
                lines.append(f"        t{axis} //= {w.stride}")
            levels.append(lines)
        return _nested(levels, body)

    @property
    def place(self) -> str:
        """The input's position, counted through."""
        return _flat([f"t{axis}" for axis in range(len(self.given))], self.given)

    @property
    def tap(self) -> str:
        """The place in the window, counted through."""
        return _flat([f"k{axis}" for axis in range(len(self.given))], [w.kernel for w in self.windows])


def positions(windows: Sequence[Window], given: Shape, made: Shape, by_rows: bool = False) -> Positions:
    """The axes of an op, from its windows and its core shapes."""
    rank = len(windows)
    known, outputs = (tuple(int(n or 0) for n in shape[:rank]) for shape in (given, made))
    return Positions(tuple(windows), known, outputs, by_rows)


def scaled(value: str, factor: int) -> str:
    """A product as a term of a sum."""
    if factor == 1:
        return value
    return f"({value}) * {factor}" if " " in value else f"{value} * {factor}"


def _nested(levels: Sequence[Sequence[str]], body: Sequence[str]) -> list[str]:
    """Lines of each level inside the last line of the level before it."""
    lines: list[str] = []
    pad = ""
    for level in levels:
        lines += [pad + line for line in level]
        last = level[-1]
        deeper = len(last) - len(last.lstrip()) + (4 if last.endswith(":") else 0)
        pad += " " * deeper
    return [*lines, *(pad + line for line in body)]


def _flat(words: Sequence[str], sizes: Sequence[int]) -> str:
    text = ""
    for word, size in zip(words, sizes, strict=True):
        text = f"{scaled(text, size)} + {word}" if text else word
    return text


def _times(word: str, factor: int) -> str:
    return word if factor == 1 else f"{word} * {factor}"


def _sum(*terms: str | int) -> str:
    kept = [str(term) for term in terms if term != 0]
    return " + ".join(kept).replace("+ -", "- ")
