"""MicroPythons that stand in for a target's own: ``targets/micropython/*.toml`` describes each and gives its command.

Boards are QEMU's, with our own builds of the firmware; the others are programs of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...boards.tables import struct_of
from ...boards.target import Target, names, read_table
from ...core.errors import DeviceError, UsageError
from ..repl.repl import ProcessRepl, SerialRepl, find, start_emulated
from ..toolchain import cache as disk_cache
from ..toolchain import host, mpy
from .emulator import StandInProgram

FOLDER = "micropython"
ROM_AT = "/gatesmith"
ANSWER_SECONDS = 10.0


class StandIn(StandInProgram, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A MicroPython that stands in for a target's.

    Args:
        firmware: its name in ``firmware/micropython/build``.
        arch: the architecture of native code, as mpy-cross names it; empty if none.
        rom: address at which QEMU loads a file system; 0 for a program of this machine.
        counter: its instruction counter; empty if none.
        ticks: ticks of the counter per instruction.
    """

    firmware: str = ""
    arch: str = ""
    rom: int = 0
    counter: str = ""
    ticks: float = 1.0

    @property
    def is_board(self) -> bool:
        """Whether it is driven over a serial line, like a board."""
        return bool(self.rom)

    def claim(self) -> str:
        """A description of what its results are based on."""
        if not self.is_board:
            return f"{self.summary}, in a process of its own"
        return f"MicroPython on an emulated {self.core} ({self.summary}), over its REPL"

    @property
    def image(self) -> Path:
        """The firmware or the program, from our own build."""
        return cache() / (f"{self.firmware}.elf" if self.is_board else self.firmware)

    def missing(self) -> str:
        """The name of a part that is missing, empty if none is."""
        if program := self.lacks_program():
            return f"{program} (apt-get install {self.package})"
        if self.firmware and not self.image.is_file():
            return f"{self.image} ({build_script()} {self.firmware})"
        module = self.lacks_module()
        return f"{module} (.ci/toolchains micropython)" if module else ""


def cache() -> Path:
    """The folder of our own builds of MicroPython."""
    return disk_cache.folder() / "micropython"


def build_script() -> Path:
    """The program that builds them."""
    return host.firmware() / "micropython" / "build"


def stand_ins() -> dict[str, StandIn]:
    """All stand-ins, by name."""
    known: dict[str, StandIn] = {}
    for name in names(FOLDER):
        known[name] = struct_of(StandIn, {**read_table(FOLDER, name), "name": name}, f"{FOLDER}/{name}")
    return known


def boards() -> dict[str, StandIn]:
    """The stand-ins that are driven over a serial line, like a board."""
    return {name: one for name, one in stand_ins().items() if one.is_board}


def stand_in(target: Target, emulate: bool, port: str = "") -> StandIn | None:
    """The stand-in that runs a target's modules; None for Debian's MicroPython here or the board at a port.

    Raises:
        UsageError: the options give no way to the board, or it has no stand-in.
    """
    if target.is_host or port:
        if emulate:
            place = "this machine" if target.is_host else f"reached at {port}"
            raise UsageError(f"target {target.name} is {place}: there is nothing to emulate", fix="leave out --emulate")
        return None
    on_board = "--port PORT runs it on the board"
    name = target.micropython.emulator if target.micropython else ""
    if not name:
        raise UsageError(f"no emulated MicroPython stands in for {target.name} ({target.core})", fix=on_board)
    known = stand_ins()
    if name not in known:
        raise UsageError(
            f"target {target.name}, [micropython]: nothing is called {name}", fix=f"known: {', '.join(known)}"
        )
    match = known[name]
    if not emulate:
        raise UsageError(
            f"{target.name} is a board" if match.is_board else f"{target.name} is not this machine's own MicroPython",
            fix=(f"--emulate runs it on {match.summary}", on_board),
        )
    return match


def unix() -> ProcessRepl:
    """Debian's MicroPython as a process of this machine.

    Raises:
        DeviceError: MicroPython is not installed.
    """
    return ProcessRepl([find("micropython", "micropython"), "-X", "heapsize=32m"])


def power_on(board: StandIn, rom: Path | None = None) -> SerialRepl:
    """Start an emulated board.

    Args:
        rom: an image that QEMU loads at the board's ``rom``; it must exist while the board runs.

    Raises:
        DeviceError: a tool is not installed, or the board does not start.
    """
    require(board)
    loader = () if rom is None else ("-device", f"loader,file={rom},addr={board.rom:#x},force-raw=on")
    return start_emulated([*board.words(board.image), *loader])


def require(interpreter: StandIn) -> None:
    """Check that an interpreter is installed.

    Raises:
        DeviceError: the interpreter is not installed.
    """
    if lacking := interpreter.missing():
        kind = f"an emulated {interpreter.core}" if interpreter.is_board else interpreter.name
        raise DeviceError(f"MicroPython for {kind} is not there: {lacking} is missing")


def start_stand_in(interpreter: StandIn | None, modules: Mapping[str, str], folder: Path) -> SerialRepl | ProcessRepl:
    """Start a stand-in, or this machine's MicroPython, with modules on its path: as bytecode in a board's ROM,
    elsewhere unchanged.

    Args:
        modules: path -> text.
        folder: folder for files that must exist while it runs.

    Raises:
        DeviceError, BuildError: a tool is not installed, or the interpreter does not start.
    """
    if interpreter is not None:
        require(interpreter)
    if interpreter is None or not interpreter.is_board:
        return start_here(interpreter, modules, folder)
    return boot(interpreter, mpy.cross(modules, interpreter.arch), folder)


def boot(board: StandIn, files: Mapping[str, bytes], folder: Path) -> SerialRepl:
    """Start an emulated board with files in its ROM, mounted at ``ROM_AT``, the first place of imports.

    Args:
        files: path -> content.
        folder: folder for the image of the file system; it must exist while the board runs.

    Raises:
        DeviceError: a tool is not installed, or the board does not start.
    """
    image = folder / f"{board.firmware}.romfs"
    data = mpy.romfs(files)
    image.write_bytes(data)
    repl = power_on(board, image)
    try:
        repl.exec(
            "import vfs, uctypes, sys\n"
            f"vfs.mount(vfs.VfsRom(memoryview(uctypes.bytearray_at({board.rom:#x}, {len(data)}))), {ROM_AT!r})\n"
            f"sys.path.insert(0, {ROM_AT!r})\n",
            ANSWER_SECONDS,
        )
    except BaseException:
        repl.close()
        raise
    return repl


def start_here(interpreter: StandIn | None, modules: Mapping[str, str], folder: Path) -> ProcessRepl:
    """A program of this machine, by default Debian's MicroPython, with modules on its path.

    Raises:
        DeviceError: the program is not installed.
    """
    for path, text in modules.items():
        if path.endswith(".py"):
            (folder / path).write_text(text, "utf-8")
    if interpreter is not None and interpreter.runner:
        return ProcessRepl([*interpreter.words(interpreter.image), str(folder)], serves=True)
    repl = unix() if interpreter is None else ProcessRepl(interpreter.words(interpreter.image))
    repl.exec(f"import sys\nsys.path.insert(0, {str(folder)!r})\n", ANSWER_SECONDS)
    return repl
