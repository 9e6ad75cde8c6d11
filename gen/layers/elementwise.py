"""Operators value by value that Merge and Activation do not cover, with constants among the operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Shape
from .base import Broadcast, cast

TRUTHS = (
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "logical_xor"),
)
"""Operators whose result is true or false: 1 or 0. Their names are NumPy's, as are all but ``where``."""
ARITHMETIC = ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")


def _where(condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition != 0, x, y)


STEPS: dict[str, Callable[..., Array]] = {"where": _where, **{n: getattr(np, n) for n in (*ARITHMETIC, *TRUTHS)}}


@dataclass(frozen=True, eq=False)
class Elementwise(Broadcast):
    """``first mode second``, or ``second where first else third``, with broadcasting over cores of equal rank.

    Args:
        mode: a key of ``STEPS``.
        first, second, third: constants; None stands for the next input. Only ``where`` has a ``third``.
    """

    mode: str
    first: Array | None = None
    second: Array | None = None
    third: Array | None = None

    @property
    def truth(self) -> bool:
        """Whether the result is true or false."""
        return self.mode in TRUTHS

    @property
    def constants(self) -> tuple[Array | None, ...]:
        """The constant or None of each operand, in their order."""
        return (self.first, self.second, self.third) if self.mode == "where" else (self.first, self.second)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return super().shapes(*inputs, *(constant.shape for constant in self.constants if constant is not None))

    def integral(self, wholes: Sequence[bool]) -> bool:
        flags = iter(wholes)
        operands = [next(flags) if part is None else bool((part == np.round(part)).all()) for part in self.constants]
        return self.truth or (self.mode != "divide" and all(operands[self.mode == "where" :]))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x, remaining = inputs[0], iter(inputs)
        operands = [next(remaining) if part is None else cast(part, x) for part in self.constants]
        with np.errstate(all="ignore"):
            y: Array = STEPS[self.mode](*operands)
        return (y.astype(x.dtype, copy=False),)
