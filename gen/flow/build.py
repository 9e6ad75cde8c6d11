"""Build: a program that stays, in a folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from ..core.errors import UsageError
from ..core.settings import SILENT, Progress, Settings
from ..files.scratch import scratch
from ..files.single import write_file
from ..run import costs as measure
from ..run.toolchain import board as firmware
from ..run.toolchain import host, platformio
from .built import compiled
from .flash import known_to_pio
from .generate import generate
from .plan import Plan, plan
from .program import buffers, interface
from .results import BuildResult, GenerateResult

FIRMWARE = "firmware"
"""Folder, within a generated one, of the program."""


def build(path: Path, out: Path, settings: Settings, force: bool = False, progress: Progress = SILENT) -> BuildResult:
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
        option = f"--target {quote(board.option)}"
        raise UsageError(
            f"{board.name} runs modules for MicroPython, which nothing has to be built for",
            fix=(f"gatesmith generate MODEL {option} -o DIR", f"gatesmith run MODEL {option} --emulate"),
        )
    if board.is_host or settings.emulate:
        chosen = plan(settings, runs=True)
        way = chosen.reached
        if way.emulator is not None:
            firmware.require(board, way.emulator)
        with scratch() as place:
            return _kept(path, out, chosen, force, progress, place)
    known_to_pio(board)
    platformio.find()  # before anything is written
    made = generate(path, out, settings, force, progress)
    elf = platformio.build(out, board.name, progress)
    tool = re.sub(r"gcc$", "size", board.compiler.command)
    sizes = host.section_sizes([elf], tool) if shutil.which(tool) else None
    instructions = host.listing(elf, tool)
    listed = None if instructions is None else elf.with_suffix(".lst")
    if listed is not None and instructions is not None:
        write_file(listed, instructions)
    return BuildResult(made, "board", elf, None, listed, (), None, sizes, None)


@dataclass(frozen=True)
class _Kept:
    """A program that was built, and what a person or a debugger wants of it.

    Args:
        files: where they are, by their places in the generated folder.
        model: bytes of the model alone; and of its ``stack``, if the compiler knows.
        whole: bytes of the program.
    """

    program: host.Program
    files: Mapping[str, Path]
    model: host.Sections
    stack: int | None
    whole: host.Sections

    def command(self, out: Path) -> tuple[str, ...]:
        """What starts the program from its new place."""
        places = {str(path): str(out / place) for place, path in self.files.items()}
        return tuple(places.get(word, word) for word in self.program.command)


def _kept(path: Path, out: Path, chosen: Plan, force: bool, progress: Progress, place: Path) -> BuildResult:
    """Generate the library and build it in ``place``; all of it is written to ``out`` at once."""
    found: list[_Kept] = []

    def built(made: GenerateResult) -> Mapping[str, Path]:
        with progress.step("build"):
            found.append(_built(made, chosen, place))
        return found[0].files

    made = generate(path, out, chosen.settings, force, progress, program_of=built)
    one, name = found[0], f"{FIRMWARE}/{made.generated.name}"
    chart, listed = (out / f"{name}{end}" if f"{name}{end}" in one.files else None for end in (".map", ".lst"))
    model = host.Sections(one.model.flash, one.model.ram + made.generated.state_bytes, one.model.apart)
    how = "host" if chosen.reached.emulator is None else "emulator"
    return BuildResult(made, how, out / f"{name}.elf", chart, listed, one.command(out), model, one.whole, one.stack)


def _built(made: GenerateResult, chosen: Plan, place: Path) -> _Kept:
    way = chosen.reached
    lengths, _ = buffers(made.generated, made.lengths, way.target.ram)
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
    return _Kept(
        program,
        files,
        host.section_sizes(program.model_objects, program.size_tool),
        measure.footprint(program, expected, made.generated.state_bytes).stack.bytes,
        host.section_sizes([program.path], program.size_tool),
    )
