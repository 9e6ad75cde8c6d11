"""Projects around the library: a whole project for a build system, with an app that calls the model once.

A format is a function here; the backends' own formats (``make``, ``platformio``, ``micropython``) are defined
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import c99
from ..base import EXAMPLE, File, Files, Project, in_folder
from ..library import archive
from ..templates import rendered
from ..usage import Usage

TEMPLATES = Path(__file__).parent / "templates"
BUILT = (
    ("cmake -S {folder} -B {folder}/build && cmake --build {folder}/build", "build it, and its self-test"),
    ("ctest --test-dir {folder}/build", "run the self-test"),
)


def cmake(usage: Usage, files: Files) -> Project:
    """A program for this machine, or for a toolchain file's target: the library by add_subdirectory."""
    model = usage.model
    surrounding = {
        "CMakeLists.txt": _yours("cmake.txt.mako", "for CMake", g=model),
        "main.c": File(files["examples/native/main.c"].content, EXAMPLE, yours=True),
    }
    return Project(in_folder(f"lib/{model.name}", files) | surrounding, BUILT, c99.calls(usage))


def idf(usage: Usage, files: Files) -> Project:
    """An ESP-IDF project: the library as a component."""
    model = usage.model
    settings = "CONFIG_COMPILER_OPTIMIZATION_PERF=y\nCONFIG_FREERTOS_HZ=1000\n"
    surrounding = {
        "CMakeLists.txt": _yours("idf.txt.mako", "for ESP-IDF", g=model),
        "sdkconfig.defaults": File(settings, "ESP-IDF's settings", yours=True),
        "main/CMakeLists.txt": _yours("idf_main.txt.mako", "for ESP-IDF", g=model),
        "main/main.c": File(c99.example(usage, c99.ESP_IDF), EXAMPLE, yours=True),
    }
    commands = (
        ("idf.py -C {folder} set-target CHIP", "once, if the chip is no ESP32; idf.py --list-targets lists CHIP"),
        ("idf.py -C {folder} build", "build it with ESP-IDF"),
    )
    return Project(in_folder(f"components/{model.name}", files) | surrounding, commands, c99.calls(usage))


def zephyr(usage: Usage, files: Files) -> Project:
    """A Zephyr application, with the library as a module."""
    model = usage.model
    surrounding = {
        "CMakeLists.txt": _yours("zephyr.txt.mako", "for Zephyr", g=model),
        "prj.conf": _yours("prj.conf.mako", "Zephyr's settings", g=model),
        "src/main.c": File(c99.example(usage, c99.ZEPHYR), "the app, here an example: yours to change", yours=True),
    }
    commands = (("west build -b BOARD {folder}", "build it with Zephyr; west boards lists BOARD"),)
    return Project(in_folder(f"modules/{model.name}", files) | surrounding, commands, c99.calls(usage))


def arduino(usage: Usage, files: Files) -> Project:
    """The library, also as a zip file that Arduino's IDE can install."""
    name = usage.model.name
    packed = {f"{name}.zip": File(archive(name, files), "the library for Arduino's IDE")}
    command = f"arduino-cli compile --fqbn FQBN --library {{folder}}/{name} {{folder}}/{name}/examples/step"
    why = "build it, FQBN as in arduino-cli board listall; in the IDE: Sketch, Include Library, Add .ZIP Library"
    return Project(in_folder(name, files) | packed, ((command, why),), c99.calls(usage))


def library(usage: Usage, files: Files) -> Project:
    """The library alone."""
    return Project(files, BUILT, c99.calls(usage))


PROJECTS: Mapping[str, Callable[[Usage, Files], Project]] = {
    "library": library, "arduino": arduino, "idf": idf, "zephyr": zephyr, "cmake": cmake,
}  # fmt: skip
"""Kinds of projects around the library, by the value of ``--format``."""


def _yours(name: str, purpose: str, **context: Any) -> File:
    return File(rendered(TEMPLATES, name, **context), purpose, yours=True)
