"""Convolutions, and Dense layers at consecutive positions: several positions times a block of filters."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, cast

import numpy as np

from .....core.formats import Array
from .....layers.integer.matrix import Matrix
from .....layers.windows import Window
from ...blocks import Blocks
from ...windows import WindowAxis, rows_of
from ..base import PART, Layer, LayerKernel, Product

NARROW, WIDE = 16, 32
"""Filters of a block: one or two of the widest vectors."""
FEWEST = 8
"""Least number of filters for which a block pays; of positions that must have room; of floats in a run."""
MANY = 24
"""Number of which the positions of a part of a row are a multiple: it is a multiple of every kernel's number of
positions."""
FOUR = 4
"""Number of byte inputs whose products are summed at once."""
ROOM = 1 << 15
"""Most bytes of inputs that are laid out at once, on the stack."""
MOST, FEW = 16, 12
"""Most positions of a tile of floats, and of one of bytes, in which each position also takes a register of inputs."""
ALIGN = 64
LANES = 16
"""Values of a vector; data along channels is padded with zeros to a multiple of it."""


@dataclass(frozen=True)
class Tile:
    """The layout of a layer's inputs, in values.

    Args:
        positions: number of outputs of a row whose inputs are laid out at once.
        rows: number of rows of inputs, one after the other.
        pitch: values of each.
        places: the starts of the first position's runs; those of the next position are ``step`` further on.
        run: inputs of a run; byte runs are padded to multiples of four by weights of zero.
        part: number of runs that have their own sum.
    """

    positions: int
    rows: int
    pitch: int
    places: tuple[int, ...]
    step: int
    run: int
    part: int


class VectorTiles(LayerKernel):
    """Inputs are laid out with their padding, bytes as unsigned, and multiplied in place: one load of weights serves
    all positions, one of inputs all filters."""

    maths = ("fast", "libm")
    kinds: ClassVar[tuple[str, ...]] = ("integer_convolution", "integer_dense", "convolution", "dense")
    by_rows = True
    anywhere = True

    def takes(self, f: Layer) -> bool:
        op = cast(Any, f.op)
        if f.op.kind.endswith("dense"):
            alone = "forward" in f.forms
            return self.each(f) and (not alone or (f.integer and len(f.forms) == 1 and op.inputs >= MANY))
        if op.groups > 1 or not self._multiplies(f) or (f.by_rows and len(op.windows) == 1):
            return False
        return self.tile(f).positions >= min(FEWEST, max(2, int(f.outs[0][-2] or 0)))

    def each(self, f: Layer) -> bool:
        return f.op.kind.endswith("dense") and self._multiplies(f) and self.tile(f).positions >= FEWEST

    def _multiplies(self, f: Layer) -> bool:
        op = cast(Any, f.op)
        if not f.integer:
            return f.storage.name == "float32" and op.kernel.shape[1] >= FEWEST
        own = op.own
        types = (f.dtypes_in[0], own.storage, own.multipliers.dtype.name)
        sizes = np.abs(own.weights.astype(np.int64))
        excess, pairs = 128 * int(sizes.sum(axis=0).max(initial=0)), int(sizes.max(initial=0)) <= 127
        return types == ("int8", "int8", "int16") and len(sizes.T) >= FEWEST and pairs and own.bound + excess < 1 << 31

    def tile(self, f: Layer) -> Tile:
        """The inputs of a row of outputs, or of as many outputs as have room; a vector of a Dense layer is a
        position."""
        op = cast(Any, f.op)
        if f.op.kind.endswith("dense"):
            line, rows, channels = WindowAxis(Window(1), MANY, 1 << 20), 1, int(op.inputs)
        else:
            r = rows_of(op.windows, f.ins[0], f.outs[0])
            line, rows, channels = r.inner, prod(one.window.kernel for one in r.outer), r.channels
        w, room = line.window, ROOM // ((1 if f.integer else 4) * rows * channels)
        most = (room - w.extent) // w.stride + 1
        positions = min(line.count, most // MANY * MANY or most)
        pitch = ((positions - 1) * w.stride + w.extent) * channels
        line_of, taps = (w.kernel * channels, 1) if w.dilation == 1 else (channels, w.kernel)
        run = line_of if f.integer else run_of(line_of)
        places = tuple(
            row * pitch + tap * w.dilation * channels + first
            for row in range(rows)
            for tap in range(taps)
            for first in range(0, line_of, run)
        )
        part = len(places) if f.integer else max(1, PART // run)
        return Tile(positions, rows, pitch, places, w.stride * channels, run, part)

    def blocks(self, f: Layer) -> Blocks:
        """Blocks of filters."""
        filters = int(f.outs[0][-1] or 0)
        return Blocks(filters, NARROW if filters <= NARROW else WIDE, 1)

    def product(self, f: Layer) -> Product:
        """The function for a block's sums at several positions."""
        kind, sums = ("int8", "int32") if f.integer else ("float32", "float32")
        rows, name = self.blocks(f).rows, "bytes" if f.integer else "floats"
        return Product(0, rows, kind, kind, sums, f"tile_{name}_{rows}", "tile", 1, self)

    def pack(self, values: Array, tile: Tile, blocks: Blocks) -> Array:
        """From (inputs, filters) to (blocks, values): all filters of each input, or of each four inputs."""
        runs = values.reshape(len(tile.places), tile.run, -1)
        if values.dtype.kind != "i":
            return blocks.pack(values).reshape(blocks.count, -1)
        full = np.pad(runs, ((0, 0), (0, -tile.run % FOUR), (0, 0))).reshape(-1, values.shape[1])
        packed = blocks.pack(full).reshape(blocks.count, -1, FOUR, blocks.rows)
        return np.ascontiguousarray(packed.transpose(0, 1, 3, 2)).reshape(blocks.count, -1)


def begins(own: Matrix, more: int) -> Array:
    """(rows,): the initial values of sums, if each input is increased by ``more``."""
    sums = own.bias + own.halves - more * own.weights.astype(np.int64).sum(axis=0)
    return cast(Array, sums.astype(np.int32))


def run_of(inputs: int) -> int:
    """Floats of a run: the largest divisor of ``inputs`` that fits a part of a sum, or all of them."""
    size = max(n for n in range(1, PART + 1) if inputs % n == 0)
    return size if size >= FEWEST else inputs


KERNELS = (VectorTiles(),)
