"""The layout of a model's states in its buffers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...core.formats import Format

CODES = {"float32": "f", "uint8": "B", "int8": "b", "int16": "h", "int32": "i"}
"""Type -> the type code of an array of it."""


@dataclass(frozen=True)
class StateLayout:
    """Places of states: indices of first values, each in the buffer of its type.

    Args:
        members: states of nodes, by node and name.
        frames: stored frames of a stream, by name.
        live: frames that layers store, by type: the first value, and the number of values.
        copies: a copy of ``live``, by type; empty if no window has edge frames.
        sizes: values of all states, by type. The arena follows them.
    """

    members: Mapping[tuple[str, str], int]
    frames: Mapping[str, int]
    live: Mapping[str, tuple[int, int]]
    copies: Mapping[str, int]
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Frames:
    """Stored frames of a stream: ``values`` of type ``dtype``, NumPy's name of it."""

    name: str
    values: int
    dtype: str


@dataclass(frozen=True)
class Buffer:
    """A buffer of the model: ``values`` of type ``dtype``; states come first."""

    name: str
    dtype: str
    states: int
    values: int

    @property
    def code(self) -> str:
        """The type code of its array."""
        return CODES[self.dtype]

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return Format(self.dtype).size

    @property
    def bytes(self) -> int:
        return self.values * self.size


def state_layout(
    types: Iterable[str],
    members: Mapping[tuple[str, str], Frames],
    windows: Iterable[Frames],
    layers: Iterable[Frames],
    copied: bool,
) -> StateLayout:
    """States one after the other: members, frame buffers, frames of layers, the copy of the latter.

    Args:
        types: the types with a buffer.
        copied: whether windows have edge frames, which need the copy.
    """
    sizes = dict.fromkeys(types, 0)

    def place(values: int, dtype: str) -> int:
        sizes[dtype] += values
        return sizes[dtype] - values

    of_nodes = {key: place(member.values, member.dtype) for key, member in members.items()}
    frames = {stored.name: place(stored.values, stored.dtype) for stored in windows}
    first = dict(sizes)
    frames |= {stored.name: place(stored.values, stored.dtype) for stored in layers}
    live = {dtype: (first[dtype], size - first[dtype]) for dtype, size in sizes.items() if size > first[dtype]}
    copies = {dtype: place(values if copied else 0, dtype) for dtype, (_, values) in live.items()}
    return StateLayout(of_nodes, frames, live, copies, sizes)
