"""Activation functions as helpers of generated code: which helper each is, with which parameters."""

from __future__ import annotations

from inspect import signature
from types import FunctionType

import numpy as np

from ..core.functions import MEANINGS, OPERATIONS, Function

LARGEST = float(np.finfo(np.float32).max)
MEANT = {"relu": "linear", "relu_general": "relu"}
"""Helpers that have the parameters of another function than the one of their name."""
NOT_GIVEN = frozenset({"axis", "approximate"})
"""Parameters that say which helper it is, or what it goes along."""


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
    """A helper's parameters in the order of the function's meaning, with what they are where a file leaves them out."""
    meaning = (MEANINGS | OPERATIONS).get(MEANT.get(name, name))
    if not isinstance(meaning, FunctionType):
        return {}
    _, *rest = signature(meaning).parameters.values()
    return {each.name: each.default for each in rest if each.name not in NOT_GIVEN}


def arguments(function: Function) -> list[float]:
    """What its helper is given beside the value; for what no float32 holds, the largest."""
    params = dict(function.params)
    values = (params.get(key, usual) for key, usual in parameters(helper(function) or "").items())
    return [max(min(value, LARGEST), -LARGEST) for value in values]
