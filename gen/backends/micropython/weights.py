"""Weights as constants of a Python module: ``bytes``, from which Python need not create numbers.

A list or an array of float literals costs 25 to 33 bytes of a board's RAM per value. ``bytes`` cost one per byte, and
none if they stay in ROMFS or in frozen code. Values are little-endian and read in place by ``struct``, which needs no
alignment: a ROM file system does not guarantee it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...core.graph import Array

LAYOUT = 2
"""Incremented if the order of values within a constant changes: module and weights must agree."""
LINE = 108
"""Characters of source per line of a constant."""


@dataclass(frozen=True)
class Constant:
    """A constant: its name, its values, and a description of its axes."""

    name: str
    values: Array
    axes: str

    @property
    def remark(self) -> str:
        shape = "x".join(map(str, self.values.shape)) or "1"
        return f"{self.values.dtype.name} {shape}" + (f": {self.axes}" if self.axes else "")

    @property
    def data(self) -> bytes:
        return np.ascontiguousarray(self.values, self.values.dtype.newbyteorder("<")).tobytes()

    def lines(self) -> Iterator[str]:
        """The literal, a line at a time."""
        data, start = self.data, 0
        while start < len(data):
            end = start
            width = 0
            while end < len(data) and width < LINE:
                width += len(_spelled(data[end]))
                end += 1
            yield 'b"' + "".join(map(_spelled, data[start:end])) + '"'
            start = end


class Constants:
    """The constants of a model, each name once."""

    def __init__(self) -> None:
        self._constants: dict[str, Constant] = {}

    def add(self, name: str, values: Array, axes: str) -> str:
        """Register a constant, and return the expression that reads it."""
        self._constants.setdefault(name, Constant(name, values, axes))
        return f"w.{name}"

    def __iter__(self) -> Iterator[Constant]:
        yield from self._constants.values()

    @property
    def size(self) -> int:
        """Bytes of all constants."""
        return sum(len(constant.data) for constant in self)


def _spelled(byte: int) -> str:
    if byte in _PLAIN:
        return chr(byte)
    return f"\\x{byte:02x}"


_PLAIN = frozenset(range(32, 127)) - frozenset(b'"\\')
