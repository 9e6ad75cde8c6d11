"""A PlatformIO project: the model as a library, an app that speaks the device link, golden vectors for ``pio test``.

platformio.ini                 an environment for each board, and one for this machine
lib/NAME/                      the model's library, from gen/backends/library
lib/gatesmith_link/            the link's device side
src/                           the app
test/                          golden vectors, and the runner that reads their lines
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ...boards.programs import PlatformIO
from ...boards.target import Target
from ...core.errors import UsageError
from ...core.graph import Array
from ...numerics import NUMERICS
from .. import c99
from ..base import File, Generated, Project, in_folder
from ..c99 import kernels
from ..library import SCHEMA, json_text, library
from ..names import remark
from ..templates import rendered
from ..usage import Usage

TEMPLATES = Path(__file__).parent / "templates"
SERIAL_FRAMEWORK = "arduino"
"""The framework for which the link has a port."""
PLATFORMS = {"espidf": c99.ESP_IDF, "zephyr": c99.ZEPHYR}
"""Frameworks whose programs have their own entry point and their own way to wait."""
FIRMWARE = (
    "link/gatesmith_link.h", "link/gatesmith_link.c", "link/gatesmith_frame.h",
    "ports/arduino/gatesmith_arduino.h", "ports/arduino/gatesmith_arduino.cpp",
)  # fmt: skip
ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+")
HERE = "native"
"""The environment for this machine."""
VECTOR_SHARE = 16
"""Golden vectors take at most this fraction of a board's flash, but there is at least one sample."""


