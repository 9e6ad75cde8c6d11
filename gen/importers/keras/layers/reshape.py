"""Flatten and Reshape: the same values under another shape."""

from __future__ import annotations

import numpy as np

from ....core.graph import Shape, count, known, shape_text
from ....layers.reshape import Reshape
from ..dialect.build import by_options
from ..dialect.config import Option, product
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .base import Builder, Spec, Value, one_input
from .spatial import channels_last


def add_reshape(builder: Builder, value: Value, target: Shape) -> Value:
    """Reshape to ``target``, frame by frame if the first axis stays; a vector has no frames. Masks end here, as in
    Keras."""
    shape = builder.shape(value)
    if shape == target:
        return Value(value.tensor)
    lead = 1 if len(shape) > 1 and target and shape[0] == target[0] else 0
    builder.lengths((*shape[lead:], *target[lead:]), f"reshapes {shape} to")
    if count(shape[lead:]) != count(target[lead:]):
        raise builder.broken(f"cannot reshape {shape} to {target}")
    return builder.node(Reshape(target[lead:]), value, lead=lead)


@one_input("Flatten", options=(Option("data_format", "word", "channels_last"),))
def read_flatten(builder: Builder, spec: Spec, value: Value) -> Value:
    """``channels_first`` moves channels to the end, and then flattens."""
    shape = builder.lengths(value, "flattens")
    value, _ = channels_last(builder, value, spec.config)
    return add_reshape(builder, value, (count(shape),))


def settle_reshape(read: Ledger, context: Context, site: Site) -> None:
    """Refuses an impossible target shape."""
    if read["target_shape"] is None:
        raise site.broken("has no target_shape", "a list of axes is expected")
    target = tuple(read["target_shape"])
    if any(item == 0 or item < -1 for item in target):
        raise site.broken(f"has target_shape={shape_text(target)}", "axes are 1 or more, and one may be -1")
    product(tuple(abs(item) for item in target), "target_shape", site)


@one_input(
    "Reshape",
    options=(Option("target_shape", "ints", older=("dims",)),),
    describe=by_options(settle_reshape),
    placed=("target_shape",),
)
def read_reshape(builder: Builder, spec: Spec, value: Value) -> Value:
    """One axis of the target may be -1: it takes the remaining values."""
    shape = builder.shape(value)
    target = [int(n) for n in spec.config["target_shape"]]
    if target.count(-1) > 1:
        raise builder.broken(f"target shape {tuple(target)} leaves more than one axis open")
    if -1 in target and not known(shape):
        if shape[0] is None and target[0] == -1 and known(shape[1:]) and count(shape[1:]) == int(np.prod(target[1:])):
            return add_reshape(builder, value, (None, *target[1:]))
        builder.lengths(shape, "reshapes")
    fixed = int(np.prod([n for n in target if n != -1]))
    if -1 in target and fixed > 0:
        target[target.index(-1)] = count(shape) // fixed
    return add_reshape(builder, value, tuple(target))
