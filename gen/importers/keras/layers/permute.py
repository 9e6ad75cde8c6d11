"""Permute: axes in another order; ``dims`` counts from 1 and leaves the batch axis out, as in Keras."""

from __future__ import annotations

from collections.abc import Sequence

from ....core.graph import Op, count
from ....layers.permute import Permute
from ....layers.reshape import Reshape
from ..dialect.config import Option
from .base import Builder, Spec, Value, one_input


@one_input("Permute", options=(Option("dims", "ints"),), placed=("dims",))
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    shape = builder.shape(value)
    dims = [int(d) for d in spec.config["dims"] or ()]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise builder.broken(f"dims {tuple(dims)} do not permute the axes of {shape}")
    return Value(permuted(builder, value.tensor, [d - 1 for d in dims]))


def permuted(builder: Builder, tensor: int, order: Sequence[int]) -> int:
    """The tensor with its axes in another order: axis ``order[k]`` becomes axis k."""
    shape = builder.shape(tensor)
    lead = next((k for k, axis in enumerate(order) if axis != k), len(order))
    if lead == len(order):
        return tensor
    builder.lengths(shape[lead:], "moves an axis of")
    return builder.node(Permute(tuple(axis - lead for axis in order[lead:])), tensor, lead=lead).tensor


def over_axes(
    builder: Builder, value: Value, axes: Sequence[int], op: Op, suffix: str = "", flat: bool = False
) -> Value:
    """The result of an op on some axes of a tensor together as its core, whose lengths it keeps.

    Args:
        flat: whether the core is one axis.
    """
    shape = builder.shape(value)
    order, back = axes_last(len(shape), axes)
    lead, core = len(shape) - len(axes), tuple(shape[axis] for axis in axes)
    parts = [permuted(builder, value.tensor, order)]
    if flat:
        parts = builder.add(Reshape((count(core),)), parts, lead=lead, suffix="_flat")
    parts = builder.add(op, parts, lead=lead, suffix=suffix)
    if flat:
        parts = builder.add(Reshape(core), parts, lead=lead)
    return Value(permuted(builder, parts[0], back), value.mask)


def axes_last(rank: int, axes: Sequence[int]) -> tuple[list[int], list[int]]:
    """The order that puts these axes after all others, and the order that undoes it."""
    order = [*(axis for axis in range(rank) if axis not in axes), *axes]
    return order, [order.index(axis) for axis in range(rank)]
