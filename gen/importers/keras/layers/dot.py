"""Dot: products of two tensors summed over one axis of each; Keras 3, ``keras/src/layers/merging/dot.py``."""

from __future__ import annotations

from collections.abc import Sequence

from ....layers.dot import Dot
from ....layers.reshape import Reshape
from ..dialect.config import Option
from .base import Builder, Spec, Value, several_inputs
from .narrow import mind_layer


@several_inputs(
    "Dot",
    options=(Option("axes", "places", -1, older=("dot_axes",)), Option("normalize", "flag", False)),
    merge_mode="dot",
)
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    if len(inputs) != 2:
        raise builder.broken(f"dot takes two inputs and is given {len(inputs)}")
    mind_layer(builder, inputs)
    shapes = [builder.shape(value) for value in inputs]
    named = spec.config["axes"]
    pair = list(named) if isinstance(named, (list, tuple)) else [named, named]
    if len(pair) != 2:
        raise builder.broken(f"dot over axes {named}, where one for each of two inputs is due")
    axes = tuple(a + len(s) if a < 0 else a - 1 for a, s in zip(pair, shapes, strict=True))
    if any(not 0 <= a < len(s) for a, s in zip(axes, shapes, strict=True)):
        raise builder.refuse(f"dot over axes {named} of {shapes[0]} and {shapes[1]}")
    for shape in shapes:
        builder.lengths(shape, "multiplies")
    if shapes[0][axes[0]] != shapes[1][axes[1]]:
        raise builder.broken(f"dot over axes of different length: {named} of {shapes[0]} and {shapes[1]}")
    op = Dot((axes[0], axes[1]), bool(spec.config["normalize"]), builder.rules.least_square)
    (out,) = builder.add(op, [value.tensor for value in inputs])
    if not spec.config.get("widened", False):
        return [Value(out)]
    if len(shapes[0]) > 1 or len(shapes[1]) > 1:
        raise builder.refuse(f"takes the cosine of {shapes[0]} and {shapes[1]}", fix="of vectors it is read")
    # Keras 1's mode "cos" puts an axis in front of the one value.
    return [builder.node(Reshape((1, 1)), out, suffix="_cosine")]
