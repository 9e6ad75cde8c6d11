"""Operators that count: places of largest values, classes as vectors, bins, cumulative sums.

Sources: Keras 3.15 ``keras/src/ops/{numpy,nn,math}.py`` and ``keras/src/backend/tensorflow/{numpy,nn}.py``.
"""

from __future__ import annotations

import numpy as np

from ....layers.categories import Categories, Discretize
from ....layers.cumsum import Cumsum
from ....layers.position import Position
from ....layers.reshape import Reshape
from .activation import frames
from .base import Value
from .categories import encoded
from .operator_elementwise import mind_type
from .operator_reduce import with_dims
from .operators import Operand, Use, operator
from .permute import axes_last, permuted


@operator("Argmax", "Argmin", neutral=("dtype",), function=("x", "axis", "dtype"))
def read_position(use: Use, x: Value) -> list[Value]:
    """The first place of the largest, or of the least value."""
    shape = use.builder.shape(x)
    axis = use.one_axis(shape)
    use.builder.lengths(shape[axis : axis + 1], f"looks along axis {axis + 1} of {shape}:")
    turned = permuted(use.builder, x.tensor, axes_last(len(shape), [axis])[0])
    place = use.builder.node(Position(use.name == "Argmax"), turned, lead=len(shape) - 1)
    return [with_dims(use, place, shape, [axis])]


ONE_HOT = ("x", "num_classes", "on_value", "off_value", "axis", "dtype")


@operator("OneHot", neutral=("sparse", "dtype"), function=ONE_HOT)
def read_one_hot(use: Use, x: Value, num_classes: int) -> list[Value]:
    """Numbers beyond the classes give vectors of zeros."""
    rank = len(use.builder.shape(x))
    (out,) = use.builder.add(Reshape((1,)), [x.tensor], lead=rank, suffix="_number")
    (out,) = use.builder.add(Categories(num_classes, False), [out], lead=rank)
    axis = use.whole("axis", -1)
    place = rank if axis == -1 else axis - 1
    if not 0 <= place <= rank:
        raise use.across()
    order = [*range(rank)]
    order.insert(place, rank)
    return [Value(permuted(use.builder, out, order))]


@operator("MultiHot", parameters=("inputs",), neutral=("sparse",))
def read_multi_hot(use: Use) -> list[Value]:
    if use.whole("axis", -1) != -1:
        raise use.builder.refuse(f"has axis={use.get('axis')}", fix="use axis=-1, and a transpose")
    return [encoded(use.builder, use.tensor("inputs"), "multi_hot", use.whole("num_classes"))]


@operator("Digitize", parameters=("x", "bins"))
def read_bins(use: Use) -> list[Value]:
    """The number of bounds that a value reaches."""
    return [_bins(use, use.tensor("x"), use.operand("bins"))]


@operator("SearchSorted", parameters=("sorted_sequence", "values"))
def read_search(use: Use, sorted_sequence: Operand) -> list[Value]:
    """The same among constants; with ``side="left"``, only smaller constants count."""
    if isinstance(sorted_sequence, np.ndarray) and use.word("side", "left", "right") == "left":
        sorted_sequence = np.nextafter(sorted_sequence, np.float32(np.inf))
    return [_bins(use, use.tensor("values"), sorted_sequence)]


def _bins(use: Use, x: Value, bounds: object) -> Value:
    if not isinstance(bounds, np.ndarray) or bounds.ndim != 1 or not bounds.size or (np.diff(bounds) < 0).any():
        raise use.builder.refuse("looks for bins that are not ascending constants", fix="give it ascending numbers")
    (out,) = use.builder.add(Discretize(bounds), [x.tensor], lead=frames(use.builder.shape(x)), suffix="_bin")
    use.builder.types[out] = "int"
    return Value(out)


@operator("Cumsum", typed=True, function=("x", "axis"))
def read_sums(use: Use, x: Value) -> list[Value]:
    mind_type(use)
    shape = use.builder.shape(x)
    axis = use.one_axis(shape)
    use.builder.lengths(shape[axis:], "sums along")
    return [use.builder.node(Cumsum(), x, lead=axis)]
