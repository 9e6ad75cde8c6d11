"""Modules of float models: the model with its layers in plain Python, and its weights."""

from __future__ import annotations

import re
from functools import cache

from ...core.errors import UnsupportedError
from ...numerics import NUMERICS, Numeric
from ...passes.memory import Program
from ..base import Origin
from .assembly import Options
from .model import ModelView
from .text import has, model_files, template, underscored, written

FLOAT = "float"
"""The name of the template folder."""
MATH = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan")
"""Functions of the math module that helpers and layers use."""
PORTABLE = {
    r"\binf\b": 'inf = float("inf")',
    r"\bnan\b": 'nan = float("nan")',
    r"\btanh\(": """\
try:
    from math import tanh
except ImportError:  # on small boards

    def tanh(v):
        e = exp(-2 * abs(v))
        return (1 - e) / (1 + e) if v > 0 else (e - 1) / (1 + e)""",
    r"\berf\(": """\
try:
    from math import erf
except ImportError:  # on small boards

    def erf(v):
        t = 1 / (1 + 0.3275911 * abs(v))
        t *= ((((1.0614054 * t - 1.4531521) * t + 1.4214137) * t - 0.28449674) * t + 0.2548296) * exp(-v * v)
        return 1 - t if v > 0 else t - 1  # Abramowitz and Stegun 7.1.26: to 1.5e-7""",
    r'e"\.format': """\
try:
    unpack_from("<e", bytes(2))
except ValueError:
    raise ImportError("float32w16 needs MicroPython 1.23 or later")""",
}
"""Pattern of a name that some firmware lacks -> its definition. The math module has inf and nan from MicroPython 1.19
on."""


def takes(numeric: Numeric) -> bool:
    """Whether there are templates for a numeric type: for floats, if their storage has a file; for integers, always."""
    return numeric.integer or has(_storage(numeric.weights.name))


def _storage(name: str) -> str:
    return f"{FLOAT}/storage/{name}.mako"


@cache
def _helpers(storage: str) -> dict[str, str]:
    """The text of every helper, in the order of their files."""
    common, stored = template(f"{FLOAT}/helpers.mako"), template(_storage(storage))
    texts = {name: common.get_def(name).render() for name in ("copy", "fill")}
    texts |= {name: stored.get_def(name).render() for name in ("gemv", "row")}
    texts |= {name: common.get_def(name).render() for name in ("divide_of", "power_of")}
    texts |= {name: common.get_def("each").render(name) for name in common.module.BODIES}
    return {name: text.strip("\n") for name, text in texts.items()}


def modules(program: Program, origin: Origin, options: Options, version: str) -> tuple[ModelView, dict[str, str]]:
    """The model, and its files by path.

    Raises:
        UnsupportedError: there is no template for the numeric type or a layer kind.
    """
    if not takes(options.numeric):
        others = " or ".join(name for name, numeric in NUMERICS.items() if takes(numeric))
        raise UnsupportedError(
            f"MicroPython has no {options.numeric.name} yet",
            fix=(f"--numeric {others}", "generate C: --backend c99"),
        )
    helpers = _helpers(options.numeric.weights.name)
    m = ModelView(program, origin, options, frozenset(helpers))
    layers = written(m.functions, FLOAT, options.numeric.name)
    needed = [text for name, text in helpers.items() if name in {"copy", "fill", *underscored(layers)}]
    code = "\n".join([*needed, *layers])
    needed = [*(text for pattern, text in PORTABLE.items() if re.search(pattern, code)), *needed]
    code = "\n".join([*needed, *layers])
    imports = [name for name in MATH if re.search(rf"\b{name}\(", code)]
    return m, model_files(m, version, helpers=needed, layers=layers, imports=imports)
