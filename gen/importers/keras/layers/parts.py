"""Parts of tensors, and joined tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....layers.concatenate import Concatenate
from ....layers.pad import Pad
from ....layers.reshape import Reshape
from ....layers.slice import Cut, Slice
from .base import Builder, Value


def reshaped(builder: Builder, tensor: int, core: Sequence[int | None], suffix: str, lead: int = 0) -> int:
    """A tensor whose axes after the first ``lead`` have these lengths."""
    if builder.shape(tensor)[lead:] == tuple(core):
        return tensor
    return builder.add(Reshape(tuple(core)), [tensor], lead=lead, suffix=suffix)[0]


def joined(builder: Builder, values: Sequence[Value], axis: int) -> Value:
    """Tensors joined along an axis of the sample."""
    if len(values) == 1:
        return values[0]
    shapes = [builder.shape(value) for value in values]
    others = zip(*((*shape[:axis], *shape[axis + 1 :]) for shape in shapes), strict=False)
    if len(set(map(len, shapes))) > 1 or any(len(set(lengths) - {None}) > 1 for lengths in others):
        raise builder.broken(f"cannot join inputs of shapes {', '.join(map(str, shapes))} along axis {axis + 1}")
    lead = 1 if axis > 0 else 0
    return builder.node(Concatenate(axis - lead), *values, lead=lead)


def pieces(builder: Builder, value: Value, axis: int, *cuts: Cut) -> list[Value]:
    """Several parts of an axis."""
    return [taken(builder, value, {axis: cut}) for cut in cuts]


def taken(builder: Builder, value: Value, cuts: Mapping[int, Cut]) -> Value:
    """Some positions of axes."""
    shape = builder.shape(value)
    cuts = {axis: cut for axis, cut in cuts.items() if cut != (0, 1, shape[axis])}
    if not cuts:
        return value
    first, last = min(cuts), max(cuts)
    lengths = builder.lengths(shape[first:], "takes a part of")[: last + 1 - first]
    all_cuts: list[Cut] = [cuts.get(axis) or (0, 1, n) for axis, n in enumerate(lengths, first)]
    if all(step == 1 for _, step, _ in all_cuts) and len(all_cuts) <= 3:
        ends = tuple((-start, start + n - length) for (start, _, n), length in zip(all_cuts, lengths, strict=True))
        return builder.node(Pad(ends), value, lead=first)
    return builder.node(Slice(tuple(all_cuts)), value, lead=first)
