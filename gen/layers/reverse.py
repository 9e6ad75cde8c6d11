"""Reverse: a sequence with its time axis turned round (go_backwards, Bidirectional)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..graph import Array, Op, Shape


@dataclass(frozen=True, eq=False)
class Reverse(Op):
    """Core: (time, ...). In C it costs nothing where a loop can read from the far end."""

    kind: ClassVar[str] = "reverse"

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0][:, ::-1],)
