"""Dense layers and convolutions of floats at consecutive positions, five at once: one load of weights serves all of
them."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.convolution import Convolution
from .....layers.dense import Dense
from ...windows import rows_of
from ..base import Layer, LayerKernel, Product

LANES = 4
POSITIONS = 5
"""Number of vectors of sums; three are left for weights."""
INPUTS = 64
"""Largest number of inputs of a convolution, whose windows of five positions are on the stack: with more inputs, a row
of a window is long enough to be multiplied in place."""


class Points(LayerKernel):
    """Four units per vector, three inputs per turn."""

    kinds: ClassVar[tuple[str, ...]] = ("dense", "convolution")
    by_rows = True

    def takes(self, f: Layer) -> bool:
        if f.op.kind == "dense":
            return f.forms == {"each"} and self.each(f)
        op = cast(Convolution, f.op)
        fits = len(op.windows) > 1 and op.groups == 1 and len(op.kernel) <= INPUTS and self._multiplies(f)
        return fits and rows_of(op.windows, f.ins[0], f.outs[0]).inner.count >= POSITIONS

    def each(self, f: Layer) -> bool:
        return f.op.kind == "dense" and self._multiplies(f)

    def _multiplies(self, f: Layer) -> bool:
        op = cast(Dense, f.op)
        plain = op.activation.name in ("linear", "relu") and not op.activation.params
        return plain and f.asm and op.kernel.shape[1] % LANES == 0 and f.storage.name == "float32"

    def product(self, op: Dense | Convolution) -> Product:
        """The function for all units at five positions."""
        inputs, units = op.kernel.shape
        name = f"points_{inputs}x{units}_{op.activation.name}_mve"
        return Product(
            0, units, "float32", "float32", "float32", name, "points", LANES, self, inputs,
            (int(op.activation.name == "relu"), 0),
        )  # fmt: skip

    def pack(self, op: Dense | Convolution) -> Array:
        """[four units][bias, then each input][unit]"""
        bias = np.zeros(op.kernel.shape[1], np.float32) if op.bias is None else op.bias
        rows = np.concatenate([bias[None], op.kernel]).astype(np.float32)
        return np.ascontiguousarray(rows.reshape(len(rows), -1, LANES).transpose(1, 0, 2))


KERNELS = (Points(),)
