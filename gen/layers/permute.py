"""Permute: axes in another order; ``dims`` counts from 1 and leaves the batch axis out, as in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape, known
from .base import Builder, Spec, Value, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Permute(Op):
    """Core axis ``order[k]`` becomes axis k."""

    kind: ClassVar[str] = "permute"

    order: tuple[int, ...]

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (tuple(inputs[0][axis] for axis in self.order),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (np.transpose(inputs[0], (0, *(axis + 1 for axis in self.order))),)


@reads("Permute")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    dims = [int(d) for d in spec.config["dims"]]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise builder.broken(f"dims {tuple(dims)} do not permute the axes of {shape}")
    lead = next((k for k, d in enumerate(dims) if d != k + 1), len(dims))
    if lead == len(dims):
        return [Value(value.tensor)]
    if not known(shape[lead:]):
        raise builder.refuse(
            f"moves an axis whose length is not fixed in {shape}", fix="fix the length in the model's Input"
        )
    (out,) = builder.add(Permute(tuple(d - 1 - lead for d in dims[lead:])), [value.tensor], lead=lead)
    return [Value(out)]


CASES = (
    *(
        case("Permute", shape, dims=dims)
        for shape, dims in (
            ((5,), (1,)),
            ((6, 3), (2, 1)),
            ((6, 3), (1, 2)),
            ((2, 4, 3), (3, 1, 2)),
            ((2, 4, 3), (1, 3, 2)),
            ((2, 4, 3), (2, 1, 3)),
            ((2, 2, 3, 2), (4, 2, 1, 3)),
        )
    ),
    case("Permute", (None, 4, 3), dims=(1, 3, 2)),
    case("Permute", (None, 3), dims=(2, 1), refused="length is not fixed"),
)
