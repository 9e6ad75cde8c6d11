"""MicroPython: a module with the model, a module with its weights, and what a user needs beside them.

``templates/float`` holds the layers in plain Python, one template a kind; ``templates/viper`` those in integers, each
written for viper and in plain Python. The numeric type chooses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

from ...errors import UnsupportedError
from ...passes.memory import Program
from ..base import Generated, Origin
from . import integer
from .model import ModelView, Options, module_identifier
from .natmod import files as native
from .text import template, tidy, written
from .weights import LAYOUT

__all__ = ["Options", "example", "generate", "module_identifier", "native", "readme"]

VARIANTS = {"float32": "float", "float32w8": "float", "int8": "viper", "int16w8": "viper", "int16": "viper"}
"""Numeric type -> the folder of its templates."""
USES = {
    "exp": ("sigmoid", "elu", "selu", "celu", "softplus", "silu", "mish", "exponential", "log_sigmoid"),
    "log": ("softplus", "log_sigmoid"),
    "tanh": ("tanh", "gelu_tanh", "tanh_shrink"),
    "erf": ("gelu",),
    "sqrt": ("squareplus",),
    "inf": ("exponential",),
}
"""A name of the math module -> the helpers that call it."""


@cache
def _helpers(variant: str) -> dict[str, str]:
    """The text of every helper of a variant, in the order of its file."""
    found = template(f"{variant}/helpers.mako")
    whole = ("copy", "fill", "gemv", "gemv8", "scaled", "flat", "length")
    texts = {name: found.get_def(name).render() for name in whole}
    texts |= {name: found.get_def("each").render(name) for name in found.module.BODIES}
    return {name: text.strip("\n") for name, text in texts.items()}


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """``NAME.py``, ``NAME_weights.py``, ``NAME.pyi`` and ``package.json``: the same bytes for the same input. Integers
    have their layers in ``NAME_viper.py`` and ``NAME_plain.py``.

    Raises:
        UnsupportedError: a numeric type without a variant, or a layer kind that its variant has no template for.
    """
    variant = VARIANTS.get(options.numeric.name)
    if variant is None:
        raise UnsupportedError(
            f"MicroPython has no {options.numeric.name} yet",
            fix=(f"--numeric {' or '.join(VARIANTS)}", "generate C: --backend c99"),
        )
    if options.numeric.integer:
        integers = integer.view(program, origin, options, variant)
        view: ModelView = integers
        files = integer.files(integers, variant, version)
    else:
        helpers = _helpers(variant)
        view = ModelView(program, origin, options, frozenset(helpers))
        files = _files(view, helpers, variant, version)
    files["package.json"] = _package(sorted(path for path in files if path.endswith(".py")), version)
    return Generated(
        name=view.name,
        files=files,
        inputs=view.inputs,
        outputs=view.outputs,
        axes=view.axes,
        causal=view.causal,
        model_id=view.model_id,
        weight_bytes=view.weight_bytes,
        state_bytes=view.state_bytes,
        macs=view.macs,
        integer=options.numeric.integer,
        graph=program.schedule.graph,
    )


def _files(view: ModelView, helpers: Mapping[str, str], variant: str, version: str) -> dict[str, str]:
    """The modules of a float model."""
    layers = written(view.functions, variant, view.options.numeric.name)
    needed = view.needed | {"copy", "flat", "length", "fill"}
    context = {
        "m": view,
        "origin": view.origin,
        "options": view.options,
        "version": version,
        "layout": LAYOUT,
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


def example(made: Generated) -> str:
    """A ``main.py`` that calls the model."""
    return tidy(template("main.py.mako").render(g=made))


def readme(made: Generated, target: str, compiled: bool, native: bool = True) -> str:
    """How to install it and what it costs.

    Args:
        target: as ``--target`` takes it.
        compiled: whether there is a folder of ``.mpy`` files beside it.
        native: whether there is one that builds the C as a native module.
    """
    page = "viper/README.md.mako" if made.integer else "README.md.mako"
    return tidy(template(page).render(g=made, target=target, compiled=compiled, native=native))
