"""Activation functions of the float modules: which helper each is, with which parameters.

A helper works in place on a range of a list: one call a vector, none a value. Its body is in ``templates/float``.
"""

from __future__ import annotations

import numpy as np

from ...core.functions import Function

ORDER: dict[str, tuple[tuple[str, float], ...]] = {
    "hard_sigmoid": (("slope", 0.2), ("offset", 0.5)),
    "elu": (("alpha", 1.0),),
    "celu": (("alpha", 1.0),),
    "soft_shrink": (("threshold", 0.5),),
    "hard_shrink": (("threshold", 0.5),),
    "squareplus": (("b", 4.0),),
    "threshold": (("threshold", 0.0), ("value", 0.0)),
    "clip": (("low", 0.0), ("high", 1.0)),
    "power": (("exponent", 1.0),),
    "float8": (("scale", 1.0),),
    "relu_general": (("negative_slope", 0.0), ("max_value", np.inf), ("threshold", 0.0)),
}
"""Helper -> its parameters, with the values they have where a file leaves them out."""


def helper(function: Function) -> str | None:
    """The helper that a function of single values is; None for linear."""
    if function.name == "linear":
        return None
    if function.name == "relu" and function.params:
        return "relu_general"
    if function.name == "gelu" and function.params and function["approximate"]:
        return "gelu_tanh"
    return function.name


def parameters(function: Function, name: str) -> tuple[float, ...]:
    """What the helper is given beside the list and its range."""
    params = dict(function.params)
    largest = float(np.finfo(np.float32).max)
    return tuple(max(min(params.get(key, usual), largest), -largest) for key, usual in ORDER.get(name, ()))


def literal(value: float) -> str:
    """A float32, every digit of it: what is compared with it may be a double that holds the same."""
    return repr(float(np.float32(value)))
