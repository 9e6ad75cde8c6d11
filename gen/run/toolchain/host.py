"""Builds for this machine, and their costs: bytes by section, stack by call chain, instructions."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ...core.errors import BuildError
from ...files.scratch import scratch
from ..link.transport import NOT_ALLOWED, ProcessTransport
from ..measures import Measure
from .cache import stamp

COMPILE_SECONDS = 300.0
ENDS_SECONDS = 120.0
"""Seconds that a program may take to end after its input is closed."""
TAIL_LINES = 15
FLASH_ONLY = r"init|text|literal|progmem|s?rodata|data\.rel\.ro|boot2|binary_info"
RAM_ONLY = r"s?bss|ram_vector_table|uninitialized_data"
BOTH = r"s?data|scratch_[xy]"
PORT_FLAGS = ("-DGS_LINK_PAYLOAD=4096",)
SEARCHED = ("PATH", "CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH")
"""Environment variables with the search paths of compilers."""
WARNINGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Wshadow", "-Werror")


@dataclass(frozen=True)
class Binary:
    """A program built for this machine or for a board.

    Args:
        path: the executable.
        compiler: the compiler's command.
        cflags: the caller's flags.
        objects: object file of each source.
        model_objects: objects of the model alone, without glue, link and port.
        command: the command that starts it as a process here: the program, or an emulator.
        size_tool: the tool that lists its sections.
    """

    path: Path
    compiler: str
    cflags: tuple[str, ...]
    objects: Mapping[Path, Path]
    model_objects: tuple[Path, ...]
    command: tuple[str, ...]
    size_tool: str = "size"


@dataclass(frozen=True)
class Sections:
    """Bytes of some object files.

    Args:
        flash: code, constants and initial values.
        ram: initial values and zeros.
        progmem: constants in flash with an address space of their own.
    """

    flash: int
    ram: int
    progmem: int = 0

    def with_section(self, kind: str, size: int) -> Sections:
        """The sizes with one more section, by the first word of its name."""
        flash, ram = (0 if re.fullmatch(words, kind) else size for words in (RAM_ONLY, FLASH_ONLY))
        return Sections(self.flash + flash, self.ram + ram, self.progmem + size * (kind == "progmem"))


def find_compiler() -> str:
    """The C compiler: $CC, gcc, cc or clang.

    Raises:
        BuildError: there is none, or $CC names a missing one.
    """
    if chosen := os.environ.get("CC", "").strip():
        try:
            words = shlex.split(chosen)
        except ValueError:
            words = []
        if not words or shutil.which(words[0]) is None:
            raise BuildError(
                f'$CC is "{chosen}": there is no such program', fix="unset CC, or name a compiler that is installed"
            )
        return chosen
    for name in ("gcc", "cc", "clang"):
        if shutil.which(name):
            return name
    raise BuildError(
        "no C compiler is found",
        why="looked for gcc, cc and clang",
        fix="on Debian: apt-get install gcc",
    )


def has_compiler() -> bool:
    """Whether this machine has a C compiler."""
    try:
        find_compiler()
    except BuildError:
        return False
    return True


def firmware() -> Path:
    """The folder of the link's C sources."""
    return Path(str(resources.files("gatesmith.firmware")))


