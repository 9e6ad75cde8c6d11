"""Operators composed of others that move values: NumPy's names for stacking, splitting and turning, triangles,
blocks of pixels. Sources: Keras 3.15 ``keras/src/ops/{numpy,nn,core,image,einops}.py``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ....layers.pad import Pad
from ....layers.permute import Permute
from ....layers.reshape import Reshape
from .base import Value
from .operator_elementwise import combined
from .operator_reduce import reduced, with_dims
from .operators import Use, operator
from .parts import joined, pieces, taken
from .reshape import add_reshape


def lengths(use: Use, x: Value) -> tuple[int, ...]:
    """The lengths of a sample's axes, all of them fixed."""
    return use.builder.lengths(x, "moves values of")


@operator("Roll", function=("x", "shift", "axis"))
def read_roll(use: Use, x: Value, shift: list[int]) -> list[Value]:
    """Values that leave an axis at one end enter at the other."""
    axes = use.axes(use.builder.shape(x))
    if len(shift) not in (1, len(axes)):
        raise use.builder.broken(f"rolls {len(axes)} axes by {shift}")
    for axis, places in zip(axes, shift * len(axes) if len(shift) == 1 else shift, strict=True):
        n = lengths(use, x)[axis]
        if by := places % n:
            x = joined(use.builder, pieces(use.builder, x, axis, (n - by, 1, by), (0, 1, n - by)), axis)
    return [x]


@operator("Append", parameters=("x1", "x2"))
def read_append(use: Use) -> list[Value]:
    if use.get("axis") is None:
        raise use.across()
    first = use.tensor("x1")
    return [joined(use.builder, [first, use.tensor("x2")], use.one_axis(use.builder.shape(first)))]


@operator("Hstack", "Dstack", "Vstack", parameters=("xs",))
def read_stacked(use: Use) -> list[Value]:
    """Joins along the second or the third axis, counting that of samples; a vector per sample gets a third axis."""
    if use.name == "Vstack" or not isinstance(use.arguments["xs"], list):
        raise use.across()  # of one tensor Keras stacks the samples
    values = use.tensors("xs")
    if use.name == "Dstack":
        values = [add_reshape(use.builder, v, (*s, 1)) if len(s := use.builder.shape(v)) == 1 else v for v in values]
    axis = 0 if use.name == "Hstack" else 1
    if any(len(use.builder.shape(value)) <= axis for value in values):
        raise use.across()
    return [joined(use.builder, values, axis)]


@operator("Unstack", function=("x", "num", "axis"))
def read_unstack(use: Use, x: Value) -> list[Value]:
    axis = use.axis(use.builder.shape(x), use.whole("axis", 0))
    n = lengths(use, x)[axis]
    if use.whole("num", 0) != n:
        raise use.builder.refuse(f"takes an axis of {n} apart", fix="give unstack its argument num")
    shape = use.builder.shape(x)
    parts = pieces(use.builder, x, axis, *((k, 1, 1) for k in range(n)))
    return [with_dims(use, part, shape, [axis], keep=False) for part in parts]


@operator("Tril", "Triu")
def read_triangle(use: Use, x: Value) -> list[Value]:
    """Sets values above or below a diagonal of the last two axes to 0."""
    sizes = lengths(use, x)
    if len(sizes) < 2:
        raise use.across()
    mask = (np.tril if use.name == "Tril" else np.triu)(np.ones(sizes[-2:], np.float32), use.whole("k", 0))
    return [combined(use, "multiply", x, mask)]


@operator("Diagonal", "Trace")
def read_diagonal(use: Use, x: Value) -> list[Value]:
    """The diagonal of two axes as the last axis, or its sum."""
    sizes = lengths(use, x)
    first, second = (use.axis(sizes, use.whole(name, usual)) for name, usual in (("axis1", 0), ("axis2", 1)))
    offset = use.whole("offset", 0)
    start, n = (max(0, -offset), max(0, offset)), 0
    n = min(sizes[first] - start[0], sizes[second] - start[1])
    if n < 1 or first == second:
        raise use.builder.refuse(f"takes diagonal {offset} of axes of {sizes[first]} and {sizes[second]}")
    outer = [axis for axis in range(len(sizes)) if axis not in (first, second)]
    (flat,) = use.builder.add(Permute((*outer, first, second)), [x.tensor])
    (flat,) = use.builder.add(Reshape((sizes[first] * sizes[second],)), [flat], lead=len(outer), suffix="_flat")
    begin, stride = start[0] * sizes[second] + start[1], sizes[second] + 1
    diagonal = taken(use.builder, Value(flat), {len(outer): (begin, stride, n)})
    return [diagonal if use.name == "Diagonal" else reduced(use.but(axis=-1), diagonal, "sum", keep=False)]


