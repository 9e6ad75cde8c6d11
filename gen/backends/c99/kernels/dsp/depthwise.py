"""Depthwise convolution of int8 over three rows, channel by channel in planes: one row of outputs at a time."""

from __future__ import annotations

from typing import ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.integer.convolution import IntegerDepthwise
from ...windows import WindowAxis, rows_of
from ..base import Layer, LayerKernel, Product
from .streams import halfwords, rounding, to_bytes

TAPS = 3
"""Rows and columns of the window."""
CHANNELS = 4
"""Channels that are unpacked together: a word of bytes."""
STRIDES = (1, 2)
FAR = 4095
"""Limit of a store's offset, which must reach the next column; and of the number that is added at once."""
COLUMNS = 100
"""Largest number of columns of the input: the planes of four channels, six bytes per column each, are on the stack."""


class Planes(LayerKernel):
    """Windows of three by three. A word has the first two rows of a column, another the third row of two columns. Three
    further words give two more outputs, with eleven multiplications for eighteen products."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_depthwise",)
    by_rows = True

    def takes(self, f: Layer) -> bool:
        op = cast(IntegerDepthwise, f.op)
        across, along = op.windows[-1], op.windows[0]
        shape = (len(op.windows), op.multiplier, across.kernel, across.dilation, along.kernel, op.filters % CHANNELS)
        if shape != (2, 1, TAPS, 1, TAPS, 0) or not f.asm or not to_bytes(op, f.dtypes_in[0]):
            return False
        line = rows_of(op.windows, f.ins[0], f.outs[0]).inner
        inside = 0 <= line.window.left <= 1 and border(line) <= 1 and op.filters <= FAR
        return inside and line.window.stride in STRIDES and line.n <= COLUMNS

    def products(self, f: Layer) -> tuple[Product, Product]:
        """The functions that unpack four channels of a row, and that multiply them."""
        op = cast(IntegerDepthwise, f.op)
        r = rows_of(op.windows, f.ins[0], f.outs[0])
        line, shifts, channels = r.inner, op.own.rescale(0).shifts, r.channels
        left, stride = line.window.left, line.window.stride
        read = min(line.n, columns(line) - left)
        spread = Product(
            0, channels, "int32", "int8", "int32", f"spread_{read}_{left}_{words(line)}",
            "spread", 1, self, read, (left, 0), words(line),
        )  # fmt: skip
        name = f"depthwise_{line.count}x{channels}_{stride}_{shifts[0]}_{shifts[1]}_dsp"
        return spread, Product(
            0, channels, "int32", "int8", "int32", name, "channels", 1, self, line.count, shifts, stride,
        )  # fmt: skip

    def pack(self, op: IntegerDepthwise) -> Array:
        """For each channel: the first two rows' weights by columns, the third row's, the multiplier in a word with the
        last of these, the bias, the rounding term."""
        w = op.own.weights.T.reshape(-1, TAPS, TAPS)
        pairs = [halfwords(w[:, 0, k], w[:, 1, k]) for k in range(TAPS)]
        third = [halfwords(w[:, 2, 0], w[:, 2, 1]), halfwords(w[:, 2, 2], op.own.multipliers)]
        return np.stack([*pairs, *third, op.own.starts()[0], np.full(len(w), rounding(op))], axis=1).astype(np.int32)


def columns(line: WindowAxis) -> int:
    """Columns in the windows of a row, including the padding."""
    return line.window.stride * (line.count - 1) + TAPS


def border(line: WindowAxis) -> int:
    """Columns of padding after the last of the input."""
    return columns(line) - line.window.left - line.n


def words(line: WindowAxis) -> int:
    """Words of a channel's plane: three for each two columns."""
    return 3 * ((columns(line) + 1) // 2)


KERNELS = (Planes(),)
