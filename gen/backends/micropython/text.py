"""Templates of the MicroPython backend, and what their text looks like in the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...core.errors import UnsupportedError
from ..templates import Template, templates
from .function import LayerFunction

TEMPLATES = Path(__file__).parent / "templates"


def template(path: str) -> Template:
    return templates(TEMPLATES).get_template(path)


def has(path: str) -> bool:
    """Whether there is a template."""
    return bool(templates(TEMPLATES).has_template(path))


def written(functions: Sequence[LayerFunction], variant: str, numeric: str) -> list[str]:
    """The text of each function.

    Raises:
        UnsupportedError: a layer kind that the variant has no template for.
    """
    layers = []
    for f in functions:
        if not has(f"{variant}/{f.op.kind}.mako"):
            raise UnsupportedError(
                f'layer "{f.name}": MicroPython with {numeric} has no {f.op.kind}',
                fix="generate C: --backend c99",
            )
        layers.append(template(f"{variant}/{f.op.kind}.mako").get_def("define").render(f=f).strip("\n"))
    return layers


def tidy(text: str) -> str:
    """No trailing spaces, at most two empty lines in a row, one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for i, line in enumerate(lines) if line or any(lines[max(0, i - 2) : i])]
    return "\n".join(kept).strip("\n") + "\n"
