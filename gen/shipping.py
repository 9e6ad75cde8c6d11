"""Programs that stay: built into a folder, and put on a board."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from shlex import quote

from . import building, pipeline, target
from .device import board as firmware
from .device import host, measure, micropython, platformio
from .device.reach import MICROPYTHON, Reach, backend_of, reach
from .device.serial_line import SerialTransport, no_port
from .errors import BuildError, UsageError
from .flow import SILENT, BuildResult, GenerateResult, Progress, Settings
from .quantizing import numeric_of

FIRMWARE = "firmware"
"""Folder, within a generated one, of the program."""
PROJECT = "platformio.ini"
PACKAGE = "package.json"
"""Of a generated folder: what names its modules."""


def build(path: Path, out: Path, settings: Settings, force: bool = False, progress: Progress = SILENT) -> BuildResult:
    """Generate, and build the program that speaks the link: for this machine, for what stands in for a board
    (``settings.emulate``), or for the board itself, through PlatformIO. It stays in ``out``.

    Raises:
        UsageError: the board runs MicroPython, PlatformIO does not know it, or the folder holds files that Gatesmith
            did not write.
        BuildError, BudgetError, DeviceError: a tool is missing or fails, or the model does not fit.
    """
    board = target.load(settings.target)
    if backend_of(board, settings.backend) == MICROPYTHON:
        chosen = f"--target {quote(board.option)}"
        raise UsageError(
            f"{board.name} runs modules for MicroPython, which nothing has to be built for",
            fix=(f"gatesmith generate MODEL {chosen} -o DIR", f"gatesmith run MODEL {chosen} --emulate"),
        )
    if board.is_host or settings.emulate:
        way = reach(board, settings.emulate)
        if way.emulator is not None:
            firmware.require(board, way.emulator)
        made = pipeline.generate(path, out, settings, force, progress, program_too=True)
        with progress.step("build"):
            return _kept(made, settings, way)
    _known_to_pio(board)
    platformio.find()  # before anything is written
    made = pipeline.generate(path, out, settings, force, progress)
    elf = platformio.build(out, board.name, progress)
    tool = re.sub(r"gcc$", "size", board.compiler.command)
    sizes = host.section_sizes([elf], tool) if shutil.which(tool) else None
    listed = host.listing(elf, elf.with_suffix(".lst"), tool)
    return BuildResult(made, "board", elf, None, listed, (), None, sizes, None)


def flash(path: Path, settings: Settings, progress: Progress = SILENT) -> str | None:
    """Put a model on a board: a model file, or a folder that ``build`` or ``generate`` wrote.

    C goes through PlatformIO, modules for MicroPython into the board's file system.

    Returns:
        The model's id; None for a folder.

    Raises:
        UsageError: PlatformIO does not know the board, the folder is for no such board or for the other backend, or no
            port is given for modules.
        BuildError, DeviceError: it cannot be built or put on the board.
    """
    board = target.load(settings.target)
    if backend_of(board, settings.backend) == MICROPYTHON:
        return _copied(path, board, settings, progress)
    _known_to_pio(board)
    _is_there(settings.port)
    if (path / PROJECT).is_file():
        _has(path, board)
        platformio.upload(path, board.name, settings.port, progress)
        return None
    if (path / PACKAGE).is_file():
        raise UsageError(f"{path} holds modules for MicroPython", fix="--backend micropython")
    with tempfile.TemporaryDirectory(prefix="gatesmith-") as place:
        project = Path(place) / "project"
        made = pipeline.generate(path, project, settings, progress=progress)
        try:
            platformio.build(project, board.name, progress)
            platformio.upload(project, board.name, settings.port, progress)
        except BuildError as error:
            raise _elsewhere(error, project, board) from error
        return made.generated.model_id


def _copied(path: Path, board: target.Target, settings: Settings, progress: Progress) -> str | None:
    """Copy modules to the board, and ask it for the model's id."""
    if settings.port is None:
        raise UsageError("modules are copied over the board's REPL: say where it is", fix="--port /dev/ttyACM0")
    _is_there(settings.port)
    arch = board.micropython.arch if board.micropython else ""
    if path.is_dir() and any((path / name).is_file() for name in (PACKAGE, PROJECT)):
        modules = _modules(path)
        with progress.step("copy"):
            micropython.installed(settings.port, modules, arch).close()
        return None
    with progress.step("read"):
        model = pipeline.load(path, settings)
    with progress.step("generate"):
        made, _, _ = building.program(model, settings)
    expected = building.interface(made, numeric_of(settings, board).name)
    with progress.step("copy"), micropython.start(expected, made.files, None, settings.port, arch) as device:
        return device.hello().model_id


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


