"""Highway, MaxoutDense, SReLU and ParametricSoftplus of Keras 1, made of other layers' ops; Keras 1.2.2
``keras/layers/core.py`` and ``keras/layers/advanced_activations.py``."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

import numpy as np

from ....core.functions import Function, function
from ....core.graph import Shape
from ....layers.activation import Activation
from ....layers.dense import Dense
from ....layers.merge import Merge
from ....layers.normalize import Normalize
from ....layers.pool import GlobalPool
from ....layers.reshape import Reshape
from ..dialect.config import ACTIVATION, UNITS, USE_BIAS, Option
from ..dialect.kinds import Weight, same_width
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from ..dialect.spec import FloatArray
from .activation import add_activation, behind, frames, within
from .base import Builder, Spec, Value, fits, one_input
from .canonical import by_options, width_by
from .normalize import add_normalize
from .spatial import on_theano

SHARES = function("sigmoid")


def settle(read: Ledger, context: Context, site: Site) -> None:
    del site
    if "shared_axes" in read:  # of SReLU
        read["capped"] = on_theano(context)


BIASED = itemgetter("use_bias")


@one_input(
    "Highway",
    options=(ACTIVATION, USE_BIAS),
    weights=(
        Weight("kernel", older=("W",)),
        Weight("carry_kernel", older=("W_carry",)),
        Weight("bias", older=("b",), when=BIASED),
        Weight("carry_bias", older=("b_carry",), when=BIASED),
    ),
    describe=by_options(settle),
    width=same_width,
)
def read_highway(builder: Builder, spec: Spec, value: Value) -> Value:
    """x + t (a(x W + b) - x) with t = sigmoid(x W_carry + b_carry)."""
    shape, weights = builder.shape(value), spec.weights
    lead = len(shape) - 1
    if any(weights[name].shape != (shape[-1], shape[-1]) for name in ("kernel", "carry_kernel")):
        raise builder.broken(f"has kernels of shape {weights['kernel'].shape} and is given {shape}")
    act: Function = spec.config["activation"]
    inner = Dense(weights["kernel"], weights.get("bias"), within(act))
    gate = Dense(weights["carry_kernel"], weights.get("carry_bias"), SHARES)
    changed = behind(builder, act, builder.node(inner, value, lead=lead))
    (share,) = builder.add(gate, [value.tensor], lead=lead, suffix="_carry")
    flat = frames(shape)
    (apart,) = builder.add(Merge("subtract"), [changed.tensor, value.tensor], lead=flat, suffix="_apart")
    (part,) = builder.add(Merge("multiply"), [share, apart], lead=flat, suffix="_part")
    return builder.node(Merge("add"), value, part, lead=flat, suffix="_sum", mask=value.mask)


@one_input(
    "MaxoutDense",
    options=(UNITS, Option("nb_feature", "size", 4), USE_BIAS),
    weights=(Weight("kernel", older=("W",)), Weight("bias", older=("b",), when=BIASED)),
    describe=by_options(settle),
    width=width_by("units"),
)
def read_maxout(builder: Builder, spec: Spec, value: Value) -> Value:
    """The largest of several Dense layers; kernel (features, inputs, units)."""
    shape, kernel, bias = builder.shape(value), spec.weights["kernel"], spec.weights.get("bias")
    many, size = spec.config["nb_feature"], spec.config["units"]
    if kernel.shape != (many, shape[-1], size):
        raise builder.broken(f"has a kernel of shape {kernel.shape} and is given {shape}")
    lead = len(shape) - 1
    flat = np.ascontiguousarray(kernel.transpose(1, 0, 2).reshape(-1, many * size))
    (all_,) = builder.add(Dense(flat, None if bias is None else bias.reshape(-1)), [value.tensor], lead=lead)
    (split,) = builder.add(Reshape((many, size)), [all_], lead=lead, suffix="_features")
    return builder.node(GlobalPool("max"), split, lead=lead, suffix="_largest", mask=value.mask)


@one_input(
    "SReLU",
    options=(Option("shared_axes", "ints", None),),
    weights=tuple(Weight(name) for name in ("t_left", "a_left", "t_right", "a_right")),
    describe=by_options(settle),
    width=same_width,
)
def read_srelu(builder: Builder, spec: Spec, value: Value) -> Value:
    """x + (1 - a_left) relu(t_left - x) + (a_right - 1) relu(x - right), with right = t_left + |t_right|. On Theano
    what is left of t_left is at most right: min(x + (1 - a_left) relu(t_left - x), right) + a_right relu(x - right)."""
    shape, weights = builder.shape(value), spec.weights
    must_fit(builder, weights, shape)
    low, high = weights["t_left"], weights["t_left"] + np.abs(weights["t_right"])
    minus = np.full_like(low, -1)
    lead = frames(shape) if all(a.shape[0] == 1 for a in weights.values()) else 0
    terms = [value.tensor, _bend(builder, value, (low, minus), 1 - weights["a_left"], "_left")]
    slope = weights["a_right"] - 1
    if spec.config["capped"]:
        (left,) = builder.add(Merge("add"), terms, lead=lead, suffix="_below")
        terms, slope = [_bend(builder, Value(left), (high, minus), minus, "_cap", high)], weights["a_right"]
    terms.append(_bend(builder, value, (high, None), slope, "_right"))
    return builder.node(Merge("add"), *terms, lead=lead, suffix="_sum", mask=value.mask)


@one_input(
    "ParametricSoftplus",
    options=(Option("shared_axes", "ints", None),),
    neutral=("alpha_init", "beta_init"),
    weights=(Weight("alphas", older=("alpha",)), Weight("betas", older=("beta",))),
    describe=by_options(settle),
    width=same_width,
)
def read_softplus(builder: Builder, spec: Spec, value: Value) -> Value:
    """alpha ln(1 + e^(beta x)), both learned."""
    shape, mask = builder.shape(value), value.mask
    must_fit(builder, spec.weights, shape)
    value = add_normalize(builder, value, None, spec.weights["betas"], None)
    value = add_activation(builder, function("softplus"), value)
    return Value(add_normalize(builder, value, None, spec.weights["alphas"], None).tensor, mask)


def must_fit(builder: Builder, weights: Mapping[str, FloatArray], shape: Shape) -> None:
    """Refuses arrays that do not lie beside a sample of a shape."""
    for name, array in weights.items():
        if not fits(array, shape):
            raise builder.broken(f"has the array {name} of shape {array.shape} and is given {shape}")


def _bend(
    builder: Builder,
    value: Value,
    before: tuple[FloatArray, FloatArray | None],
    scale: FloatArray,
    side: str,
    offset: FloatArray | None = None,
) -> int:
    """relu of the value, shifted and turned, times a scale, and shifted again."""
    (moved,) = builder.add(Normalize(before[0], before[1], None), [value.tensor], suffix=f"{side}_from")
    (cut,) = builder.add(Activation(function("relu")), [moved], suffix=side)
    return builder.add(Normalize(None, scale, offset), [cut], suffix=f"{side}_slope")[0]
