"""Templates of the MicroPython backend, and the final form of their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...core.errors import UnsupportedError
from ..templates import Template, TemplateLookup, namespaces, templates, tidy
from .function import LayerFunction
from .model import ModelView
from .weights import LAYOUT
from .windows import positions, scaled  # noqa: F401  templates see them

TEMPLATES = Path(__file__).parent / "templates"
NAMESPACES = namespaces(write="write", windows="windows", fixed="viper/fixed", wide="viper/wide")
"""Namespaces of all templates: the spelling of functions, loops over windows, fixed-point arithmetic."""


def lookup() -> TemplateLookup:
    """All templates."""
    return templates(TEMPLATES, head=NAMESPACES, imports=f"from {__name__} import positions, scaled")


def template(path: str) -> Template:
    return lookup().get_template(path)


def has(path: str) -> bool:
    """Whether there is a template."""
    return bool(lookup().has_template(path))


def page(path: str, **context: object) -> str:
    """A file's text."""
    return tidy(template(path).render(**context), empty=2)


def model_files(m: ModelView, version: str, **parts: Sequence[str]) -> dict[str, str]:
    """The model, its weights, and types for editors.

    Args:
        parts: ``imports``, names of the math module; ``used``, names of its modules of layers; ``helpers`` and
            ``layers``, functions that the model's module contains.
    """
    parts = {**dict.fromkeys(("used", "helpers", "layers"), ()), **parts}
    return {
        f"{m.name}.py": page("module.py.mako", m=m, version=version, layout=LAYOUT, **parts),
        f"{m.name}_weights.py": page("weights.py.mako", m=m, version=version, layout=LAYOUT),
        f"{m.name}.pyi": page("stub.pyi.mako", m=m),
    }


def underscored(texts: Sequence[str]) -> set[str]:
    """Names with a leading underscore in texts, helpers among them."""
    return set(re.findall(r"\b_(\w+)", "\n".join(texts)))


def written(functions: Sequence[LayerFunction], variant: str, numeric: str) -> list[str]:
    """The text of each function, by the template of its kind: that of all variants, or the variant's own; or by the
    template for ops that only move values.

    Raises:
        UnsupportedError: there is no template for a layer kind.
    """
    layers = []
    for f in functions:
        paths = (f"layers/{f.op.kind.removeprefix('integer_')}.mako", f"{variant}/{f.op.kind}.mako")
        path = next(filter(has, paths), "layers/moved.mako" if f.op.moves else None)
        if path is None:
            raise UnsupportedError(
                f'layer "{f.name}": MicroPython with {numeric} has no {f.op.kind}',
                fix="generate C: --backend c99",
            )
        page = template(path)
        layers.append((page.get_def("define") if page.has_def("define") else page).render(f=f, op=f.op).strip("\n"))
    return layers
