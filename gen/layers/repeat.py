"""RepeatVector: one frame, seen again at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Repeat(Op):
    """Core -> (steps, *core). Without ``steps`` a second input gives the length by its first core axis."""

    kind: ClassVar[str] = "repeat"

    steps: int | None

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((self.steps if self.steps is not None else inputs[1][0], *inputs[0]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        steps = self.steps if self.steps is not None else inputs[1].shape[1]
        return (np.repeat(inputs[0][:, None], steps, axis=1),)


@reads("RepeatVector")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    if len(builder.shape(value)) != 1:
        raise builder.broken(f"repeats a vector and is given {builder.shape(value)}")
    (out,) = builder.add(Repeat(int(spec.config["n"])), [value.tensor])
    return [Value(out)]


CASES = tuple(case("RepeatVector", (width,), n=n) for width in (1, 5) for n in (1, 4))
