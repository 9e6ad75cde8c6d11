"""MicroPython: a module with the model, a module with its weights, and what a user needs beside them.

``templates/float`` holds the layers in plain Python, one template a kind; another variant is another folder with the
same names, chosen by the numeric type.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from mako.lookup import TemplateLookup
from mako.template import Template

from ...errors import UnsupportedError
from ...passes.memory import Program
from ..base import Generated, Origin
from .model import ModelView, Options, module_identifier
from .weights import LAYOUT

__all__ = ["Options", "example", "generate", "module_identifier", "readme"]

TEMPLATES = Path(__file__).parent / "templates"
VARIANTS = {"float32": "float"}
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
def _lookup() -> TemplateLookup:
    return TemplateLookup(directories=[str(TEMPLATES)], strict_undefined=True, input_encoding="utf-8")


def _template(path: str) -> Template:
    return _lookup().get_template(path)


@cache
def _helpers(variant: str) -> dict[str, str]:
    """The text of every helper of a variant, in the order of its file."""
    template = _template(f"{variant}/helpers.mako")
    whole = ("copy", "fill", "gemv", "flat", "length")
    texts = {name: template.get_def(name).render() for name in whole}
    texts |= {name: template.get_def("each").render(name) for name in template.module.BODIES}
    return {name: text.strip("\n") for name, text in texts.items()}


def generate(program: Program, origin: Origin, options: Options, version: str) -> Generated:
    """``NAME.py``, ``NAME_weights.py``, ``NAME.pyi`` and ``package.json``: the same bytes for the same input.

    Raises:
        UnsupportedError: a numeric type without a variant, or a layer kind that its variant has no template for.
    """
    variant = VARIANTS.get(options.numeric.name)
    if variant is None:
        raise UnsupportedError(
            f"MicroPython has no {options.numeric.name} yet",
            fix=(f"--numeric {' or '.join(VARIANTS)}", "generate C: --backend c99"),
        )
    helpers = _helpers(variant)
    view = ModelView(program, origin, options, frozenset(helpers))
    layers = []
    for f in view.functions:
        if not (TEMPLATES / variant / f"{f.op.kind}.mako").is_file():
            raise UnsupportedError(
                f'layer "{f.name}": MicroPython with {options.numeric.name} has no {f.op.kind}',
                fix="generate C: --backend c99",
            )
        layers.append(_template(f"{variant}/{f.op.kind}.mako").get_def("define").render(f=f).strip("\n"))
    needed = view.needed | {"copy", "flat", "length", "fill"}
    imports = [name for name, users in USES.items() if needed.intersection((f"math.{name}", *users))]
    context = {
        "m": view,
        "origin": origin,
        "options": options,
        "version": version,
        "layout": LAYOUT,
        "helpers": [text for name, text in helpers.items() if name in needed],
        "layers": layers,
        "imports": imports,
    }
    files = {
        f"{view.name}.py": _template("module.py.mako").render(**context),
        f"{view.name}_weights.py": _template("weights.py.mako").render(**context),
        f"{view.name}.pyi": _template("stub.pyi.mako").render(**context),
    }
    return Generated(
        name=view.name,
        files={**{path: _tidy(text) for path, text in files.items()}, "package.json": _package(view.name, version)},
        inputs=view.inputs,
        outputs=view.outputs,
        axes=view.axes,
        causal=view.causal,
        model_id=view.model_id,
        weight_bytes=view.weight_bytes,
        state_bytes=view.state_bytes,
        macs=view.macs,
        integer=False,
        graph=program.schedule.graph,
    )


def _package(name: str, version: str) -> str:
    """What ``mip install`` reads; addresses are relative to it."""
    files = [f"{name}.py", f"{name}_weights.py"]
    return json.dumps({"urls": [[path, path] for path in files], "deps": [], "version": version}, indent=2) + "\n"


def example(made: Generated) -> str:
    """A ``main.py`` that calls the model."""
    return _tidy(_template("main.py.mako").render(g=made))


def readme(made: Generated, target: str, compiled: bool) -> str:
    """How to install it and what it costs.

    Args:
        target: as ``--target`` takes it.
        compiled: whether there is a folder of ``.mpy`` files beside it.
    """
    return _tidy(_template("README.md.mako").render(g=made, target=target, compiled=compiled))


def _tidy(text: str) -> str:
    """No trailing spaces, at most two empty lines in a row, one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or any(lines[max(0, i - 2) : i])]
    return "\n".join(kept).strip("\n") + "\n"
