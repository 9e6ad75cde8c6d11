"""What surrounds the library: a whole project for a build system, with an app that calls the model once.

A format is a function here; ``library`` itself and the backends' own formats (``make``, ``platformio``,
``micropython``) are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import c99
from ..library import archive, below
from ..templates import templates
from ..usage import Usage

TEMPLATES = Path(__file__).parent / "templates"
Files = Mapping[str, str]
Contents = dict[str, str | bytes]


def cmake(usage: Usage, files: Files, yours: Files) -> tuple[Contents, Contents]:
    """A program for this machine, or wherever a toolchain file leads: the library by add_subdirectory."""
    made = usage.made
    own = {"CMakeLists.txt": _render("cmake.txt.mako", g=made), "main.c": yours["examples/native/main.c"]}
    return {**below(f"lib/{made.name}", files)}, {**below(f"lib/{made.name}", yours), **own}


def idf(usage: Usage, files: Files, yours: Files) -> tuple[Contents, Contents]:
    """An ESP-IDF project: the library as a component."""
    made = usage.made
    own = {
        "CMakeLists.txt": _render("idf.txt.mako", g=made),
        "sdkconfig.defaults": "CONFIG_COMPILER_OPTIMIZATION_PERF=y\n",
        "main/CMakeLists.txt": _render("idf_main.txt.mako", g=made),
        "main/main.c": c99.example(usage, c99.ESP_IDF),
    }
    return {**below(f"components/{made.name}", files)}, {**below(f"components/{made.name}", yours), **own}


def zephyr(usage: Usage, files: Files, yours: Files) -> tuple[Contents, Contents]:
    """A Zephyr application: the library as a module beside it."""
    made = usage.made
    own = {
        "CMakeLists.txt": _render("zephyr.txt.mako", g=made),
        "prj.conf": _render("prj.conf.mako", g=made),
        "src/main.c": c99.example(usage, c99.ZEPHYR),
    }
    return {**below(f"modules/{made.name}", files)}, {**below(f"modules/{made.name}", yours), **own}


def arduino(usage: Usage, files: Files, yours: Files) -> tuple[Contents, Contents]:
    """The library, and the same as a zip that Arduino's IDE installs."""
    made = usage.made
    whole = {**files, **yours}
    packed: Contents = {f"{made.name}.zip": archive(made.name, whole)}
    return {**below(made.name, files), **packed}, {**below(made.name, yours)}


def library(usage: Usage, files: Files, yours: Files) -> tuple[Contents, Contents]:
    """The library alone."""
    del usage
    return {**files}, {**yours}


PROJECTS: Mapping[str, Callable[[Usage, Files, Files], tuple[Contents, Contents]]] = {
    "library": library, "arduino": arduino, "idf": idf, "zephyr": zephyr, "cmake": cmake,
}  # fmt: skip
"""What can surround the library, by the word of ``--format``."""


def _render(name: str, **context: Any) -> str:
    return c99.tidy(templates(TEMPLATES).get_template(name).render(**context))
