"""Folders of Mako templates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import RLock


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Inside, a module that is not loaded yet cannot be."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


# Mako colours its HTML pages of errors, which nothing here shows, with Pygments: a third of the time that Mako takes.
with _without("mako.ext.pygmentplugin"):
    from mako import lookup
    from mako.template import Template

__all__ = ["Template", "TemplateLookup", "namespaces", "rendered", "templates", "tidy"]

_PARSING = RLock()


class TemplateLookup(lookup.TemplateLookup):  # type: ignore[misc]
    """Mako's, of which one at a time parses: before Python 3.11.8 two threads that do disturb each other.

    Source: https://github.com/python/cpython/issues/106905
    """

    def get_template(self, uri: str) -> Template:
        with _PARSING:
            return super().get_template(uri)


@cache
def templates(*folders: Path, preprocessor: Callable[[str], str] | None = None, imports: str = "") -> TemplateLookup:
    """The templates of folders, read when they are first asked for; a name they do not know is an error.

    Args:
        preprocessor: what their text goes through first.
        imports: a statement of Python that stands in all of them.
    """
    return TemplateLookup(
        directories=list(map(str, folders)),
        strict_undefined=True,
        filesystem_checks=False,
        input_encoding="utf-8",
        preprocessor=preprocessor,
        imports=[imports] if imports else None,
    )


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
