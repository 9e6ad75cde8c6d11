"""RMSNormalization (Zhang and Sennrich 2019): values over the root of their mean square; Keras 3
``keras/src/layers/normalization/rms_normalization.py``."""

from __future__ import annotations

import numpy as np

from ....layers.layer_norm import LayerNorm
from ..dialect.config import Option
from ..dialect.kinds import Weight
from .base import Builder, Spec, Value, one_input, only_floats, sample_axes
from .layer_norm import along
from .permute import over_axes


@one_input(
    "RMSNormalization",
    options=(Option("axis", "places", -1), Option("epsilon", "float", 1e-6)),
    weights=(Weight("scale"),),
    same_width=True,
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """A mask ends here: the layer does not declare that it passes masks on."""
    only_floats(builder, value)
    axes = sample_axes(builder, value, spec.config["axis"], "normalises")
    scale = along(builder, value, axes, spec.weights["scale"])
    assert scale is not None
    if axes[0] + len(axes) < len(builder.shape(value)) and np.any(scale != scale.flat[0]):
        # x * scale in Keras: along the last axes, whichever were normalised, if the lengths allow it
        fix = "normalise the last axes"
        raise builder.refuse(f"has a scale along the last axes and normalises {spec.config['axis']}", fix=fix)
    op = LayerNorm(float(spec.config["epsilon"]), False, scale, None, centered=False)
    return Value(over_axes(builder, value, axes, op).tensor)
