"""Folders of Mako templates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import RLock

from ..core.imports import without

# Mako colours its HTML pages of errors, which nothing here shows, with Pygments: a third of the time that Mako takes.
with without("mako.ext.pygmentplugin"):
    from mako import lookup
    from mako.template import Template

__all__ = ["Template", "TemplateLookup", "in_lines", "namespaces", "rendered", "templates", "tidy"]

_PARSING = RLock()
ALONE = re.compile(r"^(?:( +)\$\{((?:(?!\$\{).)+)\}|\$\{(\[.+\])\})$", re.MULTILINE)
"""An expression that is alone on an indented line, or a list that is alone on a line."""


class TemplateLookup(lookup.TemplateLookup):  # type: ignore[misc]
    """Mako's, of which one at a time parses: before Python 3.11.8 two threads that do disturb each other.

    Source: https://github.com/python/cpython/issues/106905
    """

    def get_template(self, uri: str) -> Template:
        with _PARSING:
            return super().get_template(uri.lstrip("/"))  # one for both spellings


@cache
def templates(*folders: Path, head: str = "", imports: str = "") -> TemplateLookup:
    """The templates of folders, read when they are first asked for; a name they do not know is an error.

    An expression alone on an indented line, or a list alone on a line, is a block of lines, each indented as it is;
    nothing if it is empty.

    Args:
        head: what each of them begins with.
        imports: a statement of Python that stands in all of them.
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
    """The lines of a text, or of several, without empty ones."""
    text = "\n".join(value) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines() if line)


def namespaces(**paths: str) -> str:
    """What makes the defs of files known by their names, in a template that begins with it."""
    return "".join(f'<%namespace name="{name}" file="/{path}.mako"/>' for name, path in paths.items())


def rendered(folder: Path, name: str, **context: object) -> str:
    """A file's text from a folder of templates."""
    return tidy(templates(folder).get_template(name).render(**context))


def tidy(text: str, empty: int = 1) -> str:
    """No trailing spaces, at most so many empty lines in a row, one newline at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    spaced = [line for i, line in enumerate(lines) if line or any(lines[max(0, i - empty) : i])]
    return "\n".join(spaced).strip("\n") + "\n"
