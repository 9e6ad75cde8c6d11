"""Programs for a target, compiled in temporary folders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..backends import c99
from ..backends.base import Generated
from ..boards import target
from ..budget import budget
from ..budget.compiled import write_sources
from ..core.errors import GatesmithError
from ..core.settings import SILENT, Progress
from ..files.scratch import scratch
from ..importers.reading import Model
from ..quantization.observations import Observations
from ..run.built import Built
from ..run.route import Route
from ..run.standins import emulator
from ..run.toolchain import board as firmware
from ..run.toolchain import host
from .plan import Plan
from .program import buffers, program

HOST = "host"


def prepared(model: Model, plan: Plan, observed: Observations | None = None, library: Generated | None = None) -> Built:
    """Generated files with the route to their target, before anything is compiled.

    Args:
        observed: calibrated values of the file, if known.
        library: the library's files, if known.

    Raises:
        BudgetError: they certainly do not fit the board.
    """
    route, board = plan.reached, plan.target
    files = library or program(model, plan, observed=observed)
    lengths, by_steps = buffers(files, board.ram)
    if plan.settings.budget and not board.is_host and not route.port and not plan.python:
        budget.require_fit(budget.budget(files, lengths, board, plan.numeric.name, by_steps), str(model.path))
    return Built(files, None, _digest(files.files), route, lengths, by_steps)


def built_here(model: Model, plan: Plan, folder: Path, generated: Generated | None = None) -> Built:
    """A library's C compiled as a program of this machine, for any board: assembly for a board has an alternative in C.

    Args:
        folder: an empty folder for the program.
        generated: the library's files, if known.

    Raises:
        BuildError: there is no compiler, or it failed.
    """
    host_plan = replace(plan.along(Route(target.load(HOST))), settings=replace(plan.settings, budget=False))
    files = prepared(model, host_plan, library=generated)
    return replace(files, program=compiled(files.generated, host_plan, files.lengths, folder))


@contextmanager
def linked(
    files: Built, plan: Plan, progress: Progress = SILENT, sizes: bool = False, fit: bool = True
) -> Iterator[Built]:
    """The result of :func:`prepared` with its program, in a temporary folder. A device at a port has its program
    already, and nothing is built.

    Args:
        sizes: whether to build for a port's target nevertheless, to know its bytes, if a compiler is installed.
        fit: whether to refuse a program that does not fit the board's memory.
    """
    generated, lengths, program = files.generated, files.lengths, files.program
    with scratch() as place:
        if not files.route.port:
            with progress.step("build"):  # bytecode of Python modules is built when the device is started
                program = program if plan.python else compiled(generated, plan, lengths, place, fit)
        elif sizes and not plan.python:
            program = _for_its_sizes(generated, plan, lengths, place)
        yield replace(files, program=program)


def compiled(generated: Generated, plan: Plan, lengths: tuple[int, ...], folder: Path, fit: bool = True) -> host.Binary:
    """The library with its glue, the link and a port, compiled in the folder; ``fit`` as for :func:`linked`.

    Raises:
        BuildError: the compiler or its C library is missing, or it failed.
        BudgetError: it does not fit the board.
        DeviceError: the emulator is missing.
    """
    route, board = plan.reached, plan.reached.target
    sources = write_sources(generated, c99.glue(generated, plan.numeric.name, lengths), folder)
    flags, out = board.compiler.flags(plan.exact), folder / "build"
    if route.emulator is None:
        return host.build(*sources, out, cflags=flags)
    linked_program, image = firmware.link_firmware(board, route.emulator, *sources, out, flags)
    if fit:
        firmware.require_fit(board, firmware.occupied(linked_program))
    return replace(linked_program, command=route.emulator.prepare(out, image))


def _for_its_sizes(generated: Generated, plan: Plan, lengths: tuple[int, ...], folder: Path) -> host.Binary | None:
    """The program built with this machine's compilers; None if it cannot be built."""
    board = plan.target
    route = Route(board, emulator.load(board.emulator) if board.emulator else None)
    if not board.is_host and (route.emulator is None or firmware.missing_software(board, route.emulator)):
        return None
    try:
        return compiled(generated, plan.along(route), lengths, folder)
    except GatesmithError:
        return None


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()
