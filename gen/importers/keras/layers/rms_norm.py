"""RMSNormalization (Zhang and Sennrich 2019): values over the root of their mean square; Keras 3
``keras/src/layers/normalization/rms_normalization.py``."""

from __future__ import annotations

import numpy as np

from ....core.graph import count, known
from ....layers.layer_norm import LayerNorm
from ..dialect.config import Option
from ..dialect.kinds import Kind, Weight, same_width
from .base import Builder, Spec, Value, only_floats, reads_one
from .permute import axes_last, permuted


@reads_one(
    Kind(
        "RMSNormalization",
        options=(Option("axis", "axes", -1), Option("epsilon", "float", 1e-6)),
        weights=(Weight("scale"),),
        width=same_width,
    )
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """A mask ends here: the layer does not declare that it hands masks on."""
    only_floats(builder, value)
    shape = builder.shape(value)
    given = spec.config["axis"] if isinstance(spec.config["axis"], list) else [spec.config["axis"]]
    axes = sorted(axis + len(shape) if axis < 0 else axis - 1 for axis in given)
    if not axes or not all(0 <= axis < len(shape) for axis in axes) or len(set(axes)) < len(axes):
        raise builder.broken(f"normalises the axes {given} of {shape}")
    normalized = tuple(shape[axis] for axis in axes)
    if not known(normalized):
        raise builder.unfixed(f"normalises the axes {given} of {shape}, whose length is not fixed")
    scale = spec.weights["scale"]
    if scale.size != count(normalized):
        raise builder.broken(f"has a scale of shape {scale.shape} and is given {shape}")
    if axes[0] + len(axes) < len(shape) and np.any(scale != scale.flat[0]):
        # x * scale in Keras: along the last axes, whichever were normalised, where the lengths allow it
        raise builder.refuse(f"has a scale along the last axes and normalises {given}", fix="normalise the last axes")
    order, back = axes_last(len(shape), axes)
    op = LayerNorm(float(spec.config["epsilon"]), False, scale.reshape(normalized), None, centered=False)
    (out,) = builder.add(op, [permuted(builder, value.tensor, order)], lead=len(shape) - len(axes))
    return Value(permuted(builder, out, back))
