"""Reverse: a sequence with its time axis reversed (go_backwards, Bidirectional)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.graph import Array
from ..core.op import View, Walk
from .base import SameCore


@dataclass(frozen=True, eq=False)
class Reverse(SameCore):
    """Core: (time, ...). In C it costs nothing if a loop can read from the end."""

    view: ClassVar[View] = View.REVERSED
    moves: ClassVar[bool] = True

    @property
    def walk(self) -> Walk:
        return Walk()

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (inputs[0][:, ::-1],)
