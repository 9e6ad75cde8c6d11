"""The tables of a target's file as structs: keys, types, least values and optional keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from ..numerics import NUMERICS
from .programs import Compiler, PlatformIO

FPUS = ("none", "single", "double")
CONSTANTS = ("memory", "progmem")

Size = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Cache = Annotated[int, msgspec.Meta(ge=0, le=65_536)]  # as many lines as the plugin of emulators keeps, of one byte


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[layout]``.

    Args:
        rows, lanes: block shape of gemv: largest number of accumulators, values of a vector register.
        isa: instruction sets with code, the preferred one first (folders of the C backend's ``kernels``).
        speed: the same for code optimised for speed, if those are others.
        code: bytes that a loop's code may have in a flash cache; 0 if kernels may choose.
    """

    rows: AtLeastOne
    lanes: AtLeastOne
    isa: tuple[str, ...] = ()
    speed: tuple[str, ...] = ()
    code: Size = 0


class Serial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[serial]``: baud of the serial port; 0 if there is none."""

    speed: int = 0


class Waits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[waits]``: the cost of flash reads at the board's clock.

    Args:
        states: wait cycles of a read.
        line: bytes of a read.
        code, constants: bytes of the caches for instructions and for constants; without ``constants``, one cache has
            both.
        source: the manual.
    """

    states: Annotated[int, msgspec.Meta(ge=1, le=15)]  # four bits, in the manuals that have such a field
    line: Annotated[int, msgspec.Meta(ge=4, le=64)]
    source: str
    code: Cache = 0
    constants: Cache | None = None


class BorrowedCosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[budget]``: the family whose sizes are used if the own compiler was not measured."""

    like: str = ""


class MicroPython(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MicroPython on a board: the ``arch`` of native code, as mpy-cross names it, and the ``emulator`` whose core
    stands in for it; empty if none does."""

    arch: str
    emulator: str


class TargetFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target's file, merged with its family's.

    Args:
        summary: one line for people.
        core: the processor core.
        word: bits of its registers.
        fpu: ``none``, or the widest type computed in hardware: ``single``, ``double``.
        simd: its vector instructions, ``none`` if it has none.
        constants: ``memory`` if C reads constants in place, ``progmem`` if they have an address space of their own.
        clock: hertz; 0 if unknown.
        flash, ram: bytes; 0 if unbounded.
        external_ram: bytes of memory outside the chip, for state and buffers that exceed ``ram``.
        waits: None if unknown.
        numerics: supported numeric types, its default first; all of them unless its file says otherwise.
        emulator: its stand-in (``targets/emulators``); empty if there is none.
        chip: the emulator of its whole chip: the chip's memory map and UART; empty if there is none.
        backend: the backend without --backend.
        micropython: None if MicroPython does not run on it.
        variants: other sizes of its memory, each with the keys that it changes; appended to the name: ``-n8r8``.
    """

    summary: str
    core: str
    word: int
    fpu: str
    simd: str = "none"
    constants: str = "memory"
    clock: Size = 0
    flash: Size = 0
    ram: Size = 0
    external_ram: Size = 0
    waits: Waits | None = None
    numerics: tuple[str, ...] = tuple(NUMERICS)
    emulator: str = ""
    chip: str = ""
    backend: str = "c99"
    layout: Layout
    compiler: Compiler
    platformio: PlatformIO | None = None
    serial: Serial = Serial()
    micropython: MicroPython | None = None
    budget: BorrowedCosts = BorrowedCosts()
    variants: Mapping[str, Mapping[str, Any]] = {}
