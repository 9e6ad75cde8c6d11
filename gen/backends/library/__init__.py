"""The model as a library that other build systems take as it is.

src/NAME.h, src/NAME.c         the model
src/NAME_push.h                a sensor's samples one a call, where the model takes a sequence
CMakeLists.txt                 for add_subdirectory, as an ESP-IDF component and as a Zephyr module
idf_component.yml              ESP-IDF's component manager
zephyr/module.yml              Zephyr's module
library.properties             Arduino
library.json                   PlatformIO
NAME.pdsc                      CMSIS-Pack, for Keil and STM32CubeIDE
examples/, test/               calls of it, and samples with the answers they must have
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
from ..base import File, Files, Generated, below
from ..names import remark
from ..templates import rendered
from ..usage import Usage

TEMPLATES = Path(__file__).parent / "templates"
SCHEMA = "https://raw.githubusercontent.com/platformio/platformio-core/develop/platformio/assets/schema/library.json"
KEYWORDS = ("neural-network", "machine-learning", "inference", "keras", "tinyml")
FLAGS = "flags.py"
"""What PlatformIO runs to ask the compiler."""
RELEASE = "1.0.0"
"""Of every generated library; the model's id, which tells two of them apart, follows it as semantic versioning says."""
COMMON = re.compile(r"-O\w*|-ffp-contract=\w+")
"""Flags that GCC and Clang both know."""


@dataclass(frozen=True)
class Flags:
    """What the library's code asks of a compiler: of GCC and Clang, and of GCC alone."""

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
        usage: how the model is called, which the examples show.
        boards: what it is written for; flags that all of them want are stated and asked for.
        exact: whether it is built without contraction.
        source: the model file's name.
        speed: baud of the sketch.
        selftest: its own C program; None where another one has it.
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
    files = below("src", {**model.listed, **pushed})
    if selftest is not None:
        files[f"test/{model.name}_selftest.c"] = File(selftest, c99.SELFTEST)
    pages = {
        "library.properties": ("library.properties.mako", "for Arduino"),
        "CMakeLists.txt": ("CMakeLists.txt.mako", "for CMake, ESP-IDF and Zephyr"),
        "idf_component.yml": ("idf_component.yml.mako", "for ESP-IDF's component manager"),
        "zephyr/module.yml": ("module.yml.mako", "for Zephyr"),
        f"{model.name}.pdsc": ("pack.pdsc.mako", "for Keil and STM32CubeIDE"),
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
    """What every board asks of the compiler for this code, whatever processor its build system names to it."""
    each = [
        [flag for flag in board.compiler.flags(exact) if flag not in board.compiler.machine and _portable(flag)]
        for board in boards
    ]
    shared = [flag for flag in each[0] if all(flag in flags for flags in each[1:])]
    common = tuple(flag for flag in shared if COMMON.fullmatch(flag))
    return Flags(common, tuple(flag for flag in shared if flag not in common))


def archive(folder: str, files: Files) -> bytes:
    """A zip file with one folder, as Arduino's IDE installs libraries from; the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{path}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, files[path].content)
    return out.getvalue()


def _portable(flag: str) -> bool:
    """Not the language and not the warnings: those are the build system's."""
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
    """Data as a file of JSON."""
    return json.dumps(data, indent=2) + "\n"
