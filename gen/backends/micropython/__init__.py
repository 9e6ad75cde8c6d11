"""MicroPython: a module with the model, a module with its weights, and what a user needs beside them.

``templates/float`` holds the layers in plain Python, one template a kind; ``templates/viper`` those in integers, each
written for viper and in plain Python. The numeric type chooses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...passes.memory import Program
from ..base import Generated, Origin
from ..usage import Usage
from . import floats, integer
from .assembly import Options
from .floats import takes
from .model import module_identifier
from .natmod import files as native
from .text import page

__all__ = ["Options", "example", "generate", "module_identifier", "native", "readme", "takes"]


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """``NAME.py``, ``NAME_weights.py``, ``NAME.pyi`` and ``package.json``: the same bytes for the same input. Integers
    have their layers in ``NAME_viper.py`` and ``NAME_plain.py``, and their products in ``NAME_thumb.py`` for cores that
    execute Thumb.

    Raises:
        UnsupportedError: a numeric type or a layer kind that there is no template for.
    """
    modules = integer.modules if options.numeric.integer else floats.modules
    m, files = modules(program, origin, options, version)
    files["package.json"] = _package(sorted(path for path in files if path.endswith(".py")), version)
    return m.generated(files, m.weight_bytes)


def _package(modules: Sequence[str], version: str) -> str:
    """What ``mip install`` reads; addresses are relative to it."""
    return json.dumps({"urls": [[path, path] for path in modules], "deps": [], "version": version}, indent=2) + "\n"


def example(usage: Usage) -> str:
    """A ``main.py`` that feeds samples, and prints the model's answers."""
    return page("main.py.mako", u=usage)


def readme(modules: Generated, target: str, compiled: bool, native: bool = True) -> str:
    """How to install it and what it costs.

    Args:
        target: as ``--target`` takes it.
        compiled: whether there is a folder of ``.mpy`` files beside it.
        native: whether there is one that builds the C as a native module.
    """
    return page("README.md.mako", g=modules, target=target, compiled=compiled, native=native)
