"""What a family's compiler makes of code that nobody compiles now: ``targets/budget/FAMILY.toml``.

``tools/write_budget.py`` compiles representative models and writes these files. Nothing in them is fitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

from ..core.errors import UsageError
from .tables import check

KEYS = {"measured": str, "error": float, "firmware": dict, "stack": dict, "library": dict, "code": dict}
LIBRARY = {"bytes": int, "pieces": list}
FIRMWARE = {"link": dict, "port": dict, "ram": int}
UNLIKE = 0.5
"""Error of an estimate with the sizes of another family: a guess."""
COUNT = re.compile(r"(?<![a-wyz0-9])\d+")
"""A number in a piece's name that is not that of a type: ``gemv_int8_12x10 3`` has three."""
INTEGER = "frame integer"
"""The piece of a model that computes in integers."""
PLACE = "in"
"""How a piece begins that is a place where another one is called."""
CALLED = f"{PLACE} helper "
"""The same of a helper."""
CALL, OWN = 100, 10
"""Turns that one of the calls of a helper more or less is as far as: of all, and of those in one layer."""
UNMEASURED = 0.5
"""The same of a numeric type, or of a piece of code, that nobody compiled."""


@dataclass(frozen=True)
class Firmware:
    """Bytes of what is linked with a library.

    Args:
        link: flash of the link with what ties a library to it, by numeric type.
        port: flash of the port, the start-up code and what all models need of the C library, by numeric type.
        ram: static, without the library's state and the buffers.
    """

    link: Mapping[str, int]
    port: Mapping[str, int]
    ram: int


@dataclass(frozen=True)
class Member:
    """A part of the C library that some models need.

    Args:
        bytes: of flash.
        kinds: of pieces (:func:`kind_of`) that need it.
    """

    bytes: int
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Costs:
    """Sizes of a family's code.

    Args:
        measured: with which compiler, and on what.
        like: the family whose sizes these are, where its own compiler was not measured; else empty.
        error: of code and firmware in all, relative: the largest of random models, each left out of the sizes, all of
            whose pieces others have.
        firmware: by stand-in (``targets/emulators``), the family's own first.
        stack: bytes of the deepest chain of calls, by numeric type.
        code: bytes of each piece (:attr:`gatesmith.backends.base.Generated.pieces`).
        library: what not all models need of the C library, as a division where the core has no floating point.
    """

    measured: str
    like: str
    error: float
    firmware: Mapping[str, Firmware]
    stack: Mapping[str, int]
    code: Mapping[str, int]
    library: Mapping[str, Member]

    def error_of(self, numeric: str, pieces: Iterable[str]) -> float:
        """The relative error to reckon with."""
        kinds = kinds_of(pieces)
        return self.error if numeric in self.stack and kinds <= self._alike.keys() else max(self.error, UNMEASURED)

    def needed(self, pieces: Iterable[str]) -> int:
        """Bytes of what a model of these pieces needs of the C library beside the rest."""
        return needed(self.library, kinds_of(pieces))

    def firmware_of(self, emulator: str) -> Firmware:
        """What is linked for a stand-in; that of the family's own where nobody measured it."""
        return self.firmware.get(emulator) or next(iter(self.firmware.values()))

    def piece(self, name: str) -> int:
        """Bytes of a piece; of one that nobody compiled, the mean of the nearest of the narrowest known kind.

        Of a place it is that of the nearest turns, in whatever layer: those decide whether a helper is written out.
        """
        if name not in self._pieces:
            self._pieces[name] = self._estimated(name)
        return self._pieces[name]

    @cached_property
    def _pieces(self) -> dict[str, int]:
        """Bytes of the pieces that were asked for; of those that were compiled from the start."""
        return dict(self.code)

    def _estimated(self, name: str) -> int:
        numbers = _numbers(name)
        kinds = [kind for kind in _kinds(name) if kind in self._alike]
        if not kinds:
            return 0
        if not name.startswith(f"{PLACE} "):
            return self._nearest(kinds[0], numbers)[1]
        narrow = kinds[:-1] or kinds  # the last is any piece
        return min((self._nearest(kind, numbers) for kind in narrow), key=itemgetter(0))[1]

    def _nearest(self, kind: str, numbers: tuple[int, ...]) -> tuple[int, int]:
        """How far the nearest pieces of a kind are from these numbers, and the mean of their bytes."""
        alike = self._alike[kind]
        apart = [sum(abs(a - b) for a, b in zip(others, numbers, strict=False)) for others, _ in alike]
        least = min(apart)
        sizes = [size for (_, size), far in zip(alike, apart, strict=True) if far == least]
        return least, round(sum(sizes) / len(sizes))

    @cached_property
    def _alike(self) -> dict[str, list[tuple[tuple[int, ...], int]]]:
        """Numbers and bytes of the pieces of each kind."""
        kinds: dict[str, list[tuple[tuple[int, ...], int]]] = {}
        for name, size in self.code.items():
            for kind in _kinds(name):
                kinds.setdefault(kind, []).append((_numbers(name), size))
        return kinds


