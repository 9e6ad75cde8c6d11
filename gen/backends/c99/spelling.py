"""Activation functions in C: expressions that call their helpers.

Python spells an expression; the bodies of the helpers are in ``kernels``.
"""

from __future__ import annotations

from ...core.functions import Function
from .. import spelling
from .literals import literal

OTHER_NAMES = {"exponential": "exp", "log": "ln", "sign": "signum"}
"""Functions whose helpers have other names: ``act_log`` is for arguments of at least 1, ``act_sign`` copies a sign."""
WHOLE = 16
"""Largest integer exponent that is computed by multiplication."""


def helper(function: Function) -> str | None:
    """The helper that a function of single values calls; None for linear."""
    if function.name == "power" and function["exponent"].is_integer():
        # A power computed by the logarithm does not exist for negative numbers, even for integer exponents.
        return "whole_power" if function["exponent"] in range(1, WHOLE + 1) else "power_of"
    return OTHER_NAMES.get(function.name, spelling.helper(function))


def spell(function: Function, value: str) -> str:
    """The C expression of ``function`` at ``value``."""
    name = helper(function)
    return value if name is None else f"act_{name}({', '.join([value, *arguments(function)])})"


def arguments(function: Function) -> list[str]:
    """The arguments of its helper after the value."""
    if helper(function) == "whole_power":
        return [str(int(function["exponent"]))]
    return list(map(literal, spelling.arguments(function)))