@operator("DepthToSpace", "SpaceToDepth")
def read_blocks(use: Use, x: Value, block_size: int) -> list[Value]:
    """Channels laid out as blocks of pixels, and back."""
    first = use.channels_first
    sizes = lengths(use, x)
    if len(sizes) != 3 or block_size < 1:
        raise use.builder.refuse(f"moves blocks of {block_size} of samples of {sizes}")
    tensor = _turned(use, x, (1, 2, 0)) if first else x
    rows, columns, channels = lengths(use, tensor)
    if use.name == "DepthToSpace":
        split = (rows, columns, block_size, block_size, channels // block_size**2)
        target = (rows * block_size, columns * block_size, channels // block_size**2)
    else:
        split = (rows // block_size, block_size, columns // block_size, block_size, channels)
        target = (rows // block_size, columns // block_size, block_size**2 * channels)
    if math.prod(target) != rows * columns * channels:
        raise use.builder.broken(f"moves blocks of {block_size} of {rows} by {columns} pixels of {channels} channels")
    tensor = add_reshape(use.builder, _turned(use, add_reshape(use.builder, tensor, split), (0, 2, 1, 3, 4)), target)
    return [_turned(use, tensor, (2, 0, 1)) if first else tensor]


def _turned(use: Use, x: Value, order: Sequence[int]) -> Value:
    return use.builder.node(Permute(tuple(order)), x)


@operator("PadImages", "CropImages")
def read_borders(use: Use, images: Value) -> list[Value]:
    """Adds rows and columns of zeros around pictures, or removes them. Two of the two amounts and the size determine
    the third."""
    first = use.channels_first
    axes = (1, 2) if first else (0, 1)
    sizes = lengths(use, images)
    if len(sizes) != 3:
        raise use.across()
    crops = use.name == "CropImages"
    word = "cropping" if crops else "padding"
    ends = [(0, 0)] * 3
    for axis, (near, far), target in zip(
        axes, (("top", "bottom"), ("left", "right")), ("height", "width"), strict=True
    ):
        names = (f"{near}_{word}", f"{far}_{word}", f"target_{target}")
        amounts = {name: use.whole(name) for name in names if use.get(name) is not None}
        if len(amounts) != 2:
            raise use.builder.broken(f"has {', '.join(amounts) or 'none'} of {', '.join(names)}, and needs two")
        together = (sizes[axis] - amounts.get(names[2], 0)) * (1 if crops else -1)
        before = amounts.get(names[0], together - amounts.get(names[1], 0))
        ends[axis] = (before, amounts.get(names[1], together - before))
    if any(amount < 0 for pair in ends for amount in pair):
        raise use.builder.refuse(f"has a {word} of {ends}")
    if crops:
        return [taken(use.builder, images, {a: (ends[a][0], 1, sizes[a] - sum(ends[a])) for a in axes})]
    return [use.builder.node(Pad(tuple(ends)), images)]


@operator("RGBToGrayscale")
def read_gray(use: Use, images: Value) -> list[Value]:
    """The weights of ITU-R BT.601, like ``tf.image.rgb_to_grayscale``."""
    axis = 0 if use.channels_first else 2
    sizes = lengths(use, images)
    if len(sizes) != 3 or sizes[axis] != 3:
        raise use.builder.broken(f"makes gray of samples of {sizes}")
    weights = np.asarray([0.2989, 0.587, 0.114], np.float32).reshape([3 if a == axis else 1 for a in range(3)])
    return [reduced(use.but(axis=axis + 1), combined(use, "multiply", images, weights), "sum", keep=True)]
