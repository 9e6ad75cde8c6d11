"""What debug lines say of a program: of each byte which function of the source it is of, wherever compilers put it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile


def by_chain(path: Path, source: str) -> Counter[tuple[str, ...]]:
    """Bytes of a program by the functions of a source that they are of, as debug lines say: the function that is there,
    then those that were written out in it, the innermost last."""
    with path.open("rb") as file:
        info = ELFFile(file).get_dwarf_info()
        unit = next(cu for cu in info.iter_CUs() if source in _name(cu.get_top_DIE()))
        spans = _Spans(info, unit)
        for entry in unit.iter_DIEs():
            if entry.tag == "DW_TAG_subprogram":
                spans.add(entry, ())
    return spans.bytes


class _Spans:
    """Adds up the bytes of functions, and takes those of the functions inside from them."""

    def __init__(self, info: Any, unit: Any) -> None:
        self.bytes: Counter[tuple[str, ...]] = Counter()
        self._ranges, self._base = info.range_lists(), unit.get_top_DIE().attributes.get("DW_AT_low_pc")
        self._unit = unit

    def add(self, entry: Any, outer: tuple[str, ...]) -> None:
        chain = outer
        if entry.tag in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine"):
            size = self._size(entry)
            if not outer and not size:
                return  # it is in no place of its own
            origin = entry
            while "DW_AT_abstract_origin" in origin.attributes:
                origin = origin.get_DIE_from_attribute("DW_AT_abstract_origin")
            chain = (*outer, _name(origin))
            self.bytes[chain] += size
            if outer:
                self.bytes[outer] -= size
        for child in entry.iter_children():
            if child.tag in ("DW_TAG_inlined_subroutine", "DW_TAG_lexical_block"):
                self.add(child, chain)

    def _size(self, entry: Any) -> int:
        if "DW_AT_high_pc" in entry.attributes:
            return int(entry.attributes["DW_AT_high_pc"].value)
        if "DW_AT_ranges" not in entry.attributes:
            return 0
        found = self._ranges.get_range_list_at_offset(entry.attributes["DW_AT_ranges"].value, self._unit)
        return sum(part.end_offset - part.begin_offset for part in found if hasattr(part, "end_offset"))


def _name(entry: Any) -> str:
    value = entry.attributes["DW_AT_name"].value if "DW_AT_name" in entry.attributes else b""
    return str(value.decode() if isinstance(value, bytes) else value)
