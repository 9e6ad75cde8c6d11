"""Kernels in MicroPython's own assembly, for cores with an assembler."""

from __future__ import annotations

from dataclasses import dataclass

from .. import base
from .product import Kernel

THUMB = ("armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp")
"""Architectures, in mpy-cross's names, that execute the code of ``@micropython.asm_thumb``."""
FIELD = 15
"""Bits of each of two numbers that share an argument: assembly functions have four arguments."""


@dataclass(frozen=True)
class Options(base.Options):
    """The choices of the user or the target.

    Args:
        arch: architecture of native code, as mpy-cross names it; if empty, no assembly is written.
    """

    arch: str = ""

    @property
    def thumb(self) -> bool:
        return self.arch in THUMB


def fits(kernel: Kernel, numbers: tuple[int, ...]) -> bool:
    """Whether a call's numbers fit the arguments of the kernel in assembly."""
    return not kernel.loops or max(numbers) < 1 << FIELD
