"""LayerNormalization (Ba et al. 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta over one or more axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ....layers.layer_norm import LayerNorm
from ..dialect.build import by_options
from ..dialect.config import AXES, CENTER, SCALE, Option
from ..dialect.kinds import Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from ..dialect.spec import FloatArray
from .base import Builder, Spec, Value, one_input, only_floats, sample_axes
from .permute import over_axes


def settle(read: Ledger, context: Context, site: Site) -> Mapping[str, Any]:
    """The options without ``center`` and ``scale``, whose effect the arrays show."""
    if read["axis"] is None:
        raise site.broken("normalises over axis=null", "it needs one axis or more")
    return {key: read[key] for key in ("axis", "epsilon", "rms_scaling")}


@one_input(
    "LayerNormalization",
    options=(AXES, Option("epsilon", "float", 1e-3), CENTER, SCALE, Option("rms_scaling", "flag", False)),
    weights=(
        Weight("gamma", when=lambda config: config["scale"] or config["rms_scaling"]),
        Weight("beta", when=lambda config: config["center"] and not config["rms_scaling"]),
    ),
    describe=by_options(settle),
    same_width=True,
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """Keras 3, ``keras/src/layers/normalization/layer_normalization.py``."""
    only_floats(builder, value)
    axes = sample_axes(builder, value, spec.config["axis"], "normalises")
    # The option's list of axes gives the stored order; Keras too reshapes without moving values.
    gamma, beta = (along(builder, value, axes, spec.weights.get(name)) for name in ("gamma", "beta"))
    op = LayerNorm(float(spec.config["epsilon"]), bool(spec.config["rms_scaling"]), gamma, beta)
    return over_axes(builder, value, axes, op)


def along(builder: Builder, value: Value, axes: Sequence[int], weights: FloatArray | None) -> FloatArray | None:
    """Weights in the shape of the axes that are normalised."""
    shape = builder.shape(value)
    lengths = [int(shape[axis] or 1) for axis in axes]
    if weights is not None and weights.size != prod(lengths):
        raise builder.broken(f"has weights of shape {weights.shape} and is given {shape}")
    return None if weights is None else weights.reshape(lengths)
