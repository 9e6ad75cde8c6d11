"""Dense layers of floats at positions that follow each other, five at once: a load of weights serves all of them."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.dense import Dense
from ..base import Layer, LayerKernel, Product

LANES = 4
POSITIONS = 5
"""Vectors of sums; three are left for weights."""


class Points(LayerKernel):
    """Four units a vector, three inputs a turn."""

    serves = ("float",)
    template = "points.mako"
    kinds: ClassVar[tuple[str, ...]] = ("dense",)

    def takes(self, f: Layer) -> bool:
        return f.forms == {"each"} and self.each(f)

    def each(self, f: Layer) -> bool:
        op = cast(Dense, f.op)
        plain = op.activation.name in ("linear", "relu") and not op.activation.params
        return plain and f.asm and op.units % LANES == 0 and f.storage.name == "float32"

    def product(self, op: Dense) -> Product:
        """The function of all units at five positions."""
        name = f"points_{op.inputs}x{op.units}_{op.activation.name}_mve"
        return Product(
            0, op.units, "float32", "float32", "float32", name, "points", LANES, self, op.inputs,
            (int(op.activation.name == "relu"), 0),
        )  # fmt: skip

    def pack(self, op: Dense) -> Array:
        """[four units][bias, then each input][unit]"""
        bias = np.zeros(op.units, np.float32) if op.bias is None else op.bias
        rows = np.concatenate([bias[None], op.kernel]).astype(np.float32)
        return np.ascontiguousarray(rows.reshape(len(rows), -1, LANES).transpose(1, 0, 2))


KERNELS = (Points(),)
