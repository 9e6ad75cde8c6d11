"""Operators that move values: other shapes, other orders, parts, and joined tensors."""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import accumulate
from typing import Any

import numpy as np

from ....core.graph import Shape, count
from ....core.op import snake_case
from ....layers.pad import Pad
from ....layers.slice import Cut
from ....layers.upsample import Upsample
from ..dialect.config import shown
from .base import Value
from .operators import Use, operator
from .parts import joined, pieces, taken
from .permute import permuted
from .reshape import add_reshape


@operator("Reshape", function=("x", "newshape"))
def read_reshape(use: Use, x: Value) -> list[Value]:
    """The first axis of the new shape is that of samples: -1, or open."""
    wanted = use.get("newshape", use.get("shape"))
    if not isinstance(wanted, (list, np.ndarray)) or not len(wanted):
        raise use.builder.refuse("is reshaped to a shape that is computed", fix="use a Reshape layer")
    first, *sizes = use.to_wholes([-1 if n is None else n for n in wanted], "newshape")
    shape = use.builder.lengths(x, "reshapes")
    others = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and others > 0 and count(shape) % others == 0:
        sizes[sizes.index(-1)] = count(shape) // others
    if -1 in sizes or math.prod(sizes) != count(shape) or first not in (-1, 1):
        raise use.across()
    return [add_reshape(use.builder, x, tuple(sizes))]


@operator("Ravel", "Flatten")
def read_ravel(use: Use) -> list[Value]:
    raise use.across()


WORDS = {"Swapaxes": ("axis1", "axis2"), "Moveaxis": ("source", "destination"), "ExpandDims": ("axis",)}
"""Arguments of functions that move axes, or make axes of length 1."""


@operator("Transpose", function=("x", "axes"))
@operator("ExpandDims", function=("x", "axis"))
@operator("Swapaxes", "Moveaxis")
def read_order(use: Use, x: Value) -> list[Value]:
    """The axes of NumPy's function of the same name."""
    shape = use.builder.shape(x)
    words = WORDS.get(use.name, ("axes",))
    named: list[Any] = [use.whole(word) if use.name == "Swapaxes" else use.wholes(word) or None for word in words]
    axes = np.broadcast_to(0, range(2, len(shape) + 3))
    try:
        turned = getattr(np, snake_case(use.name))(axes, *named)
    except (ValueError, TypeError):
        raise use.builder.broken(f"orders the axes of {shape} by {named}") from None
    first, *order = [length - 3 for length in turned.shape]
    if first != -1:
        raise use.across()
    moved = Value(permuted(use.builder, x.tensor, [axis for axis in order if axis >= 0]))
    return [add_reshape(use.builder, moved, tuple(shape[axis] if axis >= 0 else 1 for axis in order))]


@operator("Squeeze", function=("x", "axis"))
def read_squeeze(use: Use, x: Value) -> list[Value]:
    shape = use.builder.shape(x)
    named = use.wholes("axis")
    axes = [use.axis(shape, axis) for axis in named] or [axis for axis, n in enumerate(shape) if n == 1]
    if any(shape[axis] != 1 for axis in axes):
        raise use.builder.broken(f"takes away axes of {shape} that are longer than 1")
    return [add_reshape(use.builder, x, tuple(n for axis, n in enumerate(shape) if axis not in axes))]


@operator("Concatenate", function=("xs", "axis"))
def read_concatenate(use: Use, xs: list[Value]) -> list[Value]:
    axis = use.axis(use.builder.shape(xs[0]), use.whole("axis", -1))
    return [joined(use.builder, xs, axis)]


@operator("Stack", function=("x", "axis"))
def read_stack(use: Use, x: list[Value]) -> list[Value]:
    shape = use.builder.shape(x[0])
    axis = use.whole("axis", 0)
    place = axis + len(shape) + 2 if axis < 0 else axis
    if not 1 <= place <= len(shape) + 1:
        raise use.across()
    target = (*shape[: place - 1], 1, *shape[place - 1 :])
    return [joined(use.builder, [add_reshape(use.builder, value, target) for value in x], place - 1)]


def fixed_length(use: Use, shape: Shape, axis: int) -> int:
    """The length of an axis."""
    return use.builder.lengths(shape[axis : axis + 1], f"works along axis {axis + 1} of {shape}:")[0]


@operator("Split", function=("x", "sizes", "axis"))
@operator("ArraySplit", "Hsplit", "Dsplit", "Vsplit")
def read_split(use: Use, x: Value) -> list[Value]:
    """Splits as NumPy does, or (TensorFlow) in parts of ``sizes``."""
    shape, axis = use.builder.shape(x), {"Hsplit": 1, "Dsplit": 2, "Vsplit": 0}.get(use.name)
    place = use.axis(shape, use.whole("axis", 0) if axis is None else axis)
    length, sizes, named = fixed_length(use, shape, place), use.wholes("sizes"), use.get("indices_or_sections")
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = length - sum(n for n in sizes if n != -1)
    if not sizes:
        several = isinstance(named, (list, np.ndarray))
        sections = use.to_wholes(named, "sections") if several else min(use.to_whole(named, "sections"), length + 1)
        split = np.array_split if use.name == "ArraySplit" else np.split
        with suppress(ValueError, ZeroDivisionError):
            sizes = [len(part) for part in split(np.broadcast_to(0, length), sections)]
    if min(sizes, default=0) < 1 or sum(sizes) != length:
        raise use.builder.refuse(f"splits an axis of {length} by {shown(sizes or named)}")
    return pieces(use.builder, x, place, *((end - n, 1, n) for n, end in zip(sizes, accumulate(sizes), strict=True)))