def parse(table: dict[str, Any], where: str) -> Costs:
    """Costs from the tables of a file.

    Raises:
        UsageError: a key is unknown or missing, or a value is of another type.
    """
    check(table, KEYS, where, frozenset({"library"}))
    for key in ("stack", "code"):
        check(table[key], dict.fromkeys(table[key], int), f"{where}, [{key}]")
    firmware = {}
    for name, part in table["firmware"].items():
        inner = f"{where}, [firmware.{name}]"
        if not isinstance(part, dict):
            raise UsageError(f"{inner} must be a table")
        check(part, FIRMWARE, inner)
        for key in ("link", "port"):
            check(part[key], dict.fromkeys(part[key], int), f"{inner}, {key}")
        firmware[name] = Firmware(**part)
    if not firmware:
        raise UsageError(f"{where}: firmware is empty")
    library = {}
    for name, part in table.get("library", {}).items():
        inner = f"{where}, [library.{name}]"
        if not isinstance(part, dict):
            raise UsageError(f"{inner} must be a table")
        check(part, LIBRARY, inner)
        library[name] = Member(part["bytes"], tuple(part["pieces"]))
    return Costs(table["measured"], "", table["error"], firmware, table["stack"], table["code"], library)


def kind_of(piece: str) -> str:
    """A piece without its numbers and whatever its loop: ``layer dense #``, ``product gemv_#x# #``."""
    return COUNT.sub("#", piece).rstrip("+-")


def kinds_of(pieces: Iterable[str]) -> frozenset[str]:
    """The kinds of pieces, but for places."""
    return frozenset(kind_of(piece) for piece in pieces if not piece.startswith(PLACE))


def needed(library: Mapping[str, Member], kinds: frozenset[str]) -> int:
    """Bytes of the parts that pieces of these kinds need; integers need none of them."""
    if INTEGER in kinds:
        return 0
    return sum(member.bytes for member in library.values() if not kinds.isdisjoint(member.kinds))


def _numbers(piece: str) -> tuple[int, ...]:
    """A piece's numbers, the last first: turns or times. Of a place of a helper, how many calls there are comes before
    all: compilers write a function out or call it by that, and loops by what is written out in them."""
    numbers = tuple(int(number) for number in reversed(COUNT.findall(piece)))
    if not piece.startswith(CALLED) or len(numbers) < 2:
        return numbers
    *turns, calls, own = numbers
    return (CALL * calls, OWN * own, *turns)


def _kinds(piece: str) -> tuple[str, ...]:
    """What a piece is one of, the narrowest kind first: in loops alike; whatever the loop; of a place, in any layer."""
    kind, loop = kind_of(piece), piece[-1] if piece[-1] in "+-" else "="
    words = kind.split()
    found = [kind + loop, kind]
    if words[0] == PLACE:
        called = " ".join(words[:3])
        found += [called + loop, called]
    return (*found, words[0])


def like(costs: Costs, family: str) -> Costs:
    """The sizes of another family, as a guess."""
    return replace(costs, like=f"{family}'s compiler", error=max(costs.error, UNLIKE))


def of(sizes: Mapping[str, int], numeric: str) -> int:
    """What a table by numeric type says; of a type that it does not have, the most of all."""
    return sizes.get(numeric, max(sizes.values(), default=0))
