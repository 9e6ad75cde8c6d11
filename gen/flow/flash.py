"""``flash``: writes a model to a board; and the port for ``monitor``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shlex import quote

from ..boards import target
from ..core.errors import BuildError, UsageError
from ..core.settings import SILENT, Progress, Settings
from ..files.folder import CUT, incomplete
from ..files.scratch import scratch
from ..importers.reading import load
from ..run.link.serial_line import SerialTransport
from ..run.repl import micropython
from ..run.route import Route
from ..run.toolchain import platformio
from .generate import generate
from .plan import Plan, plan
from .program import program
from .reports import FlashReport

PROJECT = "platformio.ini"
PACKAGE = "package.json"
"""File of a generated folder that names its MicroPython modules."""


def flash(path: Path, settings: Settings, progress: Progress = SILENT) -> FlashReport:
    """Write a model to a board: a model file, or a folder that ``build`` or ``generate`` wrote.

    PlatformIO uploads C; modules for MicroPython are copied into the board's file system.

    Raises:
        UsageError: PlatformIO does not know the board, the folder is for another board or backend, or there is no port
            for modules.
        BuildError, DeviceError: the model cannot be built or written.
    """
    chosen = plan(settings)
    backend = f" --backend {settings.backend}" if settings.backend else ""
    reach = f"--target {quote(chosen.target.option)} --port {settings.port or 'URL'}"
    return FlashReport(
        file=str(path),
        target=chosen.target.name,
        port=settings.port,
        model_id=_copied(path, chosen, progress) if chosen.python else _uploaded(path, chosen, progress),
        options=f"{reach}{backend}{settings.repeated()}",
    )


def _uploaded(path: Path, chosen: Plan, progress: Progress) -> str | None:
    """Build and upload by PlatformIO; returns the model's id, None for a folder."""
    settings, board = chosen.settings, chosen.target
    known_to_pio(board)
    _check_complete(path)
    if (path / PROJECT).is_file():
        _check_board(path, board)
        platformio.upload(path, board.name, settings.port, progress)
        return None
    if (path / PACKAGE).is_file():
        raise UsageError(f"{path} holds modules for MicroPython", fix="--backend micropython")
    with scratch() as place:
        project = place / "project"
        result = generate(path, project, settings, progress=progress)
        try:
            platformio.build(project, board.name, progress)
            platformio.upload(project, board.name, settings.port, progress)
        except BuildError as error:
            raise _without_folder(error, project, board) from error.__cause__
        return result.generated.model_id


def _copied(path: Path, chosen: Plan, progress: Progress) -> str | None:
    """Copy modules to the board; returns the model's id, None for a folder."""
    settings, board = chosen.settings, chosen.target
    if settings.port is None:
        raise UsageError("modules are copied over the board's REPL: say where it is", fix="--port /dev/ttyACM0")
    arch = board.micropython.arch if board.micropython else ""
    _check_complete(path)
    if path.is_dir() and any((path / name).is_file() for name in (PACKAGE, PROJECT)):
        modules = _modules(path)
        with progress.step("copy"):
            micropython.installed(settings.port, modules, arch).close()
        return None
    with progress.step("read"):
        model = load(path, settings)
    with progress.step("generate"):
        generated = program(model, chosen)
    with progress.step("copy"), micropython.start(generated, generated.files, None, settings.port, arch):
        return generated.model_id


def _modules(folder: Path) -> dict[str, str]:
    """The modules of a generated folder: path -> source.

    Raises:
        UsageError: it holds none.
    """
    try:
        names = [name for name, _ in json.loads((folder / PACKAGE).read_text("utf-8"))["urls"]]
        return {name: (folder / name).read_text("utf-8") for name in names}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{folder} holds no modules for MicroPython",
            why=f"{PACKAGE}, or a module that it names, is missing or unreadable",
            fix="gatesmith generate MODEL --backend micropython --target NAME -o DIR",
        ) from error


def _without_folder(error: BuildError, project: Path, board: target.Target) -> BuildError:
    """The error without the name of the temporary folder."""
    command = f"gatesmith generate MODEL --target {quote(board.option)} -o DIR writes the project"
    fixes = error.fix
    error.reworded(lambda text: text.replace(str(project), "DIR"))
    error.fix = error.fix if error.fix == fixes else (command, *error.fix)
    return error


def watch(name: str, port: str) -> tuple[str, int]:
    """A board's port and its baud rate, checked by opening it.

    Raises:
        UsageError, DeviceError: the port cannot be opened.
    """
    route = Route(target.load(name), None, port)
    SerialTransport(port, route.speed).close()
    return port, route.speed


def known_to_pio(board: target.Target) -> None:
    """Checks that PlatformIO builds for a board.

    Raises:
        UsageError: it does not.
    """
    if board.platformio is None:
        emulate = "" if board.is_host else " --emulate"
        place = "this machine" if board.is_host else "what stands in for it"
        option = f"--target {quote(board.option)}"
        build = f"gatesmith build MODEL {option}{emulate} -o DIR builds for {place}"
        raise UsageError(
            f"PlatformIO does not know target {board.name}: its file has no [platformio]",
            fix=(
                f"gatesmith generate MODEL {option} -o DIR writes the C, for the board's own tools",
                *([build] if board.emulator or board.is_host else []),
            ),
        )


def _check_complete(folder: Path) -> None:
    """Refuse a folder whose update was interrupted: its files may not match."""
    if incomplete(folder):
        raise UsageError(f"{folder} is not complete", why=CUT, fix="run the command that writes the folder again")


def _check_board(project: Path, board: target.Target) -> None:
    text = (project / PROJECT).read_text("utf-8", "replace")
    boards = re.findall(r"^\[env:([^\]]+)\]", text, re.MULTILINE)
    if board.name not in boards:
        raise UsageError(
            f"the project in {project} is not for {board.name}",
            why=f"its platformio.ini has: {', '.join(boards) or 'no environment'}",
            fix=f"gatesmith build MODEL --target {quote(board.option)} -o DIR",
        )
