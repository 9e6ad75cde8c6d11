"""The model as a library that other build systems can use unchanged.

src/NAME.h, src/NAME.c         the model
src/NAME_push.h                for one sample of a sensor per call, if the model takes a sequence
CMakeLists.txt                 for add_subdirectory, as an ESP-IDF component and as a Zephyr module
idf_component.yml              ESP-IDF's component manager
zephyr/module.yml              Zephyr's module
library.properties             Arduino
library.json                   PlatformIO
Gatesmith.NAME.pdsc            CMSIS-Pack, for Keil and STM32CubeIDE
examples/, test/               calls of it, and samples with their expected outputs
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...boards.target import Target
from .. import c99
from ..base import File, Files, Generated, in_folder
from ..names import remark
from ..templates import rendered
from ..usage import Usage

TEMPLATES = Path(__file__).parent / "templates"
SCHEMA = "https://raw.githubusercontent.com/platformio/platformio-core/develop/platformio/assets/schema/library.json"
KEYWORDS = ("neural-network", "machine-learning", "inference", "keras", "tinyml")
FLAGS = "flags.py"
"""The script with which PlatformIO asks for the compiler."""
RELEASE = "1.0.0"
"""Release of every generated library; as in semantic versioning, the model's id follows and tells two of them apart."""
COMMON = re.compile(r"-O\w*|-ffp-contract=\w+")
"""Flags that both GCC and Clang accept."""


@dataclass(frozen=True)
class Flags:
    """Compiler flags that the library's code needs: for GCC and Clang, and for GCC alone."""

    common: tuple[str, ...]
    gcc: tuple[str, ...]


def library(
    usage: Usage,
    boards: Sequence[Target],
    *,
    exact: bool,
    source: str,
    speed: int,
    selftest: str | None = None,
) -> dict[str, File]:
    """The library's files, by path within it.

    Args:
        usage: the way the model is called, for the examples.
        boards: its boards; flags that all of them need are documented and requested.
        exact: whether it is built without contraction.
        source: the model file's name.
        speed: baud of the sketch.
        selftest: the self-test's C program; None if it is elsewhere.
    """
    model, flags = usage.model, flags_of(boards, exact)
    context: dict[str, Any] = {
        "g": model,
        "source": remark(source),
        "flags": flags,
        "usage": usage,
        "release": RELEASE,
        "version": f"{RELEASE}+{model.model_id}",
        "selftest": selftest is not None,
        "boards": [board.name for board in boards],
    }
    pushed = c99.push(usage)
    context["pushed"] = bool(pushed)
    files = in_folder("src", {**model.listed, **pushed})
    if selftest is not None:
        files[f"test/{model.name}_selftest.c"] = File(selftest, c99.SELFTEST)
    pages = {
        "library.properties": ("library.properties.mako", "for Arduino"),
        "CMakeLists.txt": ("CMakeLists.txt.mako", "for CMake, ESP-IDF and Zephyr"),
        "idf_component.yml": ("idf_component.yml.mako", "for ESP-IDF's component manager"),
        "zephyr/module.yml": ("module.yml.mako", "for Zephyr"),
        f"Gatesmith.{model.name}.pdsc": ("pack.pdsc.mako", "for Keil and STM32CubeIDE"),
        "README.md": ("README.md.mako", "how to use it, and the flags that it wants"),
        **({FLAGS: ("flags.py.mako", "")} if flags.gcc else {}),
    }
    files |= {path: File(rendered(TEMPLATES, name, **context), why, yours=True) for path, (name, why) in pages.items()}
    return files | {
        "library.json": File(json_text(_platformio(model, flags, context["source"])), "for PlatformIO", yours=True),
        "examples/native/main.c": File(c99.example(usage), yours=True),
        "examples/bare/main.c": File(c99.example(usage, c99.BARE), yours=True),
        "examples/step/step.ino": File(c99.sketch(usage, speed), "a sketch that calls it", yours=True),
    }


def flags_of(boards: Sequence[Target], exact: bool) -> Flags:
    """Compiler flags that every board needs for this code, except those that name its processor."""
    each = [
        [flag for flag in board.compiler.flags(exact) if flag not in board.compiler.machine and _portable(flag)]
        for board in boards
    ]
    shared = [flag for flag in each[0] if all(flag in flags for flags in each[1:])]
    common = tuple(flag for flag in shared if COMMON.fullmatch(flag))
    return Flags(common, tuple(flag for flag in shared if flag not in common))


def archive(folder: str, files: Files) -> bytes:
    """A zip file with one folder, which Arduino's IDE can install; the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, files[path].content)
    return out.getvalue()


def _portable(flag: str) -> bool:
    """Whether a flag sets neither the language nor warnings: those belong to the build system."""
    return not flag.startswith(("-std=", "-W"))


def _platformio(model: Generated, flags: Flags, source: str) -> dict[str, Any]:
    build: dict[str, Any] = {"srcDir": "src", "flags": [*flags.common]}
    if flags.gcc:
        build["extraScript"] = FLAGS
    return {
        "$schema": SCHEMA,
        "name": model.name,
        "version": f"{RELEASE}+{model.model_id}",
        "description": f"A network trained with Keras ({source}) as plain C99: no heap, no dependencies",
        "keywords": [*KEYWORDS],
        "authors": [{"name": "Gatesmith (generated)", "maintainer": False}],
        "headers": f"{model.name}.h",
        "frameworks": "*",
        "platforms": "*",
        "build": build,
        "examples": [
            {"name": "step", "base": "examples/step", "files": ["step.ino"]},
            {"name": "native", "base": "examples/native", "files": ["main.c"]},
            {"name": "bare", "base": "examples/bare", "files": ["main.c"]},
        ],
        "export": {"exclude": [".pio", "*.keras", "*.h5"]},
    }


def json_text(data: Mapping[str, Any]) -> str:
    """Data as the text of a JSON file."""
    return json.dumps(data, indent=2) + "\n"
