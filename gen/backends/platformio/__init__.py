"""A PlatformIO project: the model as a library, an app that speaks the device link, golden vectors for ``pio test``.

platformio.ini                 an environment a board, and one for this machine
lib/NAME/                      the model's library: include, src, examples, library.json
lib/gatesmith_link/            the link's device side
src/                           the app
test/                          golden vectors, and the runner that reads their lines
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from mako.lookup import TemplateLookup

from ...errors import UsageError
from ...graph import Array
from ...numerics import NUMERICS
from ...target import PlatformIO, Target
from .. import c99
from ..base import Generated
from ..c99.names import remark

TEMPLATES = Path(__file__).parent / "templates"
SERIAL_FRAMEWORK = "arduino"
"""The framework that the link has a port for."""
FIRMWARE = (
    "link/gatesmith_link.h", "link/gatesmith_link.c", "link/gatesmith_frame.h",
    "ports/arduino/gatesmith_arduino.h", "ports/arduino/gatesmith_arduino.cpp",
)  # fmt: skip
SCHEMA = "https://raw.githubusercontent.com/platformio/platformio-core/develop/platformio/assets/schema/library.json"
ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+")
HERE = "native"
"""The environment for this machine."""
KEYWORDS = ("neural-network", "machine-learning", "inference", "keras", "tinyml")
VECTOR_SHARE = 16
"""Golden vectors take at most this part of a board's flash, but for one sample."""


