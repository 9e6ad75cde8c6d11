"""Highway, MaxoutDense, SReLU and ParametricSoftplus of Keras 1, made of other layers' ops; Keras 1.2.2
``keras/layers/core.py`` and ``keras/layers/advanced_activations.py``."""

from __future__ import annotations

import numpy as np

from ....core.functions import Function, function
from ....layers.dense import Dense
from ....layers.pool import GlobalPool
from ....layers.reshape import Reshape
from ..dialect.build import by_options
from ..dialect.config import ACTIVATION, UNITS, USE_BIAS, Option
from ..dialect.kinds import Weight
from ..dialect.ledger import Ledger
from ..dialect.site import Site
from ..dialect.source import Context
from .activation import inner_activation, outer_activation
from .base import Builder, Spec, Value, must_fit, one_input
from .canonical import BIAS, KERNELS
from .expression import formula
from .spatial import on_theano


def settle(read: Ledger, context: Context, site: Site) -> None:
    read["capped"] = on_theano(context)


@one_input(
    "Highway",
    options=(ACTIVATION, USE_BIAS),
    weights=(
        Weight("kernel", older=("W",)),
        Weight("carry_kernel", older=("W_carry",)),
        BIAS,
        Weight("carry_bias", older=("b_carry",), when=BIAS.when),
    ),
    same_width=True,
)
def read_highway(builder: Builder, spec: Spec, value: Value) -> Value:
    """x + t (a(x W + b) - x) with t = sigmoid(x W_carry + b_carry)."""
    shape, weights = builder.shape(value), spec.weights
    lead = len(shape) - 1
    if any(weights[name].shape != (shape[-1], shape[-1]) for name in ("kernel", "carry_kernel")):
        raise builder.broken(f"has kernels of shape {weights['kernel'].shape} and is given {shape}")
    act: Function = spec.config["activation"]
    inner = Dense(weights["kernel"], weights.get("bias"), inner_activation(act))
    gate = Dense(weights["carry_kernel"], weights.get("carry_bias"), function("sigmoid"))
    changed = outer_activation(builder, act, builder.node(inner, value, lead=lead))
    share = builder.node(gate, value, lead=lead, suffix="_carry")
    mixed = formula(builder, "x + share * (changed - x)", x=value, share=share, changed=changed)
    return Value(mixed.tensor, value.mask)


@one_input(
    "MaxoutDense",
    options=(UNITS, Option("nb_feature", "size", 4), USE_BIAS),
    weights=KERNELS,
)
def read_maxout(builder: Builder, spec: Spec, value: Value) -> Value:
    """The largest of several Dense layers; kernel (features, inputs, units)."""
    shape, kernel, bias = builder.shape(value), spec.weights["kernel"], spec.weights.get("bias")
    features, size = spec.config["nb_feature"], spec.config["units"]
    if kernel.shape != (features, shape[-1], size):
        raise builder.broken(f"has a kernel of shape {kernel.shape} and is given {shape}")
    lead = len(shape) - 1
    flat = np.ascontiguousarray(kernel.transpose(1, 0, 2).reshape(-1, features * size))
    (all_,) = builder.add(Dense(flat, None if bias is None else bias.reshape(-1)), [value.tensor], lead=lead)
    (split,) = builder.add(Reshape((features, size)), [all_], lead=lead, suffix="_features")
    return builder.node(GlobalPool("max"), split, lead=lead, suffix="_largest", mask=value.mask)


@one_input(
    "SReLU",
    options=(Option("shared_axes", "ints", None),),
    weights=tuple(Weight(name) for name in ("t_left", "a_left", "t_right", "a_right")),
    describe=by_options(settle),
    same_width=True,
)
def read_srelu(builder: Builder, spec: Spec, value: Value) -> Value:
    """x + (1 - a_left) relu(t_left - x) + (a_right - 1) relu(x - right), with right = t_left + |t_right|. On Theano
    the left part is at most right: min(x + (1 - a_left) relu(t_left - x), right) + a_right relu(x - right)."""
    weights = spec.weights
    must_fit(builder, builder.shape(value), **weights)
    ends = {"low": weights["t_left"], "high": weights["t_left"] + np.abs(weights["t_right"])}
    slopes = {"below": 1 - weights["a_left"], "above": weights["a_right"] - (0 if spec.config["capped"] else 1)}
    left = "minimum(x + relu(low - x) * below, high)" if spec.config["capped"] else "x + relu(low - x) * below"
    bent = formula(builder, f"{left} + relu(x - high) * above", x=value, **ends, **slopes)
    return Value(bent.tensor, value.mask)


@one_input(
    "ParametricSoftplus",
    options=(Option("shared_axes", "ints", None),),
    neutral=("alpha_init", "beta_init"),
    weights=(Weight("alphas", older=("alpha",)), Weight("betas", older=("beta",))),
    describe=by_options(settle),
    same_width=True,
)
def read_softplus(builder: Builder, spec: Spec, value: Value) -> Value:
    """alpha ln(1 + e^(beta x)), both learned."""
    must_fit(builder, builder.shape(value), **spec.weights)
    return Value(formula(builder, "softplus(x * betas) * alphas", x=value, **spec.weights).tensor, value.mask)
