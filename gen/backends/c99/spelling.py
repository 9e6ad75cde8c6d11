"""Activation functions in C: which helpers each needs, and the one expression that calls it.

Python spells an expression; the bodies of the helpers are in ``kernels``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...core.functions import Function
from .literals import literal

NEEDS: dict[str, tuple[str, ...]] = {
    "bits": (),
    "float": (),
    "abs": ("bits", "float"),
    "size": ("bits", "float"),
    "sign": ("bits", "float"),
    "exp": ("float",),
    "expm1": ("bits", "float"),
    "tanh": ("size", "sign", "expm1"),
    "sigmoid": ("size", "expm1"),
    "log1p": (),
    "log": ("bits", "float", "log1p"),
    "erf": ("abs", "sign", "exp"),
    "relu": (),
    "relu_general": (),
    "hard_sigmoid": (),
    "hard_tanh": (),
    "elu": ("exp",),
    "celu": ("exp",),
    "selu": ("exp",),
    "softplus": ("abs", "exp", "log1p"),
    "softsign": ("abs",),
    "gelu": ("erf",),
    "gelu_tanh": ("abs", "exp"),
    "silu": ("abs", "exp"),
    "hard_silu": (),
    "mish": ("exp",),
    "log_sigmoid": ("softplus",),
    "tanh_shrink": ("tanh",),
    "soft_shrink": (),
    "hard_shrink": ("abs",),
    "squareplus": ("abs",),
    "sparse_plus": (),
    "sparse_sigmoid": (),
    "threshold": (),
    "square": (),
    "sqrt": (),
    "rsqrt": (),
    "reciprocal": (),
    "ln": ("bits", "float"),
    "signum": (),
    "dot_rows": (),
    "sum_rows": (),
    "floor": (),
    "ceil": ("floor",),
    "round": (),
    "clip": (),
    "power": ("exp", "ln"),
    "whole_power": (),
    "power_of": ("ln", "exp", "floor"),
    "truncate": (),
    "float8": ("bits", "float", "round"),
    "wave": ("bits",),
    "sin": ("wave",),
    "cos": ("wave",),
    "tan": ("sin", "cos"),
    "arctan": ("abs", "sign"),
    "arcsin": ("arctan",),
    "arccos": ("arcsin",),
    "sinh": ("abs", "sign", "exp"),
    "cosh": ("abs", "exp"),
    "arcsinh": ("abs", "sign", "ln"),
    "arccosh": ("ln",),
    "arctanh": ("ln",),
}
"""Helper -> helpers it calls, in an order in which callees come first."""

LIBM = frozenset({"exp", "sigmoid", "tanh", "log1p", "log", "erf", "ln", "sin", "cos", "arctan"})
"""Helpers that ``--math libm`` takes from the C library; they then call no others."""

SQUARE_ROOT = frozenset({"squareplus", "sqrt", "rsqrt", "arcsin", "arccos", "arcsinh", "arccosh"})
OTHER_NAMES = {"exponential": "exp", "log": "ln", "sign": "signum"}
"""Functions whose helpers have other names: ``act_log`` is of what is 1 or more, ``act_sign`` lends a sign."""
WHOLE = 16
"""Largest whole exponent that is multiplied out."""


def helper(function: Function) -> str | None:
    """The helper that a function of single values calls; None for linear."""
    if function.name == "linear":
        return None
    if function.name == "relu":
        return "relu" if not function.params else "relu_general"
    if function.name == "gelu" and function.params and function["approximate"]:
        return "gelu_tanh"
    if function.name == "power" and function["exponent"].is_integer():
        # By the logarithm a negative number has no power, whole or not.
        return "whole_power" if function["exponent"] in range(1, WHOLE + 1) else "power_of"
    return OTHER_NAMES.get(function.name, function.name)


def spell(function: Function, value: str) -> str:
    """The C expression of ``function`` at ``value``."""
    name = helper(function)
    return value if name is None else f"act_{name}({', '.join([value, *arguments(function)])})"


def arguments(function: Function) -> list[str]:
    """What its helper is given beside the value."""
    name, params = helper(function), dict(function.params)
    if name is None:
        return []
    if name == "relu_general":
        order: tuple[float, ...] = (
            params.get("negative_slope", 0.0),
            min(params.get("max_value", np.inf), float(np.finfo(np.float32).max)),
            params.get("threshold", 0.0),
        )
    elif name == "whole_power":
        return [str(int(params["exponent"]))]
    else:
        order = tuple(params[key] for key in ARGUMENTS.get(name, ()) if key in params) or DEFAULTS.get(name, ())
    return [literal(value) for value in order]


ARGUMENTS = {
    "hard_sigmoid": ("slope", "offset"),
    "elu": ("alpha",),
    "celu": ("alpha",),
    "soft_shrink": ("threshold",),
    "hard_shrink": ("threshold",),
    "squareplus": ("b",),
    "threshold": ("threshold", "value"),
    "clip": ("low", "high"),
    "power": ("exponent",),
    "power_of": ("exponent",),
    "float8": ("scale",),
}
DEFAULTS: dict[str, tuple[float, ...]] = {
    "elu": (1.0,),
    "celu": (1.0,),
    "soft_shrink": (0.5,),
    "hard_shrink": (0.5,),
    "squareplus": (4.0,),
}


def needs(libm: bool) -> Mapping[str, tuple[str, ...]]:
    """Helper -> helpers it calls; those that are taken from the C library call none."""
    return {name: () if libm and name in LIBM else callees for name, callees in NEEDS.items()}
