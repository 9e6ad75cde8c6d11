"""Operators that say other ones that move values: NumPy's names for stacking, splitting and turning, triangles, blocks
of pixels. Sources: Keras 3.15 ``keras/src/ops/{numpy,nn,core,image,einops}.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....core.graph import known
from ....layers.pad import Pad
from ....layers.permute import Permute
from ....layers.reshape import Reshape
from .base import Value
from .operator_composed import without_axes
from .operator_elementwise import combined
from .operator_reduce import reduced
from .operator_shape import joined, pieces, read_split, shaped, taken
from .operators import Use, operator


def lengths(use: Use, x: Value) -> tuple[int, ...]:
    """The axes of a sample, all of them fixed.

    Raises:
        UnsupportedError: one is not.
    """
    shape = use.builder.shape(x)
    if not known(shape):
        raise use.builder.unfixed(f"moves values of {shape}, whose length is not fixed")
    return tuple(int(n or 0) for n in shape)


@operator("Roll")
def read_roll(use: Use) -> list[Value]:
    """What leaves an axis at one end comes in at the other."""
    x, shifts = use.tensor("x"), use.wholes("shift")
    axes = use.axes(use.builder.shape(x))
    if len(shifts) not in (1, len(axes)):
        raise use.builder.broken(f"rolls {len(axes)} axes by {shifts}")
    for axis, shift in zip(axes, shifts * len(axes) if len(shifts) == 1 else shifts, strict=True):
        n = lengths(use, x)[axis]
        if by := shift % n:
            x = joined(use, [taken(use, x, {axis: (n - by, 1, by)}), taken(use, x, {axis: (0, 1, n - by)})], axis)
    return [x]


@operator("Append", parameters=("x1", "x2"))
def read_append(use: Use) -> list[Value]:
    if use.get("axis") is None:
        raise use.across()
    first = use.tensor("x1")
    return [joined(use, [first, use.tensor("x2")], use.one_axis(use.builder.shape(first)))]


@operator("Hstack", "Dstack", "Vstack", parameters=("xs",))
def read_stacked(use: Use) -> list[Value]:
    """Along the second or the third axis, that of samples counted; a vector a sample gets a third one."""
    given = use.arguments["xs"]
    if not isinstance(given, (list, tuple)):
        raise use.across()  # of one tensor Keras stacks the samples
    values = [use.as_operand(value, "xs") for value in given]
    if use.name == "Vstack" or any(isinstance(value, np.ndarray) for value in values):
        raise use.across()
    if use.name == "Dstack":
        values = [shaped(use, v, (*s, 1)) if len(s := use.builder.shape(v)) == 1 else v for v in values]
    axis = 0 if use.name == "Hstack" else 1
    if any(len(use.builder.shape(value)) <= axis for value in values):
        raise use.across()
    return [joined(use, values, axis)]


@operator("ArraySplit", "Hsplit", "Dsplit", "Vsplit", outputs=pieces)
def read_parts(use: Use) -> list[Value]:
    """``array_split`` makes the first parts longer where an axis is no multiple."""
    axis = {"Hsplit": 1, "Dsplit": 2, "Vsplit": 0}.get(use.name, use.get("axis", 0))
    given = use.get("indices_or_sections")
    x = use.tensor("x")
    place = use.axis(use.builder.shape(x), axis)
    if use.name == "ArraySplit" and isinstance(given, int):
        n = lengths(use, x)[place]
        if not 1 <= given <= n:
            raise use.builder.refuse(f"splits an axis of {n} in {given} parts")
        sizes = [n // given + (part < n % given) for part in range(given)]
        given = [int(end) for end in np.cumsum(sizes)[:-1]]
    return list(read_split(use.but(axis=axis, indices_or_sections=given)))


def unstacked(arguments: Mapping[str, Any]) -> int:
    """How many tensors an Unstack gives; its reader refuses one that does not say."""
    return int(arguments.get("num") or 1 << 16)


@operator("Unstack", outputs=unstacked)
def read_unstack(use: Use) -> list[Value]:
    x = use.tensor("x")
    axis = use.axis(use.builder.shape(x), use.whole("axis", 0))
    n = lengths(use, x)[axis]
    if use.get("num") != n:
        raise use.builder.refuse(f"takes an axis of {n} apart", fix="give unstack its argument num")
    return [without_axes(use, taken(use, x, {axis: (k, 1, 1)}), [axis]) for k in range(n)]


@operator("Fliplr", "Flipud")
def read_flipped(use: Use) -> list[Value]:
    """The second axis turned round, that of samples counted; ``flipud`` turns the samples."""
    x = use.tensor("x")
    if use.name == "Flipud" or not use.builder.shape(x):
        raise use.across()
    n = lengths(use, x)[0]
    return [taken(use, x, {0: (n - 1, -1, n)})]


@operator("Tril", "Triu")
def read_triangle(use: Use) -> list[Value]:
    """0 above or below a diagonal of the last two axes."""
    x = use.tensor("x")
    sizes = lengths(use, x)
    if len(sizes) < 2:
        raise use.across()
    mask = (np.tril if use.name == "Tril" else np.triu)(np.ones(sizes[-2:], np.float32), use.whole("k", 0))
    return [combined(use, "multiply", x, mask)]


@operator("Diagonal", "Trace")
def read_diagonal(use: Use) -> list[Value]:
    """Of two axes, as the last one; its sum."""
    x = use.tensor("x")
    sizes = lengths(use, x)
    first, second = (use.axis(sizes, use.whole(name, usual)) for name, usual in (("axis1", 0), ("axis2", 1)))
    offset = use.whole("offset", 0)
    start, n = (max(0, -offset), max(0, offset)), 0
    n = min(sizes[first] - start[0], sizes[second] - start[1])
    if n < 1 or first == second:
        raise use.builder.refuse(f"takes diagonal {offset} of axes of {sizes[first]} and {sizes[second]}")
    rest = [axis for axis in range(len(sizes)) if axis not in (first, second)]
    (flat,) = use.builder.add(Permute((*rest, first, second)), [x.tensor])
    (flat,) = use.builder.add(Reshape((sizes[first] * sizes[second],)), [flat], lead=len(rest), suffix="_flat")
    begin, stride = start[0] * sizes[second] + start[1], sizes[second] + 1
    found = taken(use, Value(flat), {len(rest): (begin, stride, n)})
    if use.name == "Diagonal":
        return [found]
    return [reduced(use.but(axis=-1), found, "sum", keep=False)]


@operator("DepthToSpace", "SpaceToDepth")
def read_blocks(use: Use) -> list[Value]:
    """Channels laid out as blocks of pixels, and back."""
    x, size = use.tensor("x"), use.whole("block_size")
    first = use.get("data_format", "channels_last") == "channels_first"
    sizes = lengths(use, x)
    if len(sizes) != 3 or size < 1:
        raise use.builder.refuse(f"moves blocks of {size} of samples of {sizes}")
    tensor = _turned(use, x, (1, 2, 0)) if first else x
    rows, columns, channels = lengths(use, tensor)
    if use.name == "DepthToSpace":
        if channels % size**2:
            raise use.builder.broken(f"makes blocks of {size} of {channels} channels")
        tensor = shaped(use, tensor, (rows, columns, size, size, channels // size**2))
        tensor = shaped(use, _turned(use, tensor, (0, 2, 1, 3, 4)), (rows * size, columns * size, channels // size**2))
    else:
        if rows % size or columns % size:
            raise use.builder.broken(f"takes blocks of {size} of {rows} by {columns}")
        tensor = shaped(use, tensor, (rows // size, size, columns // size, size, channels))
        tensor = shaped(use, _turned(use, tensor, (0, 2, 1, 3, 4)), (rows // size, columns // size, size**2 * channels))
    return [_turned(use, tensor, (2, 0, 1)) if first else tensor]


def _turned(use: Use, x: Value, order: Sequence[int]) -> Value:
    return Value(use.builder.add(Permute(tuple(order)), [x.tensor])[0])


@operator("PadImages", "CropImages", parameters=("images",))
def read_borders(use: Use) -> list[Value]:
    """Rows and columns of zeros around pictures, or taken off them; one of amount, other amount and size follows from
    the other two."""
    x = use.tensor("images")
    first = use.get("data_format", "channels_last") == "channels_first"
    axes = (1, 2) if first else (0, 1)
    sizes = lengths(use, x)
    if len(sizes) != 3:
        raise use.across()
    crops = use.name == "CropImages"
    word = "cropping" if crops else "padding"
    ends = [(0, 0)] * 3
    for axis, (near, far), target in zip(
        axes, (("top", "bottom"), ("left", "right")), ("height", "width"), strict=True
    ):
        given = [use.get(f"{near}_{word}"), use.get(f"{far}_{word}"), use.get(f"target_{target}")]
        if given.count(None) != 1:
            raise use.builder.broken(f"has {near}_{word}, {far}_{word} and target_{target} of {given}, and needs two")
        before, behind, wanted = given
        apart = None if wanted is None else (sizes[axis] - wanted if crops else wanted - sizes[axis])
        before = apart - behind if before is None else before
        behind = apart - before if behind is None else behind
        ends[axis] = (int(before), int(behind))
    if any(amount < 0 for pair in ends for amount in pair):
        raise use.builder.refuse(f"has a {word} of {ends}")
    if crops:
        return [taken(use, x, {a: (ends[a][0], 1, sizes[a] - sum(ends[a])) for a in axes})]
    return [Value(use.builder.add(Pad(tuple(ends)), [x.tensor])[0])]


@operator("RGBToGrayscale", parameters=("images",))
def read_gray(use: Use) -> list[Value]:
    """The weights of ITU-R BT.601, as ``tf.image.rgb_to_grayscale`` has them."""
    x = use.tensor("images")
    axis = 0 if use.get("data_format", "channels_last") == "channels_first" else 2
    sizes = lengths(use, x)
    if len(sizes) != 3 or sizes[axis] != 3:
        raise use.builder.broken(f"makes gray of samples of {sizes}")
    weights = np.asarray([0.2989, 0.587, 0.114], np.float32).reshape([3 if a == axis else 1 for a in range(3)])
    return [reduced(use.but(axis=axis + 1), combined(use, "multiply", x, weights), "sum", keep=True)]
