"""``build``: a program in a folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from shlex import quote
from typing import Any

from ..boards.target import Target
from ..core.errors import UsageError
from ..core.settings import SILENT, Progress, Settings
from ..files.scratch import scratch
from ..files.single import write_file
from ..run import costs as measure
from ..run.route import Route
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from ..run.toolchain import host, platformio
from .budget import advised
from .built import compiled
from .flash import known_to_pio
from .generate import generate, generated, write
from .plan import Plan, plan
from .program import buffers
from .reports import BuildReport, Bytes, about
from .results import GenerateResult

FIRMWARE = "firmware"
"""Name of the program's folder within the generated one."""


def build(path: Path, out: Path, settings: Settings, force: bool = False, progress: Progress = SILENT) -> BuildReport:
    """Generate, and build the program with the link in ``out``: for this machine, for a board's emulator
    (``settings.emulate``), or by PlatformIO for the board itself.

    Raises:
        UsageError: the board runs MicroPython, PlatformIO does not know it, or the folder holds files that Gatesmith
            did not write.
        BuildError, BudgetError, DeviceError: a tool is missing or fails, or the model does not fit.
    """
    chosen = plan(settings)
    board = chosen.target
    if chosen.python:
        raise _needless(board)
    if board.is_host or settings.emulate:
        chosen = plan(settings, runs=True)
        route = chosen.reached
        if route.emulator is not None:
            firmware.require(board, route.emulator)
        with scratch() as place:
            return _inside(path, out, chosen, force, progress, place)
    known_to_pio(board)
    platformio.find()  # before anything is written
    result = generate(path, out, settings, force, progress)
    elf = platformio.build(out, board.name, progress)
    tool = re.sub(r"gcc$", "size", board.compiler.command)
    sizes = host.section_sizes([elf], tool) if shutil.which(tool) else None
    listed = elf.with_suffix(".lst")
    if (instructions := host.listing(elf, tool)) is not None:
        write_file(listed, instructions)
    return _report(
        result,
        chosen,
        "board",
        elf=str(elf),
        listing=None if instructions is None else str(listed),
        program=None if sizes is None else Bytes(sizes.flash, sizes.ram),
    )


def _needless(board: Target) -> UsageError:
    option = f"--target {quote(board.option)}"
    return UsageError(
        f"{board.name} runs modules for MicroPython, which nothing has to be built for",
        fix=(f"gatesmith generate MODEL {option} -o DIR", f"gatesmith run MODEL {option} --emulate"),
    )


def _report(result: GenerateResult, chosen: Plan, how: str, **program: Any) -> BuildReport:
    """The report of a build; ``program`` has the fields of its files and sizes."""
    board = chosen.target
    reach = {"host": "", "emulator": " --emulate" + " --chip" * chosen.settings.chip, "board": " --port URL"}[how]
    target_option = f"--target {quote(board.option)}"
    return BuildReport(
        **about(result.source),
        model_id=result.generated.model_id,
        target=board.name,
        how=how,
        folder=str(result.folder),
        board=Bytes(board.flash or None, board.ram or None),
        stand_in=emulator.load(board.emulator).summary if board.emulator else "",
        target_option=target_option,
        options=f"{target_option}{reach}{chosen.settings.repeated()}",
        notes=result.generated.graph.notes,
        **program,
    )


def _inside(path: Path, out: Path, chosen: Plan, force: bool, progress: Progress, place: Path) -> BuildReport:
    """Generate the library and build it in ``place``, then write all files to ``out`` at once."""
    result, route = generated(path, out, chosen.settings, progress, program_too=True), chosen.reached
    library, name = result.generated, f"{FIRMWARE}/{result.generated.name}"
    with advised(result.model, chosen), progress.step("build"):
        program = compiled(library, chosen, buffers(library, route.target.ram)[0], place)
        files = _files(program, route, name, place)
    with progress.step("write"):
        write(result, files, force)
    places = {str(source): str(out / end) for end, source in files.items()}
    chart, listing = (str(out / f"{name}{end}") if f"{name}{end}" in files else None for end in (".map", ".lst"))
    sizes = host.section_sizes([program.path], program.size_tool)
    costs = measure.footprint(program, library)
    return _report(
        result,
        chosen,
        "host" if route.emulator is None else "emulator",
        elf=str(out / f"{name}.elf"),
        map=chart,
        listing=listing,
        command=tuple(places.get(word, word) for word in program.command),
        model=Bytes(costs.flash, costs.ram),
        program=Bytes(sizes.flash, sizes.ram),
        stack=None if costs.stack.value is None else int(costs.stack.value),
    )


def _files(program: host.Binary, route: Route, name: str, place: Path) -> dict[str, Path]:
    """Files of a program by their paths in the generated folder: the program, its map, programs compiled to start it,
    and its listing, which is written to ``place``."""
    files = {f"{name}.elf": program.path, f"{name}.map": program.path.with_suffix(".map")}
    runners = [Path(word) for word in program.command if Path(word).parent == program.path.parent]
    files |= {f"{FIRMWARE}/{runner.name}": runner for runner in runners if runner != program.path}
    (place / FIRMWARE).mkdir()
    shutil.copy2(program.path, place / f"{name}.elf")
    compiler = None if route.emulator is None else route.emulator.compiler
    text = host.listing(Path(f"{name}.elf"), program.size_tool, compiler.objdump if compiler else (), place)
    if text is not None:
        files[f"{name}.lst"] = place / f"{name}.lst"
        files[f"{name}.lst"].write_text(text, "utf-8")
    return {end: path for end, path in files.items() if path.is_file()}
