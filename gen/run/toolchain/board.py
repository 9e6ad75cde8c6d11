"""Firmware for an emulated board: the model, its glue, the link and a port. The target's own compiler builds it, alone
or within a manufacturer's SDK; its size is checked against the board's memory."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...boards.target import Target
from ...core.errors import BudgetError, BuildError, DeviceError
from ..standins.emulator import Emulator
from . import cmake_build, host
from .cache import stamp

TOO_LARGE = re.compile(r"size of (?:array|variable) .*too large|exceeds maximum object size")
NO_ROOM = re.compile(
    r"overflowed by|will not fit in region|not within region|relocation truncated|literal target out of range"
)
NOT_INSTALLED = re.compile(r"cannot read spec file|No such file or directory|cannot find -l|cannot find crt")
LEAST_STACK = 256
LARGEST_ARRAY = 32_767  # of avr-gcc
NEAR_BYTES = 65_000  # 64 KB less the vectors and the link's own constants
UNDEFINED = re.compile(r"undefined reference to .(\w+)")
SECTIONS = ("-ffunction-sections", "-fdata-sections")
LINES = ("-g1",)
"""Debug information with source lines, for the layer of each instruction; the code is unchanged. An emulator's own
compiler does not get the flag: the ESP32's assembler does not accept it."""


def occupied(program: host.Binary) -> host.Sections:
    """Bytes of the whole program; ``progmem`` only of the model's constants."""
    progmem = host.section_sizes(program.model_objects, program.size_tool).progmem
    return replace(host.section_sizes([program.path], program.size_tool), progmem=progmem)


def link_firmware(
    target: Target,
    emulator: Emulator,
    model_sources: Sequence[Path],
    glue_sources: Sequence[Path],
    out: Path,
    cflags: Sequence[str],
) -> tuple[host.Binary, Path]:
    """Compile and link a model for an emulated board: the program without a command, and the emulator's image of it.
    The compiler is the board's own, or the emulator's.

    Raises:
        BuildError: the compiler or its C library is missing, or the compiler failed.
        BudgetError: the program exceeds the linker's memory regions.
    """
    cross_compiler, build = emulator.compiler, emulator.firmware
    compiler = cross_compiler.shell() if cross_compiler else target.compiler.command
    require_compiler(target, emulator)
    flags = (*cflags, *SECTIONS, *(() if cross_compiler else LINES), *build.cflags)
    sources = [host.firmware() / "ports" / source for source in build.sources]
    try:
        if emulator.project is not None:
            (model,), (glue,) = model_sources, glue_sources
            built, image = cmake_build.build(
                emulator.project, model, glue, out, compiler=compiler, cflags=flags, defines=build.defines
            )
        else:
            built = host.build(
                model_sources,
                glue_sources,
                out,
                cflags=(*flags, *(f"-D{name}" for name in build.defines)),
                ldflags=("-Wl,--gc-sections", *build.ldflags),
                compiler=compiler,
                port=sources,
                includes=[*dict.fromkeys(source.parent for source in sources)],
            )
            image = built.path
    except BuildError as error:
        raise _explained(error, target, _install(target, emulator)) from error
    return replace(built, size_tool=cross_compiler.size if cross_compiler else re.sub(r"gcc$", "size", compiler)), image


def missing_software(target: Target, emulator: Emulator) -> str:
    """A line on the software to install before a target's firmware can be built and emulated; empty if none is
    missing."""
    try:
        require(target, emulator)
    except (BuildError, DeviceError) as error:
        remedy = error.fix[0].removeprefix("on Debian: ")
        return f"{error.what} ({remedy})"
    return ""


def require(target: Target, emulator: Emulator) -> None:
    """Check that all software for building and emulating a target's firmware is installed.

    Raises:
        BuildError: its compiler, its C library or its SDK is missing.
        DeviceError: the emulator is missing.
    """
    require_compiler(target, emulator)
    emulator.require()


