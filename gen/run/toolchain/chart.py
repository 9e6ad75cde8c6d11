"""The linker's map file: the bytes of a program that come from each object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .host import BOTH, FLASH_ONLY, RAM_ONLY, Sections

BEGIN = "Linker script and memory map"
"""The line after the sections that were left out of the program."""
_NAME = re.compile(r"^ (\.\S+|COMMON)\s*$")
_SIZE = re.compile(r"^(?: (\.\S+|COMMON))?\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$")
_KIND = re.compile(rf"\.({FLASH_ONLY}|{RAM_ONLY}|{BOTH})(?:\.|\d|$)")


def by_object(chart: Path) -> dict[str, Sections]:
    """Bytes in the program from each object file, and from each member of a library.

    Sizes are those after the linker has shortened jumps and dropped unused functions.

    Args:
        chart: the map file that GNU ld writes with ``-Map``.
    """
    sections: dict[str, Sections] = {}
    for section, length, name in placed_sections(chart):
        if (kind := _KIND.match(section)) is not None:
            sections[name] = sections.get(name, Sections(0, 0)).with_section(kind[1], length)
    return sections


def placed_sections(chart: Path) -> Iterator[tuple[str, int, str]]:
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
