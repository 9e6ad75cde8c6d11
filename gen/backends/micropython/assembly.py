"""Kernels in MicroPython's own assembly, for the cores that it has an assembler for."""

from __future__ import annotations

from dataclasses import dataclass

from .. import base
from .product import Kernel

THUMB = ("armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp")
"""Architectures, as mpy-cross names them, that execute what ``@micropython.asm_thumb`` assembles."""
FIELD = 15
"""Bits of each of two numbers that share an argument: functions in assembly take four."""


@dataclass(frozen=True)
class Options(base.Options):
    """What the user or the target chooses.

    Args:
        arch: of native code, as mpy-cross names it; empty: no assembly is written.
    """

    arch: str = ""

    @property
    def thumb(self) -> bool:
        return self.arch in THUMB


def fits(kernel: Kernel, numbers: tuple[int, ...]) -> bool:
    """Whether a call's numbers have room in the arguments of the kernel in assembly."""
    return not kernel.loops or max(numbers) < 1 << FIELD
