"""Build: a program that stays, in a folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from ..boards.target import Target
from ..core.errors import UsageError
from ..core.settings import SILENT, Progress, Settings
from ..files.scratch import scratch
from ..files.single import write_file
from ..run import costs as measure
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from ..run.toolchain import host, platformio
from .built import compiled
from .flash import known_to_pio
from .generate import generate
from .plan import Plan, plan
from .program import buffers, interface
from .reports import BuildReport, Bytes, about
from .results import GenerateResult

FIRMWARE = "firmware"
"""Folder, within a generated one, of the program."""


def build(path: Path, out: Path, settings: Settings, force: bool = False, progress: Progress = SILENT) -> BuildReport:
    """Generate, and build the program that speaks the link: for this machine, for what stands in for a board
    (``settings.emulate``), or for the board itself, through PlatformIO. It stays in ``out``.

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
        way = chosen.reached
        if way.emulator is not None:
            firmware.require(board, way.emulator)
        with scratch() as place:
            return _inside(path, out, chosen, force, progress, place)
    known_to_pio(board)
    platformio.find()  # before anything is written
    made = generate(path, out, settings, force, progress)
    elf = platformio.build(out, board.name, progress)
    tool = re.sub(r"gcc$", "size", board.compiler.command)
    sizes = host.section_sizes([elf], tool) if shutil.which(tool) else None
    listed = elf.with_suffix(".lst")
    if (instructions := host.listing(elf, tool)) is not None:
        write_file(listed, instructions)
    return _report(
        made,
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


def _report(made: GenerateResult, chosen: Plan, how: str, **program: Any) -> BuildReport:
    """What was built; ``program`` has the fields of its files and sizes."""
    board = chosen.target
    reach = {"host": "", "emulator": " --emulate", "board": " --port URL"}[how]
    target_option = f"--target {quote(board.option)}"
    return BuildReport(
        **about(made.source),
        model_id=made.generated.model_id,
        target=board.name,
        how=how,
        folder=str(made.folder),
        board=Bytes(board.flash or None, board.ram or None),
        stand_in=emulator.load(board.emulator).summary if board.emulator else "",
        target_option=target_option,
        options=f"{target_option}{reach}{chosen.settings.repeated()}",
        **program,
    )


@dataclass(frozen=True)
class _Program:
    """A program that was built, and what a person or a debugger wants of it.

    Args:
        files: where they are, by their places in the generated folder.
        model: bytes of the model alone; and of its ``stack``, if the compiler knows.
        whole: bytes of the program.
    """

    program: host.Program
    files: Mapping[str, Path]
    model: host.Sections
    stack: float | None
    whole: host.Sections

    def command(self, out: Path) -> tuple[str, ...]:
        """What starts the program from its new place."""
        places = {str(path): str(out / place) for place, path in self.files.items()}
        return tuple(places.get(word, word) for word in self.program.command)


def _inside(path: Path, out: Path, chosen: Plan, force: bool, progress: Progress, place: Path) -> BuildReport:
    """Generate the library and build it in ``place``; all of it is written to ``out`` at once."""
    programs: list[_Program] = []

    def built(made: GenerateResult) -> Mapping[str, Path]:
        with progress.step("build"):
            programs.append(_built(made, chosen, place))
        return programs[0].files

    made = generate(path, out, chosen.settings, force, progress, program_of=built)
    one, name = programs[0], f"{FIRMWARE}/{made.generated.name}"
    chart, listed = (str(out / f"{name}{end}") if f"{name}{end}" in one.files else None for end in (".map", ".lst"))
    return _report(
        made,
        chosen,
        "host" if chosen.reached.emulator is None else "emulator",
        elf=str(out / f"{name}.elf"),
        map=chart,
        listing=listed,
        command=one.command(out),
        model=Bytes(one.model.flash, one.model.ram + made.generated.state_bytes),
        program=Bytes(one.whole.flash, one.whole.ram),
        stack=None if one.stack is None else int(one.stack),
    )


def _built(made: GenerateResult, chosen: Plan, place: Path) -> _Program:
    way = chosen.reached
    lengths, _ = buffers(made.generated, way.target.ram)
    program = compiled(made.generated, chosen, way, lengths, place)
    expected = interface(made.generated, chosen.numeric.name)
    name = f"{FIRMWARE}/{made.generated.name}"
    files = {f"{name}.elf": program.path}
    if (chart := program.path.with_suffix(".map")).is_file():
        files[f"{name}.map"] = chart
    for word in program.command:  # what was compiled to start it
        if Path(word).parent == program.path.parent and Path(word) != program.path and Path(word).is_file():
            files[f"{FIRMWARE}/{Path(word).name}"] = Path(word)
    (place / FIRMWARE).mkdir()
    shutil.copy2(program.path, place / f"{name}.elf")
    own = None if way.emulator is None else way.emulator.compiler
    shown = host.listing(Path(f"{name}.elf"), program.size_tool, own.objdump if own else (), place)
    if shown is not None:
        files[f"{name}.lst"] = place / f"{name}.lst"
        files[f"{name}.lst"].write_text(shown, "utf-8")
    return _Program(
        program,
        files,
        host.section_sizes(program.model_objects, program.size_tool),
        measure.footprint(program, expected, made.generated.state_bytes).stack.value,
        host.section_sizes([program.path], program.size_tool),
    )
