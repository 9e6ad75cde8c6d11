"""Compiled sizes of a family's code, from which other code is estimated: ``targets/budget/FAMILY.toml``.

``tools/write_budget.py`` compiles random models and writes these files. A size is a mean over programs; nothing is
fitted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import takewhile
from typing import Annotated, NamedTuple

import msgspec

GUESS = 0.5
"""Relative error of an estimate with another family's sizes, or with a piece that was not measured."""
DEVIATIONS = 4.0
"""Error of an estimate, in standard deviations: pieces of a program deviate together, so the sum has no normal law.
``tests/budget`` holds the estimates to it."""


class Size(NamedTuple):
    """Bytes of a piece of code: the mean over programs, and the standard deviation."""

    bytes: int
    deviation: int


class Firmware(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes of the firmware that is linked with a library.

    Args:
        link: flash of the link with the code that ties a library to it, by numeric type.
        port: flash of the port, the start-up code and the C library, by numeric type: mean and standard deviation.
        ram: static, without the library's state and the buffers.
    """

    link: Mapping[str, int]
    port: Mapping[str, Size]
    ram: int

    def port_of(self, numeric: str) -> Size:
        """The port with a numeric type; the largest if the type was not measured."""
        return self.port.get(numeric) or max(self.port.values(), key=lambda size: size.bytes)


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes of a family's code.

    Args:
        measured: the compiler, and the programs that it compiled.
        like: the family whose sizes these are, if its own compiler was not measured; else empty.
        firmware: by stand-in (``targets/emulators``), the family's own first.
        stack: bytes of the deepest chain of calls, by numeric type.
        code: the size of each piece (:attr:`gatesmith.backends.base.Generated.pieces`).
    """

    measured: str
    firmware: Annotated[Mapping[str, Firmware], msgspec.Meta(min_length=1)]
    stack: Mapping[str, int]
    code: Mapping[str, Size]
    like: str = ""

    def firmware_of(self, emulator: str) -> Firmware:
        """The firmware for a stand-in; if it was not measured, that of the family's own stand-in."""
        return self.firmware.get(emulator) or next(iter(self.firmware.values()))

    def estimate(self, pieces: Iterable[str]) -> int:
        """Bytes of a library's code: the sum of its pieces. An unknown piece takes the mean of the pieces whose names
        begin most like its own."""
        return sum(count * self._size(piece).bytes for piece, count in Counter(pieces).items())

    def error(self, pieces: Iterable[str], numeric: str, port: Size, total: int) -> int:
        """The error of an estimate, in bytes: from the deviations of the model's pieces; at least a share of the whole
        if one of them, or the numeric type, was not measured.

        Args:
            port: of the firmware linked.
            total: bytes of code and firmware, as estimated.
        """
        counts = Counter(pieces)
        square = sum((count * self._size(piece).deviation) ** 2 for piece, count in counts.items())
        error = round(DEVIATIONS * math.sqrt(square + port.deviation**2))
        guessed = self.like or numeric not in self.stack or not counts.keys() <= self.code.keys()
        return max(error, round(GUESS * total)) if guessed else error

    def _size(self, piece: str) -> Size:
        if piece in self.code:
            return self.code[piece]
        word = piece.split(maxsplit=1)[0]
        shared = {name: _shared(name, piece) for name in self.code if name.split()[0] == word}
        alike = [self.code[name].bytes for name, length in shared.items() if length == max(shared.values())]
        return Size(round(sum(alike) / len(alike)) if alike else 0, 0)


@cache
def _shared(name: str, piece: str) -> int:
    """Number of leading characters that two names share."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, piece, strict=False)))


def of(sizes: Mapping[str, int], numeric: str) -> int:
    """A table's value for a numeric type; the largest if the table lacks the type."""
    return sizes.get(numeric, max(sizes.values(), default=0))