def _elsewhere(error: BuildError, project: Path, board: target.Target) -> BuildError:
    """The error without the name of a folder that is gone by the time it is read."""
    known = f"gatesmith generate MODEL --target {quote(board.option)} -o DIR writes the project"
    fixes = tuple(fix.replace(str(project), "DIR") for fix in error.fix)
    named = fixes != error.fix
    return BuildError(
        error.what,
        where=error.where.replace(str(project), "DIR"),
        why=error.why,
        fix=(*((known,) if named else ()), *fixes),
    )


def watch(name: str, port: str) -> tuple[str, int]:
    """A port that can be opened, and its baud.

    Raises:
        UsageError, DeviceError: it cannot.
    """
    way = Reach(target.load(name), None, port)
    SerialTransport(port, way.speed).close()
    return port, way.speed


def _kept(made: GenerateResult, settings: Settings, way: Reach) -> BuildResult:
    """Build the generated library, and keep what a person or a debugger wants of it."""
    folder = made.folder / FIRMWARE
    lengths, _ = building.buffers(made.generated, made.lengths, way.target.ram)
    with tempfile.TemporaryDirectory(prefix="gatesmith-") as place:
        program = building.compiled(made.generated, settings, way, lengths, Path(place))
        expected = building.interface(made.generated, numeric_of(settings, way.target).name)
        model = host.section_sizes(program.model_objects, program.size_tool)
        stack = measure.footprint(program, expected, made.generated.state_bytes).stack.bytes
        whole = host.section_sizes([program.path], program.size_tool)
        folder.mkdir(exist_ok=True)
        elf = folder / f"{made.generated.name}.elf"
        shutil.copy2(program.path, elf)
        chart = program.path.with_suffix(".map")
        kept_map = Path(shutil.copy(chart, elf.with_suffix(".map"))) if chart.is_file() else None
        command = _moved(program, elf)
    own = None if way.emulator is None else way.emulator.compiler
    listed = host.listing(elf, elf.with_suffix(".lst"), program.size_tool, own.objdump if own else ())
    how = "host" if way.emulator is None else "emulator"
    state = host.Sections(model.flash, model.ram + made.generated.state_bytes, model.apart)
    return BuildResult(made, how, elf, kept_map, listed, command, state, whole, stack)


def _moved(program: host.Program, elf: Path) -> tuple[str, ...]:
    """The command that starts a program from its new place; what was compiled to start it moves along."""
    words = []
    for word in program.command:
        file = Path(word)
        if file == program.path:
            words.append(str(elf))
        elif file.is_file() and file.parent == program.path.parent:
            words.append(str(shutil.copy2(file, elf.parent / file.name)))
        else:
            words.append(word)
    return tuple(words)


def _known_to_pio(board: target.Target) -> None:
    if board.platformio is None:
        here = "" if board.is_host else " --emulate"
        what = "this machine" if board.is_host else "what stands in for it"
        fix = f"gatesmith build MODEL --target {quote(board.option)}{here} -o DIR builds for {what}"
        raise UsageError(
            f"PlatformIO does not know target {board.name}: its file has no [platformio]",
            fix=fix if board.emulator or board.is_host else (),
        )


def _is_there(port: str | None) -> None:
    """Said before minutes of building. What is no device of this machine is for the uploader to know."""
    if port is not None and port.startswith("/dev/") and not Path(port).exists():
        raise no_port(port)


def _has(project: Path, board: target.Target) -> None:
    text = (project / PROJECT).read_text("utf-8", "replace")
    known = re.findall(r"^\[env:([^\]]+)\]", text, re.MULTILINE)
    if board.name not in known:
        raise UsageError(
            f"the project in {project} is not for {board.name}",
            why=f"its platformio.ini has: {', '.join(known) or 'no environment'}",
            fix=f"gatesmith build MODEL --target {quote(board.option)} -o DIR",
        )
