"""Emulated boards: ``targets/emulators/*.toml`` says how firmware is linked for one, and how one is started.

Its UART is the standard input and output of a process, so that the link meets the same transport as on the host.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...boards.tables import check
from ...boards.target import read_table
from ...core.errors import DeviceError
from ..toolchain import cache, cmake_build, host

KEYS = {
    "summary": str, "core": str, "command": list, "package": str, "runner": str, "libraries": list, "includes": list,
    "npm": str, "cmake": dict, "firmware": dict, "counter": dict, "compiler": dict,
}  # fmt: skip
FIRMWARE = {"sources": list, "defines": list, "cflags": list, "ldflags": list, "package": str}
COUNTER = {"kind": str, "ticks": float}
COMPILER = {"summary": str, "command": list, "programs": list, "package": str, "size": str, "objdump": list}
OPTIONAL_KEYS = frozenset({"runner", "libraries", "includes", "npm", "cmake", "compiler"})
RUNNER_SECONDS = 60.0


@dataclass(frozen=True)
class Compiler:
    """What compiles for an emulator where the board's own compiler is not to be had.

    Args:
        summary: what it is, for people.
        command: program and arguments; ``{python}`` and ``{sources}`` stand for this Python and the firmware folder.
        programs: what it calls; files, where they begin with a slash.
        package: Debian packages that hold them.
        size: the program that tells sections.
        objdump: the command that shows instructions, before the file.
    """

    summary: str
    command: tuple[str, ...]
    programs: tuple[str, ...]
    package: str
    size: str
    objdump: tuple[str, ...]

    def missing(self) -> str:
        """What is not installed, empty if nothing."""
        there = (Path(name).is_file() if name.startswith("/") else bool(shutil.which(name)) for name in self.programs)
        return next((name for name, found in zip(self.programs, there, strict=True) if not found), "")

    def shell(self) -> str:
        """The command as one line of words that a shell would split."""
        return shlex.join(word.replace("{python}", sys.executable) for word in in_sources(self.command))


@dataclass(frozen=True)
class Emulator:
    """What stands in for a board.

    Args:
        name: of its file.
        summary: what it is, for people.
        core: whose instructions it executes.
        command: program and arguments; ``{firmware}``, ``{runner}`` and ``{npm}`` stand for paths.
        package: Debian packages that hold it.
        runner: a file of the firmware folder that is the emulator; C is compiled for this machine. Empty for none.
        libraries, includes: what the runner is linked with, and where their headers are.
        npm: the package that it needs of npm's registry, ``name@version``; empty for none.
        project: the CMake project that builds its firmware; None where the compiler is called.
        sources: the port, relative to ``firmware/ports``.
        defines, cflags, ldflags: how firmware is built for it, beside the target's own flags.
        firmware_package: Debian packages that hold its C library.
        counts: ``instructions`` or ``cycles``.
        ticks: of the port's counter for one of them.
        compiler: what compiles for it; None for the board's own compiler.
    """

    name: str
    summary: str
    core: str
    command: tuple[str, ...]
    package: str
    runner: str
    libraries: tuple[str, ...]
    includes: tuple[str, ...]
    npm: str
    project: cmake_build.Project | None
    sources: tuple[str, ...]
    defines: tuple[str, ...]
    cflags: tuple[str, ...]
    ldflags: tuple[str, ...]
    firmware_package: str
    counts: str
    ticks: float
    compiler: Compiler | None = None

    def claim(self) -> str:
        """What a number from it is worth, in words."""
        compiled = f", compiled by {self.compiler.summary}" if self.compiler else ""
        return f"{self.core} instruction set on an emulated core ({self.summary}{compiled})"

    def missing(self) -> str:
        """What is not installed, empty if nothing."""
        if not all(Path(folder).is_dir() for folder in self.includes):
            return f"the headers of {self.libraries[0]}"
        program = self.command[0]
        if not program.startswith("{") and shutil.which(program) is None:
            return program
        return self.npm if self.npm and not cache.npm_module(self.npm).is_dir() else ""

    def require(self) -> None:
        """That it is installed.

        Raises:
            DeviceError: it is not.
        """
        if lacking := self.missing():
            raise DeviceError(f"{self.summary} is not installed: {lacking} is missing", fix=self.remedy())

    def remedy(self) -> tuple[str, ...]:
        """What to do where it is not installed."""
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
        compiled = self.runner.endswith(".c")
        runner = folder / "runner" if compiled else host.firmware() / self.runner
        paths = {"{firmware}": str(firmware), "{runner}": str(runner), "{npm}": str(cache.npm_folder(self.npm))}
        if compiled:
            self._compile(runner)
        return tuple(paths.get(word, word) for word in self.command)

    def _compile(self, runner: Path) -> None:
        source = host.firmware() / self.runner
        includes = [f"-isystem{folder}" for folder in self.includes]
        libraries = [f"-l{name}" for name in self.libraries]
        compiler = host.find_compiler().split()
        host.run_tool(
            [*compiler, "-std=c99", "-O2", *includes, str(source), "-o", str(runner), *libraries], RUNNER_SECONDS
        )


def load(name: str) -> Emulator:
    """An emulator by name.

    Raises:
        UsageError: there is none, or its file is not as it must be.
    """
    where = f"emulator {name}"
    data = read_table("emulators", name)
    check(data, KEYS, where, OPTIONAL_KEYS)
    firmware, counter, compiler = data["firmware"], data["counter"], data.get("compiler")
    check(firmware, FIRMWARE, f"{where}, [firmware]")
    check(counter, COUNTER, f"{where}, [counter]")
    if compiler is not None:
        check(compiler, COMPILER, f"{where}, [compiler]")

    def words(table: dict[str, Any], key: str) -> tuple[str, ...]:
        return tuple(table.get(key, ()))

    return Emulator(
        name=name,
        summary=data["summary"],
        core=data["core"],
        command=words(data, "command"),
        package=data["package"],
        runner=data.get("runner", ""),
        libraries=words(data, "libraries"),
        includes=words(data, "includes"),
        npm=data.get("npm", ""),
        project=cmake_build.load(data["cmake"], f"{where}, [cmake]") if "cmake" in data else None,
        sources=words(firmware, "sources"),
        defines=words(firmware, "defines"),
        cflags=in_sources(firmware["cflags"]),
        ldflags=in_sources(firmware["ldflags"]),
        firmware_package=firmware["package"],
        counts=counter["kind"],
        ticks=counter["ticks"],
        compiler=None
        if compiler is None
        else Compiler(
            compiler["summary"],
            words(compiler, "command"),
            words(compiler, "programs"),
            compiler["package"],
            compiler["size"],
            words(compiler, "objdump"),
        ),
    )


def in_sources(words: Sequence[str]) -> tuple[str, ...]:
    """Words of a command, ``{sources}`` replaced by the folder of the firmware's sources."""
    return tuple(word.replace("{sources}", str(host.firmware())) for word in words)


def packages(emulators: Sequence[Emulator]) -> list[str]:
    """Debian packages of these emulators, of their C libraries and of their own compilers."""
    named = [
        text for e in emulators for text in (e.package, e.firmware_package, e.compiler.package if e.compiler else "")
    ]
    return sorted({word for text in named for word in text.split()})
