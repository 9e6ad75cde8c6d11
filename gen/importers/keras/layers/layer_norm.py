"""LayerNormalization (Ba et al. 2016): y = gamma (x - mean) / sqrt(variance + epsilon) + beta over one or more axes."""

from __future__ import annotations

from ....core.graph import count, known
from ....layers.layer_norm import LayerNorm
from ..dialect.build import arrays_of, described
from ..dialect.config import Option, options
from ..dialect.kinds import Config, Kind, Weight, same_width
from ..dialect.site import Site
from ..dialect.source import Context, Source
from ..dialect.spec import LayerSpec
from .base import Builder, Spec, Value, only_floats, reads_one
from .permute import axes_last, permuted


def scales(config: Config) -> bool:
    """Whether there is a gamma."""
    return bool(config["scale"] or config["rms_scaling"])


def centers(config: Config) -> bool:
    """Whether there is a beta."""
    return bool(config["center"] and not config["rms_scaling"])


def describe(kind: Kind, source: Source, context: Context, site: Site) -> LayerSpec:
    """Options and arrays; which arrays there are says what ``center`` and ``scale`` did."""
    read = options(kind.options, source.config, context.writer, site)
    weights = arrays_of(kind, source, read, site)
    axis = read["axis"] if isinstance(read["axis"], list) else [read["axis"]]
    if None in axis:
        raise site.broken("normalises over axis=null", "it needs one axis or more")
    return described(kind, source, {"axis": axis, **{k: read[k] for k in ("epsilon", "rms_scaling")}}, weights)


@reads_one(
    Kind(
        "LayerNormalization",
        options=(
            Option("axis", "axes", -1),
            Option("epsilon", "float", 1e-3),
            Option("center", "flag", True),
            Option("scale", "flag", True),
            Option("rms_scaling", "flag", False),
        ),
        weights=(Weight("gamma", when=scales), Weight("beta", when=centers)),
        describe=describe,
        width=same_width,
    )
)
def read(builder: Builder, spec: Spec, value: Value) -> Value:
    """Keras 3, ``keras/src/layers/normalization/layer_normalization.py``."""
    only_floats(builder, value)
    shape = builder.shape(value)
    axis = spec.config["axis"]
    axes = sorted(a + len(shape) if a < 0 else a - 1 for a in (axis if isinstance(axis, (list, tuple)) else [axis]))
    if not all(0 <= a < len(shape) for a in axes) or len(set(axes)) < len(axes):
        raise builder.broken(f"normalises the axes {axis} of {shape}")
    normalized = tuple(shape[a] for a in axes)
    if not known(normalized):
        raise builder.unfixed(f"normalises the axes {axis} of {shape}, whose length is not fixed")
    gamma, beta = spec.weights.get("gamma"), spec.weights.get("beta")
    for weight in (gamma, beta):
        if weight is not None and weight.size != count(normalized):
            raise builder.broken(f"has weights of shape {weight.shape} and is given {shape}")
    op = LayerNorm(
        float(spec.config["epsilon"]),
        bool(spec.config["rms_scaling"]),
        # Stored in the order that the option lists the axes; Keras too reshapes without moving values.
        None if gamma is None else gamma.reshape(normalized),
        None if beta is None else beta.reshape(normalized),
    )
    order, back = axes_last(len(shape), axes)
    (out,) = builder.add(op, [permuted(builder, value.tensor, order)], lead=len(shape) - len(axes))
    return Value(permuted(builder, out, back), value.mask)
