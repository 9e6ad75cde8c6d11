"""Concatenate: inputs joined along one axis; Keras 3, ``keras/src/layers/merging/concatenate.py``."""

from __future__ import annotations

from collections.abc import Sequence

from ....layers.concatenate import Concatenate
from ..dialect.config import Option
from .base import Builder, Spec, Value, several_inputs
from .merge import join_masks
from .parts import joined


@several_inputs(
    "Concatenate",
    options=(Option("axis", "int", -1, older=("concat_axis",)),),
    merge_mode="concat",
    aliases=("TFDConcat",),  # FeatureSpace's
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    rank, axis = len(builder.shape(inputs[0])), spec.config["axis"]
    axis = axis + rank if axis < 0 else axis - 1
    if len(inputs) < 2 or not 0 <= axis < rank:
        shapes = ", ".join(str(builder.shape(value)) for value in inputs)
        raise builder.broken(f"cannot join inputs of shapes {shapes} along axis {axis + 1}")
    return [Value(joined(builder, inputs, axis).tensor, _mask(builder, inputs, axis, rank))]


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
        return builder.node(Concatenate(0), *masks, suffix="_mask").tensor
    return join_masks(builder, inputs)