def require_compiler(target: Target, emulator: Emulator) -> None:
    """Check that all software for building a target's firmware is installed.

    Raises:
        BuildError: its compiler, its C library or its SDK is missing.
    """
    install = _install(target, emulator)
    if missing := _no_compiler(target, emulator):
        raise BuildError(f"{missing} is not installed: it compiles for {target.core}", fix=install)
    if emulator.project is not None and (missing := emulator.project.missing()):
        raise BuildError(f"the build for {emulator.summary} needs what is not installed: {missing}", fix=install)
    for flag in emulator.firmware.cflags:
        specs = flag.removeprefix("--specs=")
        if specs != flag and not _has_specs(target.compiler.command, specs):
            raise BuildError(f"{specs} is not installed: the C library of {target.core}", fix=install)


def _install(target: Target, emulator: Emulator) -> str:
    package = emulator.compiler.package if emulator.compiler else target.compiler.package
    packages = " ".join(filter(None, (package, emulator.firmware.package)))
    return f"on Debian: apt-get install {packages}" if package else "install it, and put it on PATH"


def _no_compiler(target: Target, emulator: Emulator) -> str:
    if emulator.compiler:
        return emulator.compiler.missing()
    return "" if shutil.which(target.compiler.command) else target.compiler.command


_SPECS: set[tuple[str, str]] = set()
"""Pairs of a compiler, with its stamp, and a C library that it has: a command that tries many boards checks each pair
once."""


def _has_specs(compiler: str, specs: str) -> bool:
    if specs.startswith("/"):
        return Path(specs).is_file()
    key = (stamp(compiler), specs)
    if key not in _SPECS and "/" in host.run_tool([compiler, f"-print-file-name={specs}"], 30.0):
        _SPECS.add(key)
    return key in _SPECS


def _explained(error: BuildError, target: Target, install: str) -> BuildError | BudgetError:
    """The error that a compiler's last lines mean."""
    if TOO_LARGE.search(error.why):
        return BudgetError(
            f"an array of the model is too large for {target.name}: its compiler takes at most 32,767 bytes for one",
            where=error.where.partition(" ")[0],
            why=_matching(TOO_LARGE, error.why),
            fix="a smaller layer, or a board with a 32-bit core",
        )
    if NO_ROOM.search(error.why):
        return BudgetError(
            f"the program does not fit the memory of {target.name}",
            where=error.where.partition(" ")[0],
            why=_matching(NO_ROOM, error.why),
        )
    if undefined := sorted(set(UNDEFINED.findall(error.why))):
        return BuildError(
            f"no library that the program for {target.name} is linked with has {', '.join(undefined)}",
            where=error.where.partition(" ")[0],
            fix="leave out --math libm: Gatesmith's own functions need no C library",
        )
    if NOT_INSTALLED.search(error.why):
        return BuildError(error.what, where=error.where, why=error.why, fix=install)
    return error


def require_fit(target: Target, used: host.Sections) -> None:
    """Check that a program fits a board's memory; ``used`` comes from :func:`occupied`.

    Raises:
        BudgetError: the program does not fit.
    """
    lines = []
    if used.progmem > NEAR_BYTES:
        lines.append(
            f"constants: {used.progmem:,} B of the {NEAR_BYTES:,} B that a 16-bit pointer into program memory reaches"
        )
    if target.flash and used.flash > target.flash:
        lines.append(f"flash: {used.flash:,} B of {target.flash:,} B")
    if target.ram and used.ram + LEAST_STACK > (ram := target.ram + target.external_ram):
        lines.append(f"RAM: {used.ram:,} B and at least {LEAST_STACK} B of stack, of {ram:,} B")
    if lines:
        raise BudgetError(f"the program does not fit the memory of {target.name}", why="\n".join(lines))


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return next(line.strip() for line in text.splitlines() if pattern.search(line))
