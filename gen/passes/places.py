"""Places of values, and the ports whose values are in the arena."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The place of a tensor's first value."""

    kind: str
    """``input`` | ``output`` (``index`` is the port's number) | ``state`` (``name``) | ``arena`` (``index`` is the
    offset) | ``frames`` (``index`` is the number of a stream's frame buffer)."""
    index: int = 0
    name: str = ""
    frame: int = 0
    """Values from one time step to the next; 0 if only one frame is stored, or the tensor has no time axis."""
    size: int = 0
    """Values of one frame, or of the whole tensor if it has no time axis."""
    dtype: str = "float32"
    ring: int = 0
    """Rows of a ring buffer: row j + ring takes the place of row j; 0 if all rows are stored."""


@dataclass(frozen=True)
class ArenaPorts:
    """Ports, other than sequences, that are in the arena and share its bytes, in programs that work by rows."""

    inputs: bool = False
    outputs: bool = False


NONE = ArenaPorts()
