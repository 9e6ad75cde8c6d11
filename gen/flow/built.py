"""A program on the way to its target: compiled, in a folder that goes away afterwards."""

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


def prepared(
    model: Model, plan: Plan, whole: bool = False, seen: Observations | None = None, generated: Generated | None = None
) -> Built:
    """Generated files on the way to their target, before anything is compiled.

    Args:
        whole: the buffers must hold whole sequences, however large they are; what is behind a port has what it has.
        seen: what calibration has shown of the file, where it may be known.
        generated: the library's files, where they are known.

    Raises:
        BudgetError: they surely do not fit the board.
    """
    route, board = plan.reached, plan.target
    files = generated or program(model, plan, seen=seen)
    lengths, by_steps = buffers(files, board.ram) if route.flashed or not whole else (files.lengths, False)
    if plan.settings.budget and not board.is_host and not route.port and not plan.python:
        budget.require_fit(budget.budget(files, lengths, board, plan.numeric.name, by_steps), str(model.path))
    return Built(files, None, _digest(files.files), route, lengths, by_steps)


def built_here(model: Model, plan: Plan, folder: Path, generated: Generated | None = None) -> Built:
    """A library's own C as a program of this machine, whatever board it is written for: instructions of a board have
    C beside them.

    Args:
        folder: an empty one, for the program.
        generated: as of :func:`prepared`.

    Raises:
        BuildError: there is no compiler, or it failed.
    """
    here = replace(plan.along(Route(target.load(HOST))), settings=replace(plan.settings, budget=False))
    ready = prepared(model, here, whole=True, generated=generated)
    return replace(ready, program=compiled(ready.generated, here, ready.lengths, folder))


@contextmanager
def linked(
    ready: Built, plan: Plan, progress: Progress = SILENT, sizes: bool = False, fit: bool = True
) -> Iterator[Built]:
    """What :func:`prepared` gave with its program, in a folder that goes away afterwards. Behind a port it is there
    already, and nothing is built.

    Args:
        sizes: build for a port's target nevertheless, to know bytes, if compilers for it are here.
        fit: refuse a program that does not fit the board's memory.
    """
    generated, lengths, program = ready.generated, ready.lengths, ready.program
    with scratch() as place:
        if not ready.route.port:
            with progress.step("build"):  # of Python, which is what runs, bytecode is made as the device is started
                program = program if plan.python else compiled(generated, plan, lengths, place, fit)
        elif sizes and not plan.python:
            program = _for_its_sizes(generated, plan, lengths, place)
        yield replace(ready, program=program)


def compiled(generated: Generated, plan: Plan, lengths: tuple[int, ...], folder: Path, fit: bool = True) -> host.Binary:
    """The library with its glue, the link and a port as a program, all in the folder; ``fit`` as of :func:`linked`.

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
    """The program as it would be built here; None if it cannot be."""
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
