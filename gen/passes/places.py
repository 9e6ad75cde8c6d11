"""Where values may live, and which ports live in the model's own memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a tensor's first value lies."""

    kind: str
    """``input`` | ``output`` (``index`` counts ports) | ``state`` (``name``) | ``arena`` (``index`` is the offset) |
    ``frames`` (``index`` counts what a stream keeps the last frames of)."""
    index: int = 0
    name: str = ""
    frame: int = 0
    """Values from one time step to the next; 0 where one frame, or a tensor without time, is all there is."""
    size: int = 0
    """Values of one frame, or of the whole where there is no time."""
    dtype: str = "float32"
    ring: int = 0
    """Rows that are kept of a tensor whose rows come and go: row j lies where row j + ring will; 0 where all are."""


@dataclass(frozen=True)
class ArenaPorts:
    """Ports, other than sequences, that lie in the arena and share its bytes: of programs that go by rows."""

    inputs: bool = False
    outputs: bool = False


NONE = ArenaPorts()