def build(
    model_sources: Sequence[Path],
    glue_sources: Sequence[Path],
    out: Path,
    *,
    cflags: Sequence[str] = ("-O2",),
    includes: Sequence[Path] = (),
    ldflags: Sequence[str] = (),
    compiler: str | None = None,
    port: Sequence[Path] | None = None,
) -> Binary:
    """Compile a model, its glue, the link and a port into one program.

    Args:
        model_sources: the generated library's .c files; they alone count in size and stack.
        glue_sources: the files that define ``gs_model``.
        out: folder for objects, ``.ci`` call graphs and the executable ``device``; created if missing.
        cflags: flags for every file, after the warnings.
        includes: folders with headers, besides the sources' own.
        ldflags: flags at the end of the link command.
        compiler: a compiler other than this machine's own.
        port: the port's .c files, if not the posix port of this machine.

    Raises:
        BuildError: there is no compiler, or it failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    compiler = compiler or find_compiler()
    flags = [*cflags, *(PORT_FLAGS if port is None else ())]
    port = [firmware() / "ports" / "posix" / "main.c"] if port is None else port
    sources = [*model_sources, *glue_sources, firmware() / "link" / "gatesmith_link.c", *port]
    objects = _objects(sources, model_sources, out, compiler, flags, includes)
    path = out / "device"
    charted = [f"-Wl,-Map={out / 'device.map'}"] if sys.platform == "linux" else []
    linked = [*map(str, objects.values()), "-o", str(path), *charted, *ldflags, "-lm"]
    run_tool([*shlex.split(compiler), *cflags, *linked], COMPILE_SECONDS)
    if not path.is_file():
        raise BuildError(f"{compiler} made no program", why="it ended without an error", fix="name a C compiler in CC")
    return Binary(path, compiler, tuple(cflags), objects, tuple(objects[s] for s in model_sources), (str(path),))


def _objects(
    sources: Sequence[Path],
    model_sources: Sequence[Path],
    out: Path,
    compiler: str,
    flags: Sequence[str],
    includes: Sequence[Path],
) -> dict[Path, Path]:
    """Object of each source, compiled into a folder; with call graphs for a model's objects."""
    folders = dict.fromkeys([*includes, *(source.parent for source in sources)])
    base = [*shlex.split(compiler), *WARNINGS, *flags]
    graph = ["-fcallgraph-info=su"] if accepts(compiler, "-fcallgraph-info=su") else []
    ours = {path: path.read_bytes() for path in sorted(firmware().rglob("*.[chS]"))}
    places = {path.parent for path in ours}
    objects = {source: out / f"{number:02}_{source.stem}.o" for number, source in enumerate(sources)}
    for source, target in objects.items():
        if source in ours and places.issuperset(includes):
            includes_flags = [f"-I{folder}" for folder in folders if folder in places]
            compile_own([*base, *includes_flags, "-c", str(source)], target, ours)
        else:
            includes_flags = [f"-I{folder}" for folder in folders]
            charts = graph if source in model_sources else []
            run_tool([*base, *includes_flags, *charts, "-c", str(source), "-o", str(target)], COMPILE_SECONDS)
    return objects


def run_tool(command: Sequence[str], timeout: float, cwd: Path | None = None) -> str:
    """Run a build tool and return its output.

    Raises:
        BuildError: the tool is missing, failed, or took longer than ``timeout`` seconds; with its last lines.
    """
    status, text = run_process(command, timeout, command[0], cwd)
    if status:
        tail = "\n".join(text.rstrip().splitlines()[-TAIL_LINES:])
        raise BuildError(f"{command[0]} failed with exit status {status}", where=" ".join(command), why=tail)
    return text