@operator("GetItem", parameters=("x", "key"), function=("x", "key"))
def read_get_item(use: Use, x: Value) -> list[Value]:
    """NumPy's basic indexing: numbers, slices, ``...`` and new axes."""
    builder, shape = use.builder, use.builder.shape(x)
    key = use.arguments.get("key")
    items = [
        item if item is None or item is ... or isinstance(item, slice) else use.to_whole(item, "an index")
        for item in (key if isinstance(key, list) else [key])
    ]
    used = sum(item is not None and item is not ... for item in items)
    if ... in items:
        at = items.index(...)
        items = [*items[:at], *[slice(None)] * (len(shape) + 1 - used), *items[at + 1 :]]
    if not items or not isinstance(items[0], slice) or items[0] not in ALL:
        raise use.across()
    cuts: dict[int, Cut] = {}
    target: list[int | None] = []
    axis = 0
    for item in items[1:]:
        if item is None:
            target.append(1)
            continue
        if axis >= len(shape):
            raise builder.broken(f"has {len(items) - 1} indices for samples of shape {shape}")
        if item == slice(None):
            target.append(shape[axis])
        else:
            cuts[axis] = cut = _cut(use, item, fixed_length(use, shape, axis))
            target += [cut[2]] if isinstance(item, slice) else []
        axis += 1
    target += list(shape[axis:])
    return [add_reshape(use.builder, taken(use.builder, x, cuts), tuple(target))]


ALL = (slice(None), slice(0, None), slice(None, None, 1), slice(0, None, 1))


def _cut(use: Use, item: Any, length: int) -> Cut:
    """The positions of an axis that an index selects: one, or a slice's."""
    try:
        places = range(length)[item]
    except (IndexError, ValueError):
        raise use.builder.broken(f"takes position {item} of an axis of {length}") from None
    if isinstance(places, int):
        return places, 1, 1
    if not places:
        raise use.builder.refuse(f"takes nothing of an axis of {length}")
    return places.start, places.step, len(places)


@operator("Take", parameters=("x", "indices"), function=("x", "indices", "validate_indices", "axis"))
def read_take(use: Use, x: Value) -> list[Value]:
    """Constant positions; those at equal distances are a slice."""
    shape = use.builder.shape(x)
    axis, indices = use.one_axis(shape), use.operand("indices")
    length = fixed_length(use, shape, axis)
    if not isinstance(indices, np.ndarray) or not indices.size:
        raise use.builder.refuse(
            "takes positions that are computed", fix="use an Embedding layer, or constant positions"
        )
    if (indices < -length).any() or (indices >= length).any():
        raise use.builder.refuse(f"takes positions outside of an axis of {length}")
    places = [int(n) % length for n in indices.reshape(-1)]
    steps = set(np.diff(places).tolist())
    if len(steps) > 1 or 0 in steps:
        part = joined(use.builder, pieces(use.builder, x, axis, *((place, 1, 1) for place in places)), axis)
    else:
        part = taken(use.builder, x, {axis: (places[0], next(iter(steps), 1), len(places))})
    return [add_reshape(use.builder, part, (*shape[:axis], *indices.shape, *shape[axis + 1 :]))]


@operator("Flip", function=("x", "axis"))
def read_flip(use: Use, x: Value) -> list[Value]:
    shape = use.builder.shape(x)
    lengths = {axis: fixed_length(use, shape, axis) for axis in use.axes(shape)}
    return [taken(use.builder, x, {axis: (n - 1, -1, n) for axis, n in lengths.items()})]


@operator("Repeat", function=("x", "repeats", "axis"))
def read_repeat(use: Use, x: Value) -> list[Value]:
    """Repeats each position."""
    shape = use.builder.shape(x)
    axis, times = use.one_axis(shape), use.whole("repeats")
    if times < 1:
        raise use.builder.refuse(f"repeats an axis {times} times")
    use.builder.lengths(shape[axis:], "repeats")
    return [use.builder.node(Upsample((times,)), x, lead=axis)]


@operator("Tile", function=("x", "repeats"))
def read_tile(use: Use, x: Value) -> list[Value]:
    """Repeats whole axes."""
    rank = len(use.builder.shape(x))
    times = use.wholes("repeats")
    times = [1] * (rank + 1 - len(times)) + times
    if len(times) != rank + 1 or times[0] != 1 or min(times) < 1 or sum(times) > rank + 1 + 64:
        raise use.across() if times[0] != 1 else use.builder.refuse(f"repeats axes {times} times")
    for axis, number in enumerate(times[1:]):
        x = joined(use.builder, [x] * number, axis)
    return [x]


@operator("Pad", parameters=("x", "constant_values"), function=("x", "pad_width", "mode", "constant_values"))
def read_pad(use: Use, x: Value) -> list[Value]:
    """Zeros around axes."""
    shape = use.builder.shape(x)
    (first, *ends), constant = use.pairs("pad_width", len(shape) + 1), use.number("constant_values", 0)
    if any(first) or min(map(min, ends), default=0) < 0:
        raise use.builder.refuse(f"pads {shape} by {[first, *ends]}")
    if use.word("mode", "constant", "reflect", "symmetric", "edge", "wrap") != "constant" or constant:
        raise use.builder.refuse("pads with something else than zeros", fix="pad with zeros")
    wide = [axis for axis, pair in enumerate(ends) if any(pair)]
    if not wide:
        return [x]
    lead, last = wide[0], wide[-1]
    use.builder.lengths(shape[lead:], "pads")
    if last - lead > 2:
        raise use.builder.refuse(f"pads {last - lead + 1} axes", fix="pad three at once, then the others")
    return [use.builder.node(Pad(tuple(ends[lead : last + 1])), x, lead=lead)]
