"""Templates of the MicroPython backend, and what their text looks like in the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...core.errors import UnsupportedError
from ..templates import Template, TemplateLookup, templates
from .function import LayerFunction

TEMPLATES = Path(__file__).parent / "templates"
ALONE = re.compile(r"^( +)\$\{((?:(?!\$\{).)+)\}$", re.MULTILINE)
"""An expression that is alone on an indented line."""


def blocks(text: str) -> str:
    """A template in which such an expression is a block of statements, each indented as it is; nothing if empty."""
    return ALONE.sub(lambda found: f"${{block({found[2]}, {len(found[1])})}}\\", text)


def block(value: str | Iterable[str], indent: int) -> str:
    """Statements of a block, or of several, without empty lines."""
    text = value if isinstance(value, str) else "\n".join(value)
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines() if line)


def lookup() -> TemplateLookup:
    """All templates."""
    return templates(TEMPLATES, preprocessor=blocks, imports=f"from {__name__} import block")


def template(path: str) -> Template:
    return lookup().get_template(path)


def has(path: str) -> bool:
    """Whether there is a template."""
    return bool(lookup().has_template(path))


def written(functions: Sequence[LayerFunction], variant: str, numeric: str) -> list[str]:
    """The text of each function, by the template of its kind: the variant's own, or the one of all.

    Raises:
        UnsupportedError: a layer kind that there is no template for.
    """
    layers = []
    for f in functions:
        path = next((path for folder in (variant, "layers") if has(path := f"{folder}/{f.op.kind}.mako")), None)
        if path is None:
            raise UnsupportedError(
                f'layer "{f.name}": MicroPython with {numeric} has no {f.op.kind}',
                fix="generate C: --backend c99",
            )
        layers.append(template(path).get_def("define").render(f=f).strip("\n"))
    return layers


def tidy(text: str) -> str:
    """No trailing spaces, at most two empty lines in a row, one newline at the end."""
    stripped = [line.rstrip() for line in text.splitlines()]
    spaced = [line for i, line in enumerate(stripped) if line or any(stripped[max(0, i - 2) : i])]
    return "\n".join(spaced).strip("\n") + "\n"
