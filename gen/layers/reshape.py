"""Flatten and Reshape: the same values under another shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape, count, known
from .base import Builder, Spec, Value, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Reshape(Op):
    """Any core of the same size -> ``shape``; no code, no copy."""

    kind: ClassVar[str] = "reshape"

    shape: Shape

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return (self.shape,)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0].reshape(len(inputs[0]), *(n or 1 for n in self.shape)),)


def add_reshape(builder: Builder, value: Value, target: Shape) -> Value:
    """Reshape to ``target``, frame by frame where the first axis stays. Masks end here, as in Keras."""
    shape = builder.shape(value)
    if shape == target:
        return Value(value.tensor)
    lead = 1 if shape and target and shape[0] == target[0] else 0
    if not known(shape[lead:]):
        raise builder.broken(
            f"reshapes {shape}, whose length is not fixed",
        )
    if count(shape[lead:]) != count(target[lead:]):
        raise builder.broken(f"cannot reshape {shape} to {target}")
    (out,) = builder.add(Reshape(target[lead:]), [value.tensor], lead=lead)
    return Value(out)


@reads("Flatten")
def read_flatten(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    if spec.config.get("data_format") == "channels_first" and len(shape) > 1:
        raise builder.refuse("flattens with data_format channels_first")
    if not known(shape):
        raise builder.broken(f"flattens {shape}, whose length is not fixed")
    return [add_reshape(builder, value, (count(shape),))]


@reads("Reshape")
def read_reshape(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    """One axis of the target may be -1: what is left."""
    del initial
    value = only(builder, inputs)
    shape = builder.shape(value)
    target = [int(n) for n in spec.config["target_shape"]]
    if target.count(-1) > 1:
        raise builder.broken(f"target shape {tuple(target)} leaves more than one axis open")
    if -1 in target and not known(shape):
        if shape[0] is None and target[0] == -1 and known(shape[1:]) and count(shape[1:]) == int(np.prod(target[1:])):
            return [add_reshape(builder, value, (None, *target[1:]))]
        raise builder.broken(f"reshapes {shape}, whose length is not fixed")
    rest = int(np.prod([n for n in target if n != -1]))
    if -1 in target and rest > 0:
        target[target.index(-1)] = count(shape) // rest
    return [add_reshape(builder, value, tuple(target))]


CASES = (
    *(case("Flatten", shape) for shape in ((5,), (6, 3), (2, 4, 3))),
    case("Flatten", (6, 1), feed="masked"),
    *(
        case("Reshape", shape, target_shape=target)
        for shape, target in (
            ((6, 3), (3, 6)),
            ((6, 3), (18,)),
            ((6, 3), (-1,)),
            ((6, 3), (-1, 2)),
            ((6, 3), (2, -1, 3)),
            ((6, 4), (6, 2, 2)),
            ((12,), (4, 3)),
            ((12,), (12,)),
            ((2, 3, 4), (6, 4)),
        )
    ),
    case("Reshape", (6, 3), feed="masked", target_shape=(6, 3)),
)
