"""Winograd's F(2, 3) along rows: for three taps and two outputs, four products instead of six, in integers and exact.

With d the inputs and g the taps, twice the outputs are ``m1 + m2 + m0`` and ``m1 - m2 + m3``, where
``m1 = (d1 + d2) (g0 + g1 + g2)``, ``m2 = (d2 - d1) (g0 - g1 + g2)``, ``m0 = (d0 - d2) 2 g0``, ``m3 = (d3 - d1) 2 g2``
(S. Winograd, Arithmetic complexity of computations, 1980). Everything is linear, so sums are over rows and channels
too.
"""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.integer.convolution import IntegerConvolution
from ...windows import rows_of
from ..base import Layer, LayerKernel, Product
from ..dsp.halfwords import QUAD
from ..dsp.streams import fours, halfwords, rounding, to_bytes

TAPS = 3
COLUMNS = 4
"""Outputs of a turn: two pairs."""
CHANNELS = 12
"""Least number of channels for which the sums before and after pay."""
INPUTS = 256
"""Most inputs of a column: 16 bytes each are on the stack."""
FILTERS = 1364
"""Most filters: a store's offset reaches over three columns of them."""


class Winograd(LayerKernel):
    """Windows of three columns with stride 1, of any number of rows."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_convolution",)
    by_rows = True

    def takes(self, f: Layer) -> bool:
        op = cast(IntegerConvolution, f.op)
        line = op.windows[-1]
        shape = (line.kernel, line.stride, line.dilation, op.groups, op.channels % QUAD, op.units % QUAD)
        if len(op.windows) < 2 or shape != (TAPS, 1, 1, 1, 0, 0) or not f.asm or not to_bytes(op, f.dtypes_in[0]):
            return False
        sizes = op.channels >= CHANNELS and op.inputs // TAPS <= INPUTS and op.units <= FILTERS
        return sizes and op.own.bound < 1 << 29 and rows_of(op.windows, f.ins[0], f.outs[0]).inner.count >= COLUMNS

    def product(self, op: IntegerConvolution) -> Product:
        """The function for all rows at four positions."""
        (pre, post), inputs = op.own.rescale(0).shifts, op.inputs // TAPS
        name = f"winograd_{inputs}x{op.units}_{pre}_{post}_dsp"
        return Product(0, op.units, "int32", "int8", "int32", name, "columns", 1, self, inputs, (pre, post))

    def pack(self, op: IntegerConvolution) -> Array:
        """For each four rows: twice the initial values of their sums; weights of m1, m2, m0; multipliers and rounding
        term; weights of m3; multipliers and rounding term again."""
        g = op.own.weights.astype(np.int64).reshape(-1, TAPS, op.channels, op.units)
        g0, g1, g2 = (g[:, k].reshape(-1, op.units) for k in range(TAPS))
        one, two, zero, three = (fours(u, op.units // QUAD) for u in (g0 + g1 + g2, g0 - g1 + g2, 2 * g0, 2 * g2))
        starts = 2 * op.own.starts()[0].astype(np.int64).reshape(-1, QUAD)
        m = op.own.multipliers.reshape(-1, 2, 2)
        scale = np.concatenate([halfwords(m[:, :, 0], m[:, :, 1]), np.full((len(starts), 1), rounding(op))], axis=1)
        return np.concatenate([starts, one, two, zero, scale, three, scale], axis=1).astype(np.int32)


KERNELS = (Winograd(),)
