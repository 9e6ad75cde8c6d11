"""Add, Subtract, Multiply, Average, Maximum, Minimum: element by element over several inputs, with broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape
from .activation import frames
from .base import Builder, Spec, Value, reads
from .cases import case
from .repeat import Repeat
from .reshape import Reshape
from .select import Select

STEPS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "average": np.add,
    "maximum": np.maximum,
    "minimum": np.minimum,
}


@dataclass(frozen=True, eq=False)
class Merge(Op):
    """Left to right over cores of equal rank, 1 where an input broadcasts; an average divides once at the end."""

    kind: ClassVar[str] = "merge"

    mode: str

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (tuple(next((n for n in axis if n != 1), 1) for axis in zip(*inputs, strict=True)),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        total: Array = reduce(STEPS[self.mode], inputs)
        return (total / len(inputs) if self.mode == "average" else total,)


CLASSES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


@reads(*CLASSES)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Inputs of lower rank get axes of length 1 in front; Keras 3, ``keras/src/layers/merging/base_merge.py``."""
    del initial
    mode = spec.class_name.lower()
    if not inputs or (mode == "subtract" and len(inputs) != 2):
        raise builder.broken(f"{mode} cannot take {len(inputs)} inputs")
    if builder.rules.merges_mind_masks and mode in MINDFUL and any(value.mask is not None for value in inputs):
        return [merge_masked(builder, mode, inputs)]
    tensors = aligned(builder, [value.tensor for value in inputs])
    (out,) = builder.add(Merge(mode), tensors, lead=frames(builder.shape(tensors[0])))
    return [Value(out, join_masks(builder, inputs, len(builder.shape(out))))]


MINDFUL = ("multiply", "maximum", "minimum")


def merge_masked(builder: Builder, mode: str, inputs: Sequence[Value]) -> Value:
    """Keras 3: an input's masked steps count as 1 in a product, and as the other inputs in a maximum or minimum;
    where all are masked, a product is 0. ``merging/{multiply,base_merge}.py``, ``_apply_merge_op_and_or_mask``."""
    shapes = {builder.shape(value) for value in inputs}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise builder.refuse(f"{mode} of masked inputs of shapes {', '.join(map(str, sorted(shapes, key=str)))}")

    def select(mask: int, x: int, other: int | float) -> int:
        given = isinstance(other, int)
        op = Select(None if given else float(other))
        (out,) = builder.add(op, [mask, x, int(other)] if given else [mask, x], lead=1, suffix="_select")
        return out

    masks = [value.mask for value in inputs if value.mask is not None]
    if mode == "multiply":
        tensors = [v.tensor if v.mask is None else select(v.mask, v.tensor, 1.0) for v in inputs]
        (out,) = builder.add(Merge(mode), tensors, lead=1)
        if len(masks) < len(inputs):
            return Value(out)
        joined = combine_masks(builder, masks)
        return Value(select(joined, out, 0.0), joined)
    out, mask = inputs[0].tensor, inputs[0].mask
    for value in inputs[1:]:
        x = value.tensor if value.mask is None else select(value.mask, value.tensor, out)
        out = out if mask is None else select(mask, out, x)
        mask = None if mask is None or value.mask is None else combine_masks(builder, [mask, value.mask])
        (out,) = builder.add(Merge(mode), [out, x], lead=1)
    return Value(out, mask)


def aligned(builder: Builder, tensors: Sequence[int]) -> list[int]:
    """The tensors with equal rank and equal first axis, so that a merge can go frame by frame."""
    shapes = [builder.shape(t) for t in tensors]
    rank = max(map(len, shapes))
    padded: list[Shape] = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    for axis in zip(*padded, strict=True):
        if len({n for n in axis if n not in (1, None)}) > 1:
            raise builder.broken(f"cannot merge inputs of shapes {', '.join(map(str, shapes))}")
    if rank < 2:
        return list(tensors)
    model = next((t for t, s in zip(tensors, padded, strict=True) if s[0] != 1), None)
    return [
        tensor if model is None or shape[0] != 1 else repeated(builder, tensor, shape[1:], model)
        for tensor, shape in zip(tensors, padded, strict=True)
    ]


def repeated(builder: Builder, tensor: int, core: Shape, model: int) -> int:
    """One frame of shape ``core``, seen at every step of ``model``'s time axis."""
    if builder.shape(tensor) != core:
        (tensor,) = builder.add(Reshape(core), [tensor], suffix="_frame")
    steps = builder.shape(model)[0]
    (out,) = builder.add(Repeat(steps), [tensor] if steps is not None else [tensor, model], suffix="_repeated")
    return out


def join_masks(builder: Builder, inputs: Sequence[Value], rank: int) -> int | None:
    """The mask of a merge of element by element kind, by the rules of the file's generation."""
    masks = [value.mask for value in inputs if value.mask is not None]
    if not masks or rank < 2 or (builder.rules.masks_meet == "or" and len(masks) < len(inputs)):
        return None
    return combine_masks(builder, masks)


def combine_masks(builder: Builder, masks: Sequence[int]) -> int:
    """One mask from several: 1 where any is (Keras 3) or where all are (before)."""
    if len(set(masks)) == 1:
        return masks[0]
    mode = "maximum" if builder.rules.masks_meet == "or" else "minimum"
    (mask,) = builder.add(Merge(mode), masks, lead=1, suffix="_mask")
    return mask


CASES = (
    *(
        case(name, *shapes)
        for name in CLASSES
        for shapes in (
            ((5,), (5,)),
            ((6, 3), (6, 3)),
            ((6, 3), (1, 3)),
            ((6, 3), (6, 1)),
            ((1, 3), (6, 1)),
            ((2, 4, 3), (2, 4, 3)),
        )
    ),
    *(case(name, (6, 3), (3,), only="keras") for name in CLASSES),
    *(case(name, (3,), (6, 3), only="keras") for name in ("Add", "Subtract", "Maximum")),
    *(case(name, (6, 3), (6, 3), (6, 3)) for name in CLASSES if name != "Subtract"),
    *(case(name, (None, 3), (None, 3)) for name in ("Add", "Average")),
    *(case(name, (6, 3), (6, 3), feed="masked") for name in CLASSES),
    case("Add", (6, 3), (6, 3), (6, 3), feed="masked"),
)
