"""PReLU: x where x >= 0, alpha x below, alpha learned (He et al. 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, cast, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Prelu(Op):
    """alpha has the core's rank, 1 on shared axes."""

    kind: ClassVar[str] = "prelu"

    alpha: Array

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return inputs

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        return (np.where(x >= 0, x, cast(self.alpha, x) * x),)


@reads("PReLU")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    alpha = spec.weights["alpha"]
    if alpha.ndim != len(shape) or any(a not in (1, s) for a, s in zip(alpha.shape, shape, strict=True)):
        raise builder.broken(f"alpha has shape {alpha.shape}, which does not fit an input of {shape}")
    shared_time = len(shape) > 1 and alpha.shape[0] == 1
    op = Prelu(alpha[0] if shared_time else alpha)
    (out,) = builder.add(op, [value.tensor], lead=int(shared_time))
    return [Value(out, value.mask)]


CASES = tuple(
    case("PReLU", shape, feed=feed, shared_axes=shared)
    for shape, shared in (
        ((5,), None),
        ((6, 3), None),
        ((6, 3), [1]),
        ((6, 3), [2]),
        ((6, 3), [1, 2]),
        ((2, 4, 3), [1, 2]),
    )
    for feed in ("floats", "edges")
)
