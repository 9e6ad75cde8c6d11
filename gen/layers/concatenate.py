"""Concatenate: inputs laid side by side along one axis; Keras 3, ``keras/src/layers/merging/concatenate.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, reads
from .cases import case
from .merge import combine_masks


@dataclass(frozen=True, eq=False)
class Concatenate(Op):
    """``axis`` counts core axes."""

    kind: ClassVar[str] = "concatenate"

    axis: int

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        lengths = [shape[self.axis] for shape in inputs]
        total = None if any(n is None for n in lengths) else sum(n for n in lengths if n is not None)
        return ((*inputs[0][: self.axis], total, *inputs[0][self.axis + 1 :]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (np.concatenate(inputs, axis=self.axis + 1),)


@reads("Concatenate")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    shapes = [builder.shape(value) for value in inputs]
    rank = len(shapes[0]) if shapes else 0
    axis = spec.config["axis"]
    axis = axis + rank if axis < 0 else axis - 1
    joined = 0 <= axis < rank and all(len(shape) == rank for shape in shapes)
    others = zip(*((*shape[:axis], *shape[axis + 1 :]) for shape in shapes), strict=False)
    if not joined or any(len(set(lengths) - {None}) > 1 for lengths in others):
        raise builder.broken(f"cannot join inputs of shapes {', '.join(map(str, shapes))} along axis {axis + 1}")
    if len(inputs) == 1:
        return [inputs[0]]
    lead = 1 if axis > 0 else 0
    (out,) = builder.add(Concatenate(axis - lead), [value.tensor for value in inputs], lead=lead)
    return [Value(out, _mask(builder, inputs, axis, rank))]


def _mask(builder: Builder, inputs: Sequence[Value], axis: int, rank: int) -> int | None:
    masks = [value.mask for value in inputs if value.mask is not None]
    if any(len(builder.shape(mask)) > 1 for mask in masks):
        raise builder.refuse("joins inputs whose masks reach beyond the time axis")
    if not masks or rank != 2:
        return None
    if axis == 0:
        if len(masks) < len(inputs):
            raise builder.refuse("joins a masked and an unmasked sequence in time")
        (mask,) = builder.add(Concatenate(0), masks, suffix="_mask")
        return mask
    # An input without a mask counts as unmasked everywhere: that decides an "or" and is neutral in an "and".
    if builder.rules.masks_meet == "or" and len(masks) < len(inputs):
        return None
    return combine_masks(builder, masks)


CASES = (
    *(
        case("Concatenate", *shapes, axis=axis)
        for shapes, axis in (
            (((5,), (2,)), -1),
            (((5,), (2,), (1,)), 1),
            (((6, 3), (6, 2)), -1),
            (((6, 3), (6, 2)), 2),
            (((6, 3), (4, 3)), 1),
            (((6, 3), (4, 3), (1, 3)), -2),
            (((2, 4, 3), (2, 1, 3)), 2),
            (((2, 4, 3), (1, 4, 3)), 1),
            (((None, 3), (None, 2)), -1),
        )
    ),
    *(case("Concatenate", (6, 3), (6, 3), feed="masked", axis=axis) for axis in (-1, 1)),
)
