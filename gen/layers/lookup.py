"""Lookup: a number for each key of a table; Keras 3 ``keras/src/layers/preprocessing/index_lookup.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.graph import Array
from .base import SameCore, cast


@dataclass(frozen=True, eq=False)
class Lookup(SameCore):
    """For each value ``values[k]`` if it equals ``keys[k]``, else ``other``; integers, exact up to 2^24."""

    keys: Array
    values: Array
    other: float

    @property
    def indices(self) -> int:
        """The largest key plus two, so that one index is not a key."""
        return int(self.keys.max()) + 2

    def integral(self, wholes: Sequence[bool]) -> bool:
        return True

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        order = np.argsort(self.keys)
        place = np.searchsorted(self.keys[order], x).clip(0, len(self.keys) - 1)
        nearest = order[place]
        return (np.where(cast(self.keys, x)[nearest] == x, cast(self.values, x)[nearest], x.dtype.type(self.other)),)
