"""Identifiers: from any names in a file to names that are safe, short and unique in C and C++."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from unicodedata import normalize

import numpy as np

from ..core.formats import Array

LONGEST = 40
LETTERS = str.maketrans(dict(zip("łøđħŧæœþðıŋ", "l o d h t ae oe th d i ng".split(), strict=True)))
"""Small letters that have no decomposition into a letter and an accent."""
KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    alignas alignof and asm bool catch class compl concept constexpr decltype delete dynamic_cast explicit export false
    friend mutable namespace new noexcept not nullptr operator or private protected public requires template this throw
    true try typeid typename using virtual xor
    main errno assert near far state steps size_t
    """.split()
)


@cache
def identifier(name: str, fallback: str = "layer") -> str:
    """A lower-case C identifier similar to ``name``; never a keyword or a reserved name."""
    letters = normalize("NFKD", name).casefold().translate(LETTERS).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST].strip("_")
    if not plain:
        return fallback
    if plain[0].isdigit():
        plain = f"{fallback}_{plain}"[:LONGEST].strip("_")
    return f"{plain}_" if plain in KEYWORDS else plain


ARRAYS = ("", "_kernel", "_recurrent", "_candidate", "_candidate_kernel", "_candidate_recurrent")
"""The suffixes of a layer's arrays, each combined with :data:`OF_ARRAYS`."""
OF_ARRAYS = ("", "_weights", "_bias", "_multipliers", "_scales")
SUFFIXES = (
    *(array + part for array in ARRAYS for part in OF_ARRAYS),
    *"""
    _forward _out _out_reversed _h _c _y _keys _places _values _table _alpha _center _scale _offset _gamma _beta _shifts
    _offsets _below _bounds _butterfly _turns _window _first _start _finish _see _reset _row _frame _each _fold
    """.split(),
)
"""Suffixes that templates append to a layer's identifier; a layer reserves all of them."""


class Names:
    """Gives identifiers, each only once, and reserves all names that templates derive from them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._tried: dict[tuple[str, tuple[str, ...]], int] = {}

    def reserve(self, words: Iterable[str]) -> None:
        """Reserve words of the language and of the templates."""
        self._taken.update(words)

    def unique(self, name: str, fallback: str = "layer", also: Iterable[str] = ()) -> str:
        """An identifier similar to ``name`` that clashes with no other, nor with names derived from another.

        Args:
            also: further suffixes of it.
        """
        suffixes = (*SUFFIXES, *also)
        base = identifier(name, fallback)
        number = self._tried.get((base, suffixes), 1)  # names are never released
        while not self._taken.isdisjoint(names := _names(base, number, suffixes)):
            number += 1
        self._tried[base, suffixes] = number
        self._taken.update(names)
        return names[0]


@lru_cache(4096)
def _names(base: str, number: int, suffixes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple((base if number == 1 else f"{base}_{number}") + suffix for suffix in suffixes)


def table_name(tables: dict[str, Array], name: str, values: Array) -> str:
    """The name of a table in ``tables``, where it is added; equal tables with the same name are shared."""
    number, unique = 1, name
    while unique in tables and not np.array_equal(tables[unique], values):
        number += 1
        unique = f"{name}_{number}"
    tables[unique] = values
    return unique


def quoted(text: str) -> str:
    """A C string literal of printable ASCII; all other characters are escaped in octal."""
    return '"' + "".join(c if c in _PLAIN else "".join(f"\\{b:03o}" for b in c.encode()) for c in text) + '"'


def remark(text: str) -> str:
    """Text that is safe inside a C comment: printable ASCII that cannot end it, nest it, or continue a line."""
    plain = "".join(c if c in _PLAIN else "_" for c in text)
    return plain.replace("/", "|") if "*/" in plain or "/*" in plain else plain


_PLAIN = frozenset(chr(c) for c in range(32, 127)) - frozenset('"\\?')
