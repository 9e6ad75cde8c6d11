"""Add, Subtract, Multiply, Average, Maximum, Minimum: element by element over several inputs, with broadcasting."""

from __future__ import annotations

from collections.abc import Sequence

from ....core.graph import Shape
from ....layers.merge import Merge
from ....layers.repeat import Repeat
from ....layers.select import Select
from ..dialect.kinds import Kind
from .activation import frames
from .base import Builder, Spec, Value, reads
from .narrow import mind_layer
from .parts import reshaped

MODES = {"Add": "sum", "Subtract": "", "Multiply": "mul", "Average": "ave", "Maximum": "max", "Minimum": ""}
"""Their names as modes of Keras 1's Merge."""
MINDFUL = ("multiply", "maximum", "minimum")


@reads(*(Kind(name, merge_mode=mode, looks_for_masks=name.lower() in MINDFUL) for name, mode in MODES.items()))
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """Inputs of lower rank get axes of length 1 in front; Keras 3, ``keras/src/layers/merging/base_merge.py``."""
    mode = spec.class_name.lower()
    if len(inputs) < 2 or (mode == "subtract" and len(inputs) > 2):
        raise builder.broken(f"{mode} cannot take {len(inputs)} inputs")
    if mode not in ("maximum", "minimum"):
        mind_layer(builder, inputs, multiplies=mode == "multiply")
    if builder.rules.merges_mind_masks and mode in MINDFUL and any(value.mask is not None for value in inputs):
        return [merge_masked(builder, mode, inputs)]
    tensors = aligned(builder, [value.tensor for value in inputs])
    merged = builder.node(Merge(mode), *tensors, lead=frames(builder.shape(tensors[0])))
    return [Value(merged.tensor, join_masks(builder, inputs))]


def merge_masked(builder: Builder, mode: str, inputs: Sequence[Value]) -> Value:
    """Keras 3: an input's masked steps count as 1 in a product, and as the other inputs in a maximum or minimum.
    If all are masked, a product is 0. ``merging/{multiply,base_merge}.py``, ``_apply_merge_op_and_or_mask``."""
    shapes = {builder.shape(value) for value in inputs}
    shape = builder.shape(inputs[0])
    lead = len(shape) - 1
    reached = {builder.shape(value.mask) for value in inputs if value.mask is not None}
    if len(shapes) != 1 or reached != {shape[:lead]}:
        listed = ", ".join(map(str, sorted(shapes, key=str)))
        raise builder.refuse(f"{mode} of inputs of shapes {listed} with masks of shapes {sorted(reached, key=str)}")

    def select(mask: int, x: int, other: int | float) -> int:
        otherwise = [other] if isinstance(other, int) else []
        op = Select(None if otherwise else float(other))
        return builder.node(op, mask, x, *otherwise, lead=lead, suffix="_select").tensor

    masks = [value.mask for value in inputs if value.mask is not None]
    if mode == "multiply":
        tensors = [v.tensor if v.mask is None else select(v.mask, v.tensor, 1.0) for v in inputs]
        (out,) = builder.add(Merge(mode), tensors, lead=lead)
        if len(masks) < len(inputs):
            return Value(out)
        joined = combine_masks(builder, masks)
        return Value(select(joined, out, 0.0), joined)
    out, mask = inputs[0].tensor, inputs[0].mask
    for value in inputs[1:]:
        x = value.tensor if value.mask is None else select(value.mask, value.tensor, out)
        out = out if mask is None else select(mask, out, x)
        mask = None if mask is None or value.mask is None else combine_masks(builder, [mask, value.mask])
        (out,) = builder.add(Merge(mode), [out, x], lead=lead)
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

    def brought(tensor: int, shape: Shape) -> int:
        if model is not None:
            return tensor if shape[0] != 1 else repeated(builder, tensor, shape[1:], model)
        return reshaped(builder, tensor, shape, "_frame")

    return [brought(tensor, shape) for tensor, shape in zip(tensors, padded, strict=True)]


def repeated(builder: Builder, tensor: int, core: Shape, model: int) -> int:
    """One frame of shape ``core``, repeated at every step of ``model``'s time axis."""
    tensor = reshaped(builder, tensor, core, "_frame")
    steps = builder.shape(model)[0]
    return builder.node(Repeat(steps), tensor, *([model] if steps is None else []), suffix="_repeated").tensor


def join_masks(builder: Builder, inputs: Sequence[Value]) -> int | None:
    """The mask of a merge element by element, by the rules of the file's generation."""
    masks = [value.mask for value in inputs if value.mask is not None]
    if not masks or builder.rules.masks_meet == "none":
        return None
    # An input without a mask counts as unmasked everywhere: that decides an "or" and is neutral in an "and".
    if builder.rules.masks_meet == "or" and len(masks) < len(inputs):
        return None
    return combine_masks(builder, masks)


def combine_masks(builder: Builder, masks: Sequence[int]) -> int:
    """One mask from several: 1 if any is 1 (Keras 3), or if all are (before)."""
    if len(set(masks)) == 1:
        return masks[0]
    shapes = [builder.shape(mask) for mask in masks]
    alike = len(set(map(len, shapes))) == 1 and all(len(set(axis) - {None}) < 2 for axis in zip(*shapes, strict=True))
    if not alike:
        raise builder.refuse(f"meets masks of different shapes: {', '.join(map(str, shapes))}")
    mode = "maximum" if builder.rules.masks_meet == "or" else "minimum"
    return builder.node(Merge(mode), *masks, lead=min(1, len(shapes[0])), suffix="_mask").tensor
