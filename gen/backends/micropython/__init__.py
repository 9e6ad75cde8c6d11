"""MicroPython: a module with the model, a module with its weights, and what a user needs beside them.

``templates/float`` holds the layers in plain Python, one template a kind; ``templates/viper`` those in integers, each
written for viper and in plain Python. The numeric type chooses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

from ...core.errors import UnsupportedError
from ...numerics import NUMERICS, Numeric
from ...passes.memory import Program
from ..base import Generated, Origin
from ..usage import Usage
from . import integer
from .assembly import Options
from .model import ModelView, module_identifier
from .natmod import files as native
from .text import has, template, tidy, written
from .weights import LAYOUT

__all__ = ["Options", "example", "generate", "module_identifier", "native", "readme", "takes"]

FLOAT, INTEGER = "float", "viper"
"""Folders of templates."""
USES = {
    "exp": ("sigmoid", "elu", "selu", "celu", "softplus", "silu", "mish", "exponential", "log_sigmoid", "sinh", "cosh"),
    "log": ("softplus", "log_sigmoid", "log", "arcsinh", "arccosh", "arctanh"),
    "tanh": ("tanh", "gelu_tanh", "tanh_shrink"),
    "erf": ("gelu", "erf"),
    "sqrt": ("squareplus", "sqrt", "rsqrt", "arcsinh", "arccosh"),
    **{name: (name,) for name in ("sin", "cos", "tan")},
    **{f"a{name}": (f"arc{name}",) for name in ("sin", "cos", "tan")},
    "inf": ("exponential", "rsqrt", "reciprocal", "log", "power", "power_of", "divide_of", "sinh", "cosh", "arctanh"),
    "nan": ("sqrt", "rsqrt", "log", "power", "power_of", "divide_of", "arcsin", "arccos", "arccosh", "arctanh"),
}
"""A name of the math module -> the helpers that call it."""


def takes(numeric: Numeric) -> bool:
    """Whether there are templates for a numeric type: of integers all, of floats those whose storage has a file."""
    return numeric.integer or has(_storage(numeric.weights.name))


def _storage(name: str) -> str:
    return f"{FLOAT}/storage/{name}.mako"


@cache
def _helpers(storage: str) -> dict[str, str]:
    """The text of every helper of floats, in the order of their files."""
    found, kept = template(f"{FLOAT}/helpers.mako"), template(_storage(storage))
    texts = {name: found.get_def(name).render() for name in ("copy", "fill")}
    texts |= {name: kept.get_def(name).render() for name in ("gemv", "row")}
    texts |= {name: found.get_def(name).render() for name in ("divide_of", "power_of")}
    texts |= {name: found.get_def("each").render(name) for name in found.module.BODIES}
    return {name: text.strip("\n") for name, text in texts.items()}


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """``NAME.py``, ``NAME_weights.py``, ``NAME.pyi`` and ``package.json``: the same bytes for the same input. Integers
    have their layers in ``NAME_viper.py`` and ``NAME_plain.py``, and their products in ``NAME_thumb.py`` for cores that
    execute Thumb.

    Raises:
        UnsupportedError: a numeric type or a layer kind that there is no template for.
    """
    if not takes(options.numeric):
        others = " or ".join(name for name, numeric in NUMERICS.items() if takes(numeric))
        raise UnsupportedError(
            f"MicroPython has no {options.numeric.name} yet",
            fix=(f"--numeric {others}", "generate C: --backend c99"),
        )
    if options.numeric.integer:
        integers = integer.view(program, origin, options, INTEGER)
        view: ModelView = integers
        files = integer.files(integers, options, INTEGER, version)
    else:
        helpers = _helpers(options.numeric.weights.name)
        view = ModelView(program, origin, options, frozenset(helpers))
        files = _files(view, helpers, version)
    files["package.json"] = _package(sorted(path for path in files if path.endswith(".py")), version)
    return view.generated(files, view.weight_bytes)


def _files(view: ModelView, helpers: Mapping[str, str], version: str) -> dict[str, str]:
    """The modules of a float model."""
    layers = written(view.functions, FLOAT, view.options.numeric.name)
    needed = view.needed | {"copy", "fill"}
    context = {
        "m": view,
        "origin": view.origin,
        "options": view.options,
        "version": version,
        "layout": LAYOUT,
        "used": [],
        "helpers": [text for name, text in helpers.items() if name in needed],
        "layers": layers,
        "imports": [name for name, users in USES.items() if needed.intersection((f"math.{name}", *users))],
    }
    return {
        f"{view.name}.py": tidy(template("module.py.mako").render(**context)),
        f"{view.name}_weights.py": tidy(template("weights.py.mako").render(**context)),
        f"{view.name}.pyi": tidy(template("stub.pyi.mako").render(**context)),
    }


def _package(modules: Sequence[str], version: str) -> str:
    """What ``mip install`` reads; addresses are relative to it."""
    return json.dumps({"urls": [[path, path] for path in modules], "deps": [], "version": version}, indent=2) + "\n"


def example(usage: Usage) -> str:
    """A ``main.py`` that feeds samples, and prints the model's answers."""
    return tidy(template("main.py.mako").render(u=usage))


def readme(made: Generated, target: str, compiled: bool, native: bool = True) -> str:
    """How to install it and what it costs.

    Args:
        target: as ``--target`` takes it.
        compiled: whether there is a folder of ``.mpy`` files beside it.
        native: whether there is one that builds the C as a native module.
    """
    return tidy(template("README.md.mako").render(g=made, target=target, compiled=compiled, native=native))