def run_process(
    command: Sequence[str], timeout: float, tool: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """A tool's exit status and output. Programs that it started end with it.

    Args:
        tool: its name in errors.

    Raises:
        BuildError: the tool is missing, or took longer than ``timeout`` seconds.
    """
    shown = " ".join([tool, *command[1:]])
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
    except OSError as error:
        fix = NOT_ALLOWED * isinstance(error, PermissionError)
        raise BuildError(f"{tool} cannot be started: {error.strerror}", where=shown, fix=fix) from error
    try:
        printed, _ = process.communicate(timeout=timeout)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise BuildError(f"{tool} took longer than {timeout:g} s", where=shown) from error
        raise
    return process.returncode, printed.decode("utf-8", "replace")


def listing(
    program: Path, size_tool: str, objdump: Sequence[str] = (), within: Path | None = None, lines: bool = False
) -> str | None:
    """A program's instructions, as printed by a command, or by the objdump that belongs to ``size``; None without one.

    Args:
        program: its path, as the text will show it.
        within: the folder that its path starts from, if not this process's.
        lines: whether to print source lines, if the compiler recorded them.

    Raises:
        BuildError: objdump fails.
    """
    command = tuple(objdump) or (re.sub(r"size$", "objdump", size_tool), "-dl" if lines else "-d")
    if command[0] == size_tool or shutil.which(command[0]) is None:
        return None
    return run_tool([*command, str(program)], 120.0, within)


def section_sizes(objects: Sequence[Path], tool: str = "size") -> Sections:
    """Sum the sections of object files or of a firmware, without debug and unwind data, heap and stack.

    Raises:
        BuildError: ``size`` is missing or fails.
    """
    sections = Sections(0, 0)
    for line in run_tool([tool, "-A", "-d", *map(str, objects)], 60.0).splitlines():
        if match := re.match(rf"\.({FLASH_ONLY}|{RAM_ONLY}|{BOTH})\S*\s+(\d+)\s+\d+$", line):
            sections = sections.with_section(match[1], int(match[2]))
    return sections


def count_instructions(
    command: Sequence[str | Path], function: str, drive: Callable[[ProcessTransport], object]
) -> Measure:
    """Count the instructions that a program executes inside one function and its callees, by valgrind's callgrind.

    Args:
        command: the program and its arguments.
        function: its C name; the compiler must not have inlined it.
        drive: makes the program call it: talks over the transport and returns; it need not close anything. Its time
            limits must allow for valgrind being 50 times slower than the machine.

    Raises:
        DeviceError: the program failed under valgrind, or whatever ``drive`` raises.
    """
    if shutil.which("valgrind") is None:
        return Measure(None, kind="valgrind is not installed (apt-get install valgrind)")
    with scratch() as folder:
        result = folder / "callgrind.out"
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--toggle-collect={function}"]
        valgrind += [f"--callgrind-out-file={result}", *map(str, command)]
        # Bound at start, so that the first call of memcpy does not count the dynamic linker's work.
        with ProcessTransport(valgrind, env={"LD_BIND_NOW": "1", "TMPDIR": str(folder)}) as transport:
            drive(transport)
            status = transport.wait(ENDS_SECONDS)
            tail = transport.stderr_tail()
        if status != 0 or not result.is_file():
            return Measure(None, kind=f"valgrind ended with status {status}: {tail}")
        match = re.search(r"^(?:summary|totals):\s*(\d+)", result.read_text(errors="replace"), re.MULTILINE)
    if match is None or int(match[1]) == 0:
        return Measure(None, kind=f"callgrind saw no call of {function}")
    return Measure(int(match[1]), kind="callgrind")


_COMPILED: dict[object, bytes] = {}
"""Objects of Gatesmith's own files that this process has compiled, by everything that they depend on."""


def compile_own(command: Sequence[str], target: Path, ours: Mapping[Path, bytes]) -> None:
    """Compile a file of Gatesmith's own, which no model changes, or write the earlier result of the same command.

    Args:
        command: the compiler's command, without the object.
        ours: every file that the compiler reads, except files in the command and the C library's.

    Raises:
        BuildError: as in :func:`run_tool`.
    """
    key = (*command, *_state(command), *ours.items())
    if earlier := _COMPILED.get(key):
        target.write_bytes(earlier)
        return
    run_tool([*command, "-o", str(target)], COMPILE_SECONDS)
    if target.is_file():  # a command that is not a compiler creates none: build reports it
        _COMPILED[key] = target.read_bytes()


def _state(command: Sequence[str]) -> tuple[str, ...]:
    """Everything besides its words that a command's result depends on: its programs and files in their current state,
    and the search paths of compilers."""
    return (*map(stamp, command), *(os.environ.get(name, "") for name in SEARCHED))


def accepts(compiler: str, flag: str) -> bool:
    """Whether a compiler takes a flag without a warning; cached."""
    words = tuple(shlex.split(compiler))
    return _accepts(words, flag, _state(words))


@functools.cache
def _accepts(words: tuple[str, ...], flag: str, state: tuple[str, ...]) -> bool:
    """Cached; ``state`` is in the key for :func:`_state`."""
    command = [*words, flag, "-Werror", "-x", "c", "-c", os.devnull, "-o", os.devnull]
    with scratch() as folder:
        try:
            run_tool(command, 30.0, folder)
        except BuildError:
            return False
    return True
