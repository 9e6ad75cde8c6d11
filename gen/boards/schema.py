"""The tables of a target's file as structs: keys, types, least values and what may be left out."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..numerics import NUMERICS

FPUS = ("none", "single", "double")
CONSTANTS = ("memory", "progmem")
BALANCED = "balanced"

Size = Annotated[int, msgspec.Meta(ge=0)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[layout]``; fields as of :class:`Target`, ``speed`` is its ``quick``."""

    rows: AtLeastOne
    lanes: AtLeastOne
    isa: tuple[str, ...] = ()
    speed: tuple[str, ...] = ()


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Flags for a processor of this machine that has all of these features."""

    cpu: tuple[str, ...]
    cflags: tuple[str, ...]


class CompilerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[compiler]``; fields as of :class:`~gatesmith.boards.programs.Compiler`, whose flags are put together."""

    command: str
    cflags: tuple[str, ...]
    exact: tuple[str, ...]
    package: str = ""
    machine: tuple[str, ...] = ()
    tuned: tuple[str, ...] = ()
    when: tuple[When, ...] = ()
    optimize: str = BALANCED


class PlatformIOTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[platformio]``."""

    platform: str
    board: str
    framework: str
    options: dict[str, Any] = {}


class Serial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[serial]``."""

    speed: int = 0


class Like(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[budget]``: the family whose sizes are taken, where its own compiler was not measured."""

    like: str = ""


class MicroPython(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MicroPython on a board: the ``arch`` of native code, as mpy-cross names it, and the ``emulator`` whose core
    stands in for it; empty if none does."""

    arch: str
    emulator: str


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target's file with that of its family; fields as of :class:`Target`."""

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
    numerics: tuple[str, ...] = tuple(NUMERICS)
    emulator: str = ""
    backend: str = "c99"
    layout: Layout
    compiler: CompilerTable
    platformio: PlatformIOTable | None = None
    serial: Serial = Serial()
    micropython: MicroPython | None = None
    budget: Like = Like()
