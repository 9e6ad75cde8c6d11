"""Emulated boards: ``targets/emulators/*.toml`` gives the link flags of an emulator's firmware and its command.

The emulated UART is the standard input and output of a process, so that the link uses the same transport as on the
host.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ...boards.tables import struct_of
from ...boards.target import Target, describe, names, read_table
from ...core.errors import DeviceError, UsageError
from ..toolchain import cache, cmake_build, host


class StandInProgram(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A program of this machine that is a stand-in, from its file.

    Args:
        name: the file's name.
        summary: a description, for people.
        core: the core whose instructions it executes.
        command: program and arguments; ``{firmware}``, ``{runner}`` and ``{npm}`` stand for paths.
        package: Debian packages that contain it.
        runner: a file of the firmware folder for the command to start; C is compiled for this machine. Empty if none.
        npm: the package that it needs from npm's registry, ``name@version``; empty if none.
        pip: the module that it needs in this Python, and the name of Gatesmith's extra for it; empty if none.
    """

    name: str
    summary: str
    core: str
    command: tuple[str, ...]
    package: str
    runner: str = ""
    npm: str = ""
    pip: str = ""

    def words(self, firmware: Path, runner: Path | None = None) -> tuple[str, ...]:
        """The command that starts it with a firmware.

        Args:
            runner: the program compiled from ``self.runner``; by default, the file itself.
        """
        places = {
            "{firmware}": firmware,
            "{runner}": runner or host.firmware() / self.runner,
            "{npm}": cache.npm_folder(self.npm),
            "{python}": sys.executable,
        }
        return tuple(str(places.get(word, word)) for word in self.command)

    def lacks_program(self) -> str:
        """The program of the command, if it is not installed; else empty."""
        program = self.command[0]
        return "" if program.startswith("{") or shutil.which(program) else program

    def lacks_module(self) -> str:
        """The package of npm's registry, or the module of Python, if it is not installed; else empty."""
        if self.pip and find_spec(self.pip) is None:
            return self.pip
        return self.npm if self.npm and not cache.npm_module(self.npm).is_dir() else ""


