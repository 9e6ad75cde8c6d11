"""Embedding: a row of a table for each index; Keras 3, ``keras/src/layers/core/embedding.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import Array, Op, Shape
from .base import Builder, Spec, Value, cast, only, reads
from .cases import case


@dataclass(frozen=True, eq=False)
class Embedding(Op):
    """Core () -> (width,), and () for the mask where ``mask_zero``. Indices beyond the table take its nearest row."""

    kind: ClassVar[str] = "embedding"

    table: Array
    mask_zero: bool
    factor: int = 1
    """What stored values are multiplied by: 1 but in integers."""

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        del inputs
        return ((int(self.table.shape[1]),), *([()] if self.mask_zero else []))

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        index = np.clip(np.trunc(x), 0, len(self.table) - 1).astype(np.int64)
        mask = [(np.trunc(x) != 0).astype(x.dtype)] if self.mask_zero else []
        values = cast(self.table, x)[index]
        return (values if self.factor == 1 else values * self.factor, *mask)


@reads("Embedding")
def read(builder: Builder, spec: Spec, inputs: Sequence[Value], initial: Sequence[Value]) -> list[Value]:
    del initial
    value = only(builder, inputs)
    mask_zero = bool(spec.config["mask_zero"])
    rank = len(builder.shape(value))
    out, *mask = builder.add(Embedding(spec.weights["embeddings"], mask_zero), [value.tensor], lead=rank)
    return [Value(out, mask[0] if mask and rank else None)]


CASES = tuple(
    case("Embedding", shape, feed="tokens", input_dim=9, output_dim=width, mask_zero=mask)
    for shape in ((), (6,), (None,), (3, 4))
    for width in (1, 5)
    for mask in (False, True)
)
