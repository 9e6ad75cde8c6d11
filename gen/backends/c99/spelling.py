"""Activation functions in C: which helpers each needs, and the one expression that calls it.

Python spells an expression; the bodies of the helpers are in ``templates/primitives``.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ...functions import Function
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
}
"""Helper -> helpers it calls, in an order in which callees come first."""

LIBM = frozenset({"exp", "sigmoid", "tanh", "log1p", "log", "erf"})
"""Helpers that ``--math libm`` takes from the C library; they then call no others."""

SQUARE_ROOT = frozenset({"squareplus"})


def helper(function: Function) -> str | None:
    """The helper that a function of single values calls; None for linear."""
    if function.name == "linear":
        return None
    if function.name == "relu":
        return "relu" if not function.params else "relu_general"
    if function.name == "gelu" and function.params and function["approximate"]:
        return "gelu_tanh"
    return "exp" if function.name == "exponential" else function.name


def spell(function: Function, value: str) -> str:
    """The C expression of ``function`` at ``value``."""
    name = helper(function)
    if name is None:
        return value
    params = dict(function.params)
    if name == "relu_general":
        order: tuple[float, ...] = (
            params.get("negative_slope", 0.0),
            min(params.get("max_value", np.inf), float(np.finfo(np.float32).max)),
            params.get("threshold", 0.0),
        )
    else:
        order = tuple(params[key] for key in ARGUMENTS.get(name, ()) if key in params) or DEFAULTS.get(name, ())
    return f"act_{name}({', '.join([value, *map(literal, order)])})"


ARGUMENTS = {
    "hard_sigmoid": ("slope", "offset"),
    "elu": ("alpha",),
    "celu": ("alpha",),
    "soft_shrink": ("threshold",),
    "hard_shrink": ("threshold",),
    "squareplus": ("b",),
    "threshold": ("threshold", "value"),
}
DEFAULTS: dict[str, tuple[float, ...]] = {
    "elu": (1.0,),
    "celu": (1.0,),
    "soft_shrink": (0.5,),
    "hard_shrink": (0.5,),
    "squareplus": (4.0,),
}


def closure(helpers: Iterable[str], libm: bool) -> list[str]:
    """The helpers and all they call, callees first."""
    needed: set[str] = set()
    pending = list(helpers)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending.extend(() if libm and name in LIBM else NEEDS[name])
    return [name for name in NEEDS if name in needed]
