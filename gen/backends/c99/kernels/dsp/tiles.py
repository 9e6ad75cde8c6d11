"""Convolutions and Dense layers of int8 at two positions at once: four rows of both, with byte results."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.integer.convolution import IntegerConvolution
from .....layers.integer.dense import IntegerDense
from ...windows import rows_of
from ..base import LIMIT_24, Layer, LayerKernel, Product, filled
from .halfwords import QUAD
from .streams import fours, halfwords, rounding, to_bytes

INPUTS = 640
"""Largest number of inputs: those of two positions are on the stack, four bytes per input."""


class Tiles(LayerKernel):
    """A word of weights, two inputs of two rows in a halfword each, is loaded once for both positions."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_convolution", "integer_dense")
    by_rows = True
    anywhere = True

    def takes(self, f: Layer) -> bool:
        if f.op.kind == "integer_dense":
            return "forward" not in f.forms and self.each(f)
        op = cast(IntegerConvolution, f.op)
        if len(op.windows) < 2 or op.groups > 1 or op.windows[-1].dilation > 1 or not self._multiplies(f):
            return False
        return rows_of(op.windows, f.ins[0], f.outs[0]).inner.count > 1

    def each(self, f: Layer) -> bool:
        return f.op.kind == "integer_dense" and self._multiplies(f)

    def _multiplies(self, f: Layer) -> bool:
        op = cast(IntegerDense, f.op)
        fits = op.units % QUAD == 0 and op.inputs <= INPUTS and f.asm and to_bytes(op, f.dtypes_in[0])
        return fits and 0 < op.own.bound < LIMIT_24 and int(np.abs(op.own.weights.astype(int)).max(initial=0)) <= 127

    def product(self, op: IntegerDense, code: int = 0) -> Product:
        """The function for all rows at two positions."""
        pre, post = op.own.rescale(0).shifts
        name = f"tile_{op.inputs}_{pre}_{post}_dsp"
        return Product(0, QUAD, "int32", "int8", "int32", name, "tile", 1, self, op.inputs, (pre, post), code=code)

    def pack(self, op: IntegerDense) -> Array:
        """For each four rows: the initial values of their sums, packed in pairs of rows like weights; the weights of
        two inputs in two words; the multipliers; the rounding term."""
        w = op.own.weights.astype(np.int64)
        (full,) = filled(w[None], QUAD)
        words = fours(full[:, 0::2] + 256 * full[:, 1::2], w.shape[1] // QUAD)
        starts = op.own.starts()[0].astype(np.int64).reshape(-1, QUAD)
        starts[:, 1::2] = starts[:, 0::2] + 256 * starts[:, 1::2]
        m = op.own.multipliers.reshape(-1, 2, 2)
        end = np.full((len(starts), 1), rounding(op))
        return np.concatenate([starts, words, halfwords(m[:, :, 0], m[:, :, 1]), end], axis=1).astype(np.int32)


KERNELS = (Tiles(),)
