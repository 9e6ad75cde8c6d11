"""The instructions that an emulated core executes in a counted part, by a plugin of QEMU."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ...boards.cycles import Executed
from ...boards.schema import Waits
from ...core.errors import BuildError, DeviceError
from ..toolchain import host

EMULATORS = "qemu-system-"
PLUGIN = "emulators/trace.c"
LAYERS = 256
"""The number of layers that the plugin distinguishes."""
BEGIN, END = "gs_board_count_begin", "gs_board_count_end"
PORT = ("gs_", "arm_systick_isr")
"""Functions of the port that run between the two calls and do not belong to the model."""
_SYMBOL = re.compile(r"--defsym=(\w+)=(\w+)")
_SOURCE = re.compile(r"^(?:.*/)?([^/]+\.c):(\d+)(?: |$)")
_FUNCTION = re.compile(r"^([0-9a-f]+) <([^>]+)>:$")
_LINE = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2,8} ?)+)\s*\t(\S+)\s*(.*)$")
_JUMP = re.compile(r"b|cb|tb|pop|ldm|bx|le\b|wls|dls")


@dataclass(frozen=True)
class Line:
    """An instruction of a program's listing."""

    address: int
    size: int
    mnemonic: str
    operands: str
    function: str
    layer: str = ""
    place: str = ""
    """``FILE:LINE`` of the C source, if the compiler recorded it."""


class Trace:
    """The instructions that a program executes on QEMU between the port's two calls.

    Args:
        command: the command that starts the program on QEMU.
        listing: objdump's listing of its instructions.
        folder: folder for the plugin and its output; it must exist while the program runs.
        owners: the layer of each source line, from :func:`gatesmith.backends.c99.text.owners_of_lines`; the compiler
            must have recorded lines.
        flash: from :func:`flash_of`.

    Raises:
        BuildError: the plugin does not compile.
    """

    def __init__(
        self, command: Sequence[str], listing: str, folder: Path, owners: Mapping[tuple[str, int], str], flash: str
    ) -> None:
        self.lines = read(listing, owners)
        self.layers = ("", *dict.fromkeys(owners.values()))[:LAYERS]
        runs = folder / "layers.txt"
        runs.write_text("\n".join(self._runs()), "ascii")
        places = {function: line.address for line in reversed(self.lines) for function in [line.function]}
        self._out = folder / "trace.txt"
        plugin = folder / "trace.so"
        words = [*host.find_compiler().split(), "-std=gnu99", "-O2", "-shared", "-fPIC", str(host.firmware() / PLUGIN)]
        host.compile_own(words, plugin, {})
        options = f"{plugin},begin={places[BEGIN]:#x},end={places[END]:#x},layers={runs},out={self._out}{flash}"
        self.command = (command[0], "-plugin", options, *command[1:])

    def executed(self) -> tuple[list[Executed], int]:
        """The instructions that the model executed in all calls, and the number of calls, without the port's own empty
        call."""
        first, *blocks = self.told()
        return _counted(self.lines, blocks, self.layers), int(first.split()[0]) - 1

    def reads(self) -> tuple[int, int]:
        """Lines of flash read in all calls except the port's own, for instructions and for data."""
        _, code, data = map(int, self.told()[0].split())
        return code, data

    def told(self) -> list[str]:
        """The plugin's output so far."""
        try:
            return self._out.read_text("ascii").splitlines()
        except (OSError, ValueError) as error:
            raise DeviceError("the emulator's plugin has counted nothing") from error

    def _runs(self) -> Iterator[str]:
        """Runs of consecutive instructions of one layer: the first address, the last address, the layer's number."""
        number = {layer: index for index, layer in enumerate(self.layers) if layer}
        for layer, lines in itertools.groupby(self.lines, lambda line: line.layer):
            if layer in number:
                run = list(lines)
                yield f"{run[0].address:x} {run[-1].address:x} {number[layer]}"


def flash_of(waits: Waits | None, ldflags: Sequence[str]) -> str:
    """The plugin's options for counting lines of flash that miss a board's caches; empty if its flash reads are
    unknown.

    Args:
        ldflags: linker flags that place flash in the emulated memory.
    """
    placed = dict(_SYMBOL.findall(" ".join(ldflags)))
    if waits is None or "__flash" not in placed:
        return ""
    data = "" if waits.constants is None else f",data={waits.constants // waits.line}"
    where = f",flash={placed['__flash']},size={placed['__flash_size']}"
    return f"{where},line={waits.line},code={waits.code // waits.line}{data}"


def traced(program: host.Binary, folder: Path, owners: Mapping[tuple[str, int], str], flash: str = "") -> Trace | None:
    """A trace of a program; None if its emulator has no such plugin, or a tool for it is missing.

    Args:
        owners, flash: as in :class:`Trace`.
    """
    command = program.command
    if not command or not command[0].startswith(EMULATORS) or sys.platform != "linux":
        return None
    try:
        listing = host.listing(program.path, program.size_tool, lines=True)
        return None if listing is None else Trace(command, listing, folder, owners, flash)
    except (BuildError, KeyError):
        return None


def read(listing: str, owners: Mapping[tuple[str, int], str] = MappingProxyType({})) -> list[Line]:
    """The instructions of objdump's listing, in its order; ``owners`` as in :class:`Trace`."""
    lines: list[Line] = []
    function = layer = place = ""
    for text in listing.splitlines():
        if heading := _FUNCTION.match(text):
            function, layer, place = heading[2], "", ""
        elif source := _SOURCE.match(text):
            place = f"{source[1]}:{source[2]}"
            layer = owners.get((source[1], int(source[2])), "")
        elif match := _LINE.match(text):
            size = len(match[2].replace(" ", "")) // 2
            words = re.sub(r"\.[wn]$", "", match[3]), re.split("[@;]", match[4])[0].strip()
            lines.append(Line(int(match[1], 16), size, *words, function, layer, place))
    return lines


def _counted(lines: Sequence[Line], blocks: Sequence[str], layers: Sequence[str]) -> list[Executed]:
    """Counts of instructions, separate for each layer, from counts of blocks."""
    places = {line.address: index for index, line in enumerate(lines)}
    ran: dict[tuple[int, int], list[int]] = {}
    for block in blocks:
        words = block.split()
        start, count, layer, times, taken = int(words[0], 16), *map(int, words[1:])
        index = places.get(start)
        if index is None:
            continue
        for at in range(index, min(index + count, len(lines))):
            ran.setdefault((layer, at), [0, 0])[0] += times
        ran[layer, min(index + count, len(lines)) - 1][1] += taken
    executed = []
    for (layer, at), (times, taken) in sorted(ran.items()):
        line = lines[at]
        if line.function.startswith(PORT):
            continue
        follows = at > 0 and ran.get((layer, at - 1), [0])[0] == times and not _JUMP.match(lines[at - 1].mnemonic)
        before = lines[at - 1].mnemonic if follows else ""
        executed.append(Executed(line.mnemonic, line.operands, times, taken, before, layers[layer]))
    return executed
