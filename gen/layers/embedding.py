"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.formats import Format, index_format
from ..core.graph import Array, Op, Shape
from ..numerics.storage import INT4
from .base import cast
from .cases import cases, each


@dataclass(frozen=True, eq=False)
class Embedding(Op):
    """Core () -> (width,), and () for the mask where ``mask_zero``. Indices beyond the table take its nearest row."""

    kind: ClassVar[str] = "embedding"
    stored: ClassVar[Mapping[str, int]] = {"table": 1}

    table: Array
    mask_zero: bool
    factor: int = 1
    """What stored values are multiplied by: 1 but in integers."""
    multiples: Array | None = None
    """Of integers in 4 bits, (rows, groups): what the values of each 32 of a row are multiples of, -7 to 7 times."""

    @property
    def quarters(self) -> Array | None:
        """The table as it is stored in 4 bits; None where it is not."""
        if self.multiples is None:
            return None
        each = np.repeat(self.multiples, INT4.group or 1, axis=1)[:, : self.table.shape[1]]
        return INT4.grouped_rows(self.table // np.maximum(each, 1), self.multiples)

    def arrays(self) -> dict[str, Array]:
        return {"table": self.table if self.quarters is None else self.quarters}

    @property
    def raw(self) -> Mapping[int, Format]:
        return {0: index_format(self.indices)}

    @property
    def indices(self) -> int:
        return len(self.table)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return ((int(self.table.shape[1]),), *([()] if self.mask_zero else []))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        index = np.clip(np.trunc(x), 0, len(self.table) - 1).astype(np.int64)
        mask = [(np.trunc(x) != 0).astype(x.dtype)] if self.mask_zero else []
        values = cast(self.table, x)[index]
        return (values if self.factor == 1 else values * self.factor, *mask)


SIZES = each(input_dim=(9,), output_dim=(1, 5), mask_zero=(False, True))
CASES = tuple(cases("Embedding", (), (6,), (None,), (3, 4), options=SIZES, feeds=["tokens"]))
