"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from ..numerics.groups import Grouped
from .base import cast


@dataclass(frozen=True, eq=False)
class Embedding(Op):
    """Core () -> (width,), and with ``mask_zero`` () for the mask. Indices beyond the table take its nearest row."""

    stored: ClassVar[Mapping[str, int]] = {"table": 1}

    table: Array
    mask_zero: bool
    factor: int = 1
    """Factor of the stored values: 1, except in integers."""
    grouped: Grouped | None = None
    """For integers of less than 8 bits: the transposed table as it is stored, (width, rows)."""

    @property
    def stored_table(self) -> Array:
        """The table as it is stored."""
        return self.table if self.grouped is None else self.grouped.bytes

    def arrays(self) -> dict[str, Array]:
        return {"table": self.stored_table}

    @property
    def indices(self) -> int:
        return len(self.table)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((int(self.table.shape[1]),), *([()] if self.mask_zero else []))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        index = np.clip(np.trunc(x), 0, len(self.table) - 1).astype(np.int64)
        mask = [(np.trunc(x) != 0).astype(x.dtype)] if self.mask_zero else []
        values = cast(self.table, x)[index]
        return (values if self.factor == 1 else values * self.factor, *mask)
