"""Folders of Mako templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import RLock

from ..core.imports import without

# Mako colours its HTML error pages with Pygments. Nothing here shows them, and it takes a third of Mako's time.
with without("mako.ext.pygmentplugin"):
    from mako import lookup
    from mako.template import Template

__all__ = ["Template", "TemplateLookup", "in_lines", "namespaces", "rendered", "templates", "tidy"]

_PARSING = RLock()
ALONE = re.compile(r"^(?:( +)\$\{((?:(?!\$\{).)+)\}|\$\{(\[.+\])\})$", re.MULTILINE)
"""An expression that is alone on an indented line, or a list that is alone on a line."""


class TemplateLookup(lookup.TemplateLookup):  # type: ignore[misc]
    """Mako's lookup, which parses one template at a time: before Python 3.11.8, two threads that parse disturb each
    other.

    Source: https://github.com/python/cpython/issues/106905
    """

    def get_template(self, uri: str) -> Template:
        with _PARSING:
            return super().get_template(uri.lstrip("/"))  # one for both spellings


@cache
def templates(*folders: Path, head: str = "", imports: str = "") -> TemplateLookup:
    """The templates of folders, read when they are first requested; an undefined name is an error.

    An expression alone on an indented line, or a list alone on a line, is a block of lines, each with that indentation;
    an empty block leaves no line.

    Args:
        head: the beginning of each template.
        imports: a Python statement for all of them.
    """
    return TemplateLookup(
        directories=list(map(str, folders)),
        strict_undefined=True,
        filesystem_checks=False,
        input_encoding="utf-8",
        preprocessor=lambda text: head + ALONE.sub(_in_block, text),
        imports=[f"from {__name__} import in_lines", *([imports] if imports else [])],
    )


def _in_block(alone: re.Match[str]) -> str:
    return f"${{in_lines({alone[2] or alone[3]}, {len(alone[1] or '')})}}\\"


def in_lines(value: object, indent: int = 0) -> str:
    """The lines of a text, or of several texts, without empty ones."""
    text = "\n".join(value) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines() if line)


def namespaces(**paths: str) -> str:
    """The beginning of a template that makes defs of other files available by name."""
    return "".join(f'<%namespace name="{name}" file="/{path}.mako"/>' for name, path in paths.items())


def rendered(folder: Path, name: str, **context: object) -> str:
    """The text of a file from a folder of templates."""
    return tidy(templates(folder).get_template(name).render(**context))


def tidy(text: str, empty: int = 1) -> str:
    """Text without trailing spaces, with at most ``empty`` empty lines in a row and one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    spaced = [line for i, line in enumerate(lines) if line or any(lines[max(0, i - empty) : i])]
    return "\n".join(spaced).strip("\n") + "\n"
