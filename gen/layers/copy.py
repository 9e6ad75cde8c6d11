"""Copy: the same values in a place of their own. Passes insert it; no Keras layer reads as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Copy(Op):
    """Any core, unchanged."""

    kind: ClassVar[str] = "copy"
    moves: ClassVar[bool] = True
    in_place: ClassVar[bool] = True

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return inputs
