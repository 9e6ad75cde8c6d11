"""Concatenate: inputs laid side by side along one axis; Keras 3, ``keras/src/layers/merging/concatenate.py``."""

from __future__ import annotations

from collections.abc import Sequence

from ....layers.concatenate import Concatenate
from ..dialect.config import Option
from .base import Builder, Spec, Value, several_inputs
from .merge import join_masks


@several_inputs(
    "Concatenate",
    options=(Option("axis", "int", -1, older=("concat_axis",)),),
    merge_mode="concat",
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    shapes = [builder.shape(value) for value in inputs]
    rank = len(shapes[0]) if shapes else 0
    axis = spec.config["axis"]
    axis = axis + rank if axis < 0 else axis - 1
    joined = len(inputs) > 1 and 0 <= axis < rank and all(len(shape) == rank for shape in shapes)
    others = zip(*((*shape[:axis], *shape[axis + 1 :]) for shape in shapes), strict=False)
    if not joined or any(len(set(lengths) - {None}) > 1 for lengths in others):
        raise builder.broken(f"cannot join inputs of shapes {', '.join(map(str, shapes))} along axis {axis + 1}")
    lead = 1 if axis > 0 else 0
    side_by_side = builder.node(Concatenate(axis - lead), *inputs, lead=lead)
    return [Value(side_by_side.tensor, _mask(builder, inputs, axis, rank))]


def _mask(builder: Builder, inputs: Sequence[Value], axis: int, rank: int) -> int | None:
    masks = [value.mask for value in inputs if value.mask is not None]
    if any(len(builder.shape(mask)) > 1 for mask in masks):
        raise builder.refuse("joins inputs whose masks reach beyond the time axis")
    if not masks or builder.rules.masks_meet == "none":
        return None
    if any(len(builder.shape(mask)) != rank - 1 for mask in masks):
        raise builder.refuse(f"joins inputs of {rank} axes that have masks of their steps only")
    if axis == 0 and rank == 2:
        if len(masks) < len(inputs):
            raise builder.refuse("joins a masked and an unmasked sequence in time")
        (mask,) = builder.add(Concatenate(0), masks, suffix="_mask")
        return mask
    return join_masks(builder, inputs)