@dataclass(frozen=True)
class Vectors:
    """Golden vectors: arrays with a sample axis, the steps of each time axis, and the tolerance."""

    inputs: Sequence[Array]
    outputs: Sequence[Array]
    lengths: Sequence[int]
    tolerance: float

    def fitting(self, boards: Sequence[Target]) -> Vectors:
        """As many samples as fit the smallest board; at least one."""
        room = min(board.flash for board in boards) // VECTOR_SHARE
        each = sum(array[0].size for array in (*self.inputs, *self.outputs)) * 4
        size = max(1, min(len(self.outputs[0]), room // each))
        return Vectors([x[:size] for x in self.inputs], [y[:size] for y in self.outputs], self.lengths, self.tolerance)


def names(board: Target) -> PlatformIO:
    """PlatformIO's names for a board.

    Raises:
        UsageError: PlatformIO does not support the board.
    """
    if board.platformio is None:
        raise UsageError(f"{board.name} is no board of PlatformIO's", fix="a project of its own: one --target")
    return board.platformio


def alike(boards: Sequence[Target], numeric: str) -> None:
    """Check that one library serves all boards of a project.

    Raises:
        UsageError: a board is named twice or not PlatformIO's, or two boards need different code.
    """
    first = boards[0]
    integer = numeric in NUMERICS and NUMERICS[numeric].integer

    def written(board: Target) -> str:
        return ", ".join(kernels.serving(board.layout.isa, integer)) or "none"

    for position, board in enumerate(boards):
        if not ENVIRONMENT.fullmatch(board.name) or board.name == HERE:
            raise UsageError(
                f'"{board.name}" cannot name an environment of platformio.ini',
                fix="name the target's file with letters, digits, - and _, and not " + HERE,
            )
        if board.name in [other.name for other in boards[:position]]:
            raise UsageError(f"target {board.name} is given twice", fix="name each board once")
        for fact, ours, theirs in (
            ("framework", names(first).framework, names(board).framework),
            ("rows of gemv", first.layout.rows, board.layout.rows),
            ("lanes of gemv", first.layout.lanes, board.layout.lanes),
            ("instructions of gemv", written(first), written(board)),
            ("baud", first.serial.speed, board.serial.speed),
        ):
            if ours != theirs:
                raise UsageError(
                    f"{first.name} and {board.name} cannot share a project: the library is not the same for both",
                    why=f"{fact}: {ours} for {first.name}, {theirs} for {board.name}",
                    fix="a folder for each: gatesmith generate with one --target at a time",
                )
        if board.constants != first.constants == "memory":
            raise UsageError(
                f"{board.name} cannot take the code of {first.name}: its constants live in a space of their own",
                fix=f"begin with it: --target {board.name} --also {first.name}",
            )


def project(
    usage: Usage,
    boards: Sequence[Target],
    vectors: Vectors,
    *,
    numeric: str,
    room: Sequence[int],
    exact: bool,
    source: str,
    version: str,
) -> Project:
    """The project.

    Args:
        usage: the way the model is called, for the examples.
        boards: the boards, one environment each; the library's code is the first one's.
        room: steps that the app's buffers hold, one number per time axis.
        exact: whether the library is built without contraction.
        source: the model file's name.
        version: Gatesmith's own.

    Raises:
        UsageError: see ``alike``.
    """
    alike(boards, numeric)
    model, source = usage.model, remark(source)
    lib, link = f"lib/{model.name}", "lib/gatesmith_link"
    serial = names(boards[0]).framework == SERIAL_FRAMEWORK
    context = {"g": model, "speed": boards[0].serial.speed, "source": source}
    ini = rendered(TEMPLATES, "platformio.ini.mako", **context, envs=list(_environments(model, boards)), ini=_ini)
    golden = rendered(TEMPLATES, "test_golden.cpp.mako", **context, v=vectors.fitting(boards))
    runner = rendered(TEMPLATES, "test_custom_runner.py.mako", **context)
    files = in_folder(lib, library(usage, boards, exact=exact, source=source, speed=boards[0].serial.speed)) | {
        "platformio.ini": File(ini, "an environment a board: yours to change, never written over", yours=True),
        "test/test_custom_runner.py": File(runner, "reads the test's lines for pio test"),
        "test/test_golden/test_golden.cpp": File(golden, c99.SELFTEST),
    }
    if serial:
        app, why = rendered(TEMPLATES, "main.cpp.mako", **context), "the app, here Gatesmith's link: yours to change"
        files |= {f"{link}/src/{Path(path).name}": File(_firmware(path)) for path in FIRMWARE} | {
            f"{link}/library.json": File(json_text(_link_library(version))),
            f"src/{model.name}_link.c": File(c99.glue(model, numeric, room), "ties the model to the link"),
            "src/main.cpp": File(app, why, yours=True),
        }
    else:
        app = c99.example(usage, PLATFORMS.get(names(boards[0]).framework, c99.BARE))
        files["src/main.c"] = File(app, "the app, here an example: yours to change", yours=True)
    commands = (
        (f"pio run -d {{folder}} -e {boards[0].name}", "build the app; -t upload puts it on the board"),
        (f"pio test -d {{folder}} -e {HERE}", "the self-test on this machine; -e with a board: on it"),
    )
    return Project(files, commands, c99.calls(usage))


def _environments(model: Generated, boards: Sequence[Target]) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """Each ``[env:NAME]`` with its options in order, each with the lines of its value."""
    for board in boards:
        pio = names(board)
        options = {"platform": (pio.platform,), "board": (pio.board,), "framework": (pio.framework,)}
        yield board.name, {key: value for key, value in options.items() if any(value)} | dict(pio.options)
    filters = ("-<*>", f"+<../lib/{model.name}/examples/native/>")
    checked = (f"+<lib/{model.name}/>",)
    yield "native", {"platform": ("native",), "build_src_filter": filters, "check_src_filters": checked}


def _ini(key: str, lines: Sequence[str]) -> str:
    """An option in platformio.ini's syntax: several values take a line each."""
    return f"{key} = {lines[0]}" if len(lines) == 1 else "\n".join([f"{key} =", *(f"    {line}" for line in lines)])


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


def _firmware(path: str) -> str:
    return (resources.files("gatesmith.firmware") / path).read_text("utf-8")
