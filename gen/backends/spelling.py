"""Activation functions as helpers of generated code: the helper of each function, and its parameters."""

from __future__ import annotations

from inspect import signature
from types import FunctionType

import numpy as np

from ..core.functions import MEANINGS, OPERATIONS, Function

LARGEST = float(np.finfo(np.float32).max)
MEANT = {"relu": "linear", "relu_general": "relu"}
"""Helpers with the parameters of a function that has another name."""
NOT_GIVEN = frozenset({"axis", "approximate"})
"""Parameters that choose the helper, or its axis."""


def helper(function: Function) -> str | None:
    """The helper that a function of single values calls; None for linear."""
    if function.name == "linear":
        return None
    if function.name == "relu" and function.params:
        return "relu_general"
    if function.name == "gelu" and function.params and function["approximate"]:
        return "gelu_tanh"
    return function.name


def parameters(name: str) -> dict[str, float]:
    """A helper's parameters in the order of the function's meaning, with their defaults."""
    meaning = (MEANINGS | OPERATIONS).get(MEANT.get(name, name))
    if not isinstance(meaning, FunctionType):
        return {}
    _, *rest = signature(meaning).parameters.values()
    return {each.name: each.default for each in rest if each.name not in NOT_GIVEN}


def arguments(function: Function) -> list[float]:
    """The arguments of its helper after the value, limited to float32's range."""
    params = dict(function.params)
    values = (params.get(key, usual) for key, usual in parameters(helper(function) or "").items())
    return [max(min(value, LARGEST), -LARGEST) for value in values]