@dataclass(frozen=True)
class Environment:
    """One ``[env:NAME]``: its options in order, each with the lines of its value."""

    name: str
    options: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Vectors:
    """Golden vectors: arrays with a sample axis, the steps of each time axis, and what may be apart."""

    inputs: Sequence[Array]
    outputs: Sequence[Array]
    lengths: Sequence[int]
    tolerance: float

    def fitting(self, boards: Sequence[Target]) -> Vectors:
        """As many samples as the smallest board has room for; at least one."""
        room = min(board.flash for board in boards) // VECTOR_SHARE
        each = sum(array[0].size for array in (*self.inputs, *self.outputs)) * 4
        kept = max(1, min(len(self.outputs[0]), room // each))
        return Vectors([x[:kept] for x in self.inputs], [y[:kept] for y in self.outputs], self.lengths, self.tolerance)


def names(board: Target) -> PlatformIO:
    """A board as PlatformIO names it.

    Raises:
        UsageError: it does not.
    """
    if board.platformio is None:
        raise UsageError(f"{board.name} is no board of PlatformIO's", fix="a project of its own: one --target")
    return board.platformio


def alike(boards: Sequence[Target], numeric: str) -> None:
    """Check that one library serves all boards of a project.

    Raises:
        UsageError: a board is named twice or not PlatformIO's, does not take the numeric type, or two boards take other
            code.
    """
    first = boards[0]
    integer = numeric in NUMERICS and NUMERICS[numeric].integer
    for position, board in enumerate(boards):
        if not ENVIRONMENT.fullmatch(board.name) or board.name == HERE:
            raise UsageError(
                f'"{board.name}" cannot name an environment of platformio.ini',
                fix="name the target's file with letters, digits, - and _, and not " + HERE,
            )
        if board.name in [other.name for other in boards[:position]]:
            raise UsageError(f"target {board.name} is given twice")
        if numeric not in board.numerics:
            raise UsageError(
                f'target {board.name} has no numeric type "{numeric}"',
                fix=f"choose one of: {', '.join(board.numerics)}",
            )
        for what, ours, theirs in (
            ("framework", names(first).framework, names(board).framework),
            ("rows of gemv", first.rows, board.rows),
            ("lanes of gemv", first.lanes, board.lanes),
            ("instructions of gemv", *((first.isa or "none", board.isa or "none") if integer else ("", ""))),
            ("baud", first.serial_speed, board.serial_speed),
        ):
            if ours != theirs:
                raise UsageError(
                    f"{first.name} and {board.name} cannot share a project: the library is not the same for both",
                    why=f"{what}: {ours} for {first.name}, {theirs} for {board.name}",
                    fix="a folder for each: gatesmith generate with one --target at a time",
                )
        if board.constants != first.constants == "memory":
            raise UsageError(
                f"{board.name} cannot take the code of {first.name}: its constants live in a space of their own",
                fix=f"begin with it: --target {board.name} --also {first.name}",
            )


def project(
    made: Generated,
    boards: Sequence[Target],
    vectors: Vectors,
    *,
    numeric: str,
    lengths: Sequence[int],
    room: Sequence[int],
    exact: bool,
    source: str,
    version: str,
) -> tuple[dict[str, str], dict[str, str]]:
    """The project's files, and those of them that are the user's to change, by path.

    Args:
        boards: one environment each; the library's code is the first one's.
        lengths: steps of the examples' sequences, one a time axis.
        room: steps that the app's buffers hold, one a time axis.
        exact: whether the library is built without contraction.
        source: the model file's name.
        version: Gatesmith's own.

    Raises:
        UsageError: see ``alike``.
    """
    alike(boards, numeric)
    source = remark(source)
    lib, link = f"lib/{made.name}", "lib/gatesmith_link"
    serial = names(boards[0]).framework == SERIAL_FRAMEWORK
    context = {"g": made, "speed": boards[0].serial_speed, "lengths": list(lengths), "source": source}
    files = {
        f"{lib}/{'include' if path.endswith('.h') else 'src'}/{path}": text for path, text in made.files.items()
    } | {
        "test/test_custom_runner.py": _render("test_custom_runner.py.mako", **context),
        "test/test_golden/test_golden.cpp": _render("test_golden.cpp.mako", **context, v=vectors.fitting(boards)),
    }
    example = c99.example(made, lengths)
    yours = {
        "platformio.ini": _render("platformio.ini.mako", **context, envs=list(_environments(made, boards)), ini=_ini),
        f"{lib}/library.json": _json(_library(made, boards, exact, source, serial)),
        f"{lib}/README.md": _render("README.md.mako", **context, serial=serial),
        f"{lib}/examples/native/main.c": example,
    }
    if serial:
        files |= {f"src/{made.name}_link.c": c99.glue(made, numeric, room)}
        files |= {f"{link}/src/{Path(path).name}": _firmware(path) for path in FIRMWARE}
        files[f"{link}/library.json"] = _json(_link_library(version))
        yours |= {
            "src/main.cpp": _render("main.cpp.mako", **context),
            f"{lib}/examples/step/step.ino": _render("step.ino.mako", **context),
        }
    else:
        yours["src/main.c"] = example
    return files, yours


def _environments(made: Generated, boards: Sequence[Target]) -> Iterator[Environment]:
    for board in boards:
        pio = names(board)
        own = {"platform": (pio.platform,), "board": (pio.board,), "framework": (pio.framework,)}
        yield Environment(board.name, {key: value for key, value in own.items() if any(value)} | dict(pio.options))
    filters = ("-<*>", f"+<../lib/{made.name}/examples/native/>")
    checked = (f"+<lib/{made.name}/>",)
    yield Environment("native", {"platform": ("native",), "build_src_filter": filters, "check_src_filters": checked})


def _ini(key: str, lines: Sequence[str]) -> str:
    """An option as platformio.ini writes it: several values take a line each."""
    return f"{key} = {lines[0]}" if len(lines) == 1 else "\n".join([f"{key} =", *(f"    {line}" for line in lines)])


def _library(made: Generated, boards: Sequence[Target], exact: bool, source: str, serial: bool) -> dict[str, Any]:
    examples = [{"name": "native", "base": "examples/native", "files": ["main.c"]}]
    if serial:
        examples.insert(0, {"name": "step", "base": "examples/step", "files": ["step.ino"]})
    return {
        "$schema": SCHEMA,
        "name": made.name,
        "version": f"1.0.0+{made.model_id}",
        "description": f"A network trained with Keras ({source}) as plain C99: no heap, no dependencies",
        "keywords": [*KEYWORDS],
        "authors": [{"name": "Gatesmith (generated)", "maintainer": False}],
        "headers": f"{made.name}.h",
        "frameworks": "*",
        "platforms": "*",
        "build": {"includeDir": "include", "srcDir": "src", "flags": _flags(boards, exact)},
        "examples": examples,
        "export": {"exclude": [".pio", "*.keras", "*.h5"]},
    }


def _flags(boards: Sequence[Target], exact: bool) -> list[str]:
    """What every board asks of the compiler for this code, whatever processor PlatformIO names to it."""
    each = [
        [flag for flag in board.compiler.flags(exact) if flag not in board.compiler.machine and _portable(flag)]
        for board in boards
    ]
    return [flag for flag in each[0] if all(flag in flags for flags in each[1:])]


def _portable(flag: str) -> bool:
    """Not the language and not the warnings: those are the framework's."""
    return not flag.startswith(("-std=", "-W"))


def _link_library(version: str) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "name": "gatesmith_link",
        "version": version,
        "description": "The device side of Gatesmith's link, over an Arduino stream",
        "keywords": ["gatesmith", "serial"],
        "authors": [{"name": "The Gatesmith developers"}],
        "license": "MIT",
        "headers": "gatesmith_arduino.h",
        "frameworks": SERIAL_FRAMEWORK,
        "platforms": "*",
    }


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def _firmware(path: str) -> str:
    return (resources.files("gatesmith.firmware") / path).read_text("utf-8")


@cache
def _lookup() -> TemplateLookup:
    return TemplateLookup(directories=[str(TEMPLATES)], strict_undefined=True, input_encoding="utf-8")


def _render(name: str, **context: Any) -> str:
    return c99.tidy(_lookup().get_template(name).render(**context))
