"""The linker's map file: which bytes of a program come from which object."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    sections: dict[str, Sections] = {}
    for section, length, name in placed(chart):
        if (kind := _KIND.match(section)) is not None:
            sections[name] = sections.get(name, Sections(0, 0)).with_section(kind[1], length)
    return sections


def placed(chart: Path) -> Iterator[tuple[str, int, str]]:
    """Sections of objects in the program: name, bytes, object."""
    text = chart.read_text("utf-8", "replace")
    name = ""
    for line in text[max(text.find(BEGIN), 0) :].splitlines():
        if alone := _NAME.match(line):
            name = alone[1]
            continue
        if size := _SIZE.match(line):
            yield size[1] or name, int(size[2], 16), size[3]
        name = ""
