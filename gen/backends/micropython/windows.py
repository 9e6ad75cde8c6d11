"""Windows in Python: positions of the outputs, and the places of a window that exist.

The loops over them are in ``templates/windows.mako``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.graph import Shape
from ...layers.windows import Window


@dataclass(frozen=True)
class Positions:
    """The axes of an op with windows, the first axis first.

    Outputs are at p0, p1, ...; places of a window at k0, k1, ..., which read the input at t0, t1, ....

    Args:
        inputs: values along each axis of the input.
        outputs: outputs along each axis.
    """

    windows: tuple[Window, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    by_rows: bool = False
    """Whether there is one output along the first axis, of whose window only the places from ``first`` to before
    ``last`` exist: the first values of the input are those at these places."""

    @property
    def words(self) -> list[str]:
        """The variables of the outputs' position."""
        return [f"p{axis}" for axis in range(self.by_rows, len(self.outputs))]

    @property
    def kernel(self) -> str:
        """The window's extent, for people."""
        return " x ".join(str(window.kernel) for window in self.windows)

    def input(self, axis: int) -> str:
        """The input position that a place reads."""
        window, step = self.windows[axis], _times(f"k{axis}", self.windows[axis].dilation)
        return step if self.by_rows and axis == 0 else _sum(_times(f"p{axis}", window.stride), step, -window.left)

    def test(self, axis: int) -> str:
        """The condition that this position exists; empty if it always does."""
        window = self.windows[axis]
        if self.by_rows and axis == 0:
            return "k0 >= first and k0 < last" if window.left > 0 or window.right > 0 else ""
        return "" if window.inside(self.inputs[axis]) else f"t{axis} >= 0 and t{axis} < {self.inputs[axis]}"

    @property
    def tests(self) -> str:
        """The same for all axes."""
        return " and ".join(filter(None, map(self.test, range(len(self.windows)))))

    def reaching(self, axis: int) -> str:
        """The input position, times the stride, from which a place of a transposed window is reached."""
        window = self.windows[axis]
        return _sum(f"p{axis}", window.left, f"-{_times(f'k{axis}', window.dilation)}")

    @property
    def place(self) -> str:
        """The input's position as one index."""
        return flat([f"t{axis}" for axis in range(len(self.inputs))], self.inputs)

    @property
    def tap(self) -> str:
        """The place in the window as one index."""
        return flat([f"k{axis}" for axis in range(len(self.inputs))], [w.kernel for w in self.windows])


def positions(windows: Sequence[Window], inputs: Shape, outputs: Shape, by_rows: bool = False) -> Positions:
    """The axes of an op, from its windows and its core shapes."""
    extents, answered = (tuple(int(n or 0) for n in shape[: len(windows)]) for shape in (inputs, outputs))
    return Positions(tuple(windows), extents, answered, by_rows)


def scaled(value: str, factor: int) -> str:
    """A product as a term of a sum."""
    return _times(f"({value})" if " " in value and factor != 1 else value, factor)


def flat(words: Sequence[str], sizes: Sequence[int]) -> str:
    """A position along several axes as one index."""
    text = ""
    for word, size in zip(words, sizes, strict=True):
        text = f"{scaled(text, size)} + {word}" if text else word
    return text


def _times(word: str, factor: int) -> str:
    return word if factor == 1 else f"{word} * {factor}"


def _sum(*terms: str | int) -> str:
    return " + ".join(str(term) for term in terms if term != 0).replace("+ -", "- ")