class SpareCompiler(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A compiler for an emulator, for use if the board's own compiler is not available.

    Args:
        summary: a description, for people.
        command: program and arguments; ``{python}`` and ``{sources}`` stand for this Python and the firmware folder.
        programs: programs that it calls; a name that begins with a slash is a file.
        package: Debian packages that contain them.
        size: the program that lists sections.
        objdump: the command that lists instructions, without the file.
    """

    summary: str
    command: tuple[str, ...]
    programs: tuple[str, ...]
    package: str
    size: str
    objdump: tuple[str, ...]

    def missing(self) -> str:
        """The name of a program that is not installed; empty if all are."""
        found = (Path(name).is_file() if name.startswith("/") else bool(shutil.which(name)) for name in self.programs)
        return next((name for name, is_there in zip(self.programs, found, strict=True) if not is_there), "")

    def shell(self) -> str:
        """The command as one line, quoted for a shell."""
        return shlex.join(word.replace("{python}", sys.executable) for word in in_sources(self.command))


class FirmwareBuild(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files and flags for an emulator's firmware, in addition to the target's own flags.

    Args:
        sources: the port, relative to ``firmware/ports``.
        package: Debian packages that contain its C library.
    """

    sources: tuple[str, ...]
    defines: tuple[str, ...]
    cflags: tuple[str, ...]
    ldflags: tuple[str, ...]
    package: str


class Counter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unit of the port's counter, ``instructions`` or ``cycles``, and its ticks per unit."""

    kind: str
    ticks: float


class Emulator(StandInProgram, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An emulator that stands in for a board.

    Args:
        libraries, includes: libraries of the runner, and folders of their headers.
        project: the CMake project that builds its firmware; None if the compiler is called directly.
        compiler: its own compiler; None for the board's.
        lacks: instruction sets (folders of kernels) whose instructions it does not decode.
    """

    firmware: FirmwareBuild
    counter: Counter
    libraries: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    project: cmake_build.CMakeProject | None = msgspec.field(default=None, name="cmake")
    compiler: SpareCompiler | None = None
    lacks: tuple[str, ...] = ()

    def claim(self) -> str:
        """A description of what its numbers are based on."""
        compiled = f", compiled by {self.compiler.summary}" if self.compiler else ""
        return f"{self.core} instruction set on an emulated core ({self.summary}{compiled})"

    def missing(self) -> str:
        """The name of a part that is not installed; empty if all are."""
        if not all(Path(folder).is_dir() for folder in self.includes):
            return f"the headers of {self.libraries[0]}"
        return self.lacks_program() or self.lacks_module()

    def require(self) -> None:
        """Check that it is installed.

        Raises:
            DeviceError: the emulator is not installed.
        """
        if lacking := self.missing():
            raise DeviceError(f"{self.summary} is not installed: {lacking} is missing", fix=self.remedy())

    def remedy(self) -> tuple[str, ...]:
        """The commands that install it."""
        if self.pip:
            return (f"pip install 'gatesmith[{self.pip}]'",)
        debian = f"on Debian: apt-get install {self.package}"
        if not self.npm:
            return (debian,)
        return ("make toolchains", f"{debian}; then npm install --prefix {cache.npm_folder(self.npm)} {self.npm}")

    def prepare(self, folder: Path, firmware: Path) -> tuple[str, ...]:
        """The command that runs a firmware; a runner in C is compiled into the folder.

        Raises:
            DeviceError: the emulator is not installed.
            BuildError: its runner does not compile.
        """
        self.require()
        if not self.runner.endswith(".c"):
            return self.words(firmware)
        runner = folder / "runner"
        words = [*host.find_compiler().split(), "-std=c99", "-O2", *(f"-isystem{place}" for place in self.includes)]
        words += [str(host.firmware() / self.runner), "-o", str(runner), *(f"-l{name}" for name in self.libraries)]
        host.run_tool(words, host.COMPILE_SECONDS)
        return self.words(firmware, runner)


def load(name: str) -> Emulator:
    """An emulator by name.

    Raises:
        UsageError: there is no such emulator, or its file is invalid.
    """
    data = read_table("emulators", name)
    flags: dict[str, Any] = {key: in_sources(data["firmware"].get(key, ())) for key in ("cflags", "ldflags")}
    return struct_of(Emulator, {**data, "name": name, "firmware": data["firmware"] | flags}, f"emulator {name}")


def on_chip(board: Target) -> Target:
    """The board with the emulator of its whole chip, without kernels of instructions that this emulator does not
    decode.

    Raises:
        UsageError: no emulator has the chip.
    """
    if not board.chip:
        chips = ", ".join(name for name in names() if describe(name).chip)
        fix = ("leave out --chip", f"--chip takes {chips}")
        raise UsageError(f"no emulator has the whole chip of {board.name}", fix=fix)
    lacks = load(board.chip).lacks
    isa = tuple(name for name in board.layout.isa if name not in lacks)
    same = isa == board.layout.isa
    layout = replace(board.layout, isa=isa)
    return replace(board, emulator=board.chip, layout=layout, costs=board.costs if same else None)


def in_sources(words: Sequence[str]) -> tuple[str, ...]:
    """Words of a command with ``{sources}`` replaced by the folder of the firmware's sources."""
    return tuple(word.replace("{sources}", str(host.firmware())) for word in words)


def packages(emulators: Sequence[Emulator]) -> list[str]:
    """Debian packages of these emulators, of their C libraries and of their own compilers."""
    compilers = [each.compiler.package for each in emulators if each.compiler]
    texts = [*compilers, *(text for each in emulators for text in (each.package, each.firmware.package))]
    return sorted({word for text in texts for word in text.split()})
