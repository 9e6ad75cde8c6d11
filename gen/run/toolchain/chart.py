"""The linker's map file: which bytes of a program come from which object."""

from __future__ import annotations

import re
from pathlib import Path

from .host import BOTH, FLASH_ONLY, RAM_ONLY, Sections

BEGIN = "Linker script and memory map"
"""Above it stand the sections that were left out of the program."""
_NAME = re.compile(r"^ (\.\S+|COMMON)\s*$")
_SIZE = re.compile(r"^(?: (\.\S+|COMMON))?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$")
_KIND = re.compile(rf"\.({FLASH_ONLY}|{RAM_ONLY}|{BOTH})(?:\.|\d|$)")


def by_object(chart: Path) -> dict[str, Sections]:
    """Bytes of each object file, and of each member of a library, that are in the program.

    Sizes are those after the linker has shortened jumps and dropped what nothing calls.

    Args:
        chart: written by GNU ld with ``-Map``.
    """
    found: dict[str, Sections] = {}
    text = chart.read_text("utf-8", "replace")
    name = ""
    for line in text[max(text.find(BEGIN), 0) :].splitlines():
        if alone := _NAME.match(line):
            name = alone[1]
            continue
        if size := _SIZE.match(line):
            kind = _KIND.match(size[1] or name)
            if kind is not None:
                before = found.get(size[3], Sections(0, 0))
                length = int(size[2], 16)
                found[size[3]] = Sections(
                    before.flash + (0 if re.fullmatch(RAM_ONLY, kind[1]) else length),
                    before.ram + (0 if re.fullmatch(FLASH_ONLY, kind[1]) else length),
                    before.apart + (length if kind[1] == "progmem" else 0),
                )
        name = ""
    return found
