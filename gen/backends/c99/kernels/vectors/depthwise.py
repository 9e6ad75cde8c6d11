"""Depthwise convolutions along channels: one vector of sums at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm, prod
from typing import Any, ClassVar, cast

import numpy as np

from .....core.formats import Array
from ...windows import rows_of
from ..base import Layer, LayerKernel
from .tiles import FOUR, LANES

TAPS = 32
"""Largest number of places of a window: each is a statement."""
PERIOD = 256
"""Largest number of values of a row with weights of their own, if positions are side by side in lanes."""
ROOM = 1 << 15
"""Most bytes of inputs that are laid out at once, on the stack."""


@dataclass(frozen=True)
class Lay:
    """The layout of a row's inputs.

    Args:
        pitch: values of each row of inputs, with padding.
        slack: values after all rows, which are read but not used.
        places: places of the window, relative to its first position; for bytes, places of fours.
        period: outputs with different weights: all channels, of as many positions as fill lanes.
        step: inputs from one period to the next.
        repeats: positions in a period.
        fours: window places of adjacent bytes; None stands for a weight of zero.
        sources: the place of the first byte of each, for each run of fours.
        wide: number of fours of a run.
    """

    pitch: int
    slack: int
    places: tuple[int, ...]
    period: int
    step: int
    repeats: int
    fours: tuple[tuple[int | None, ...], ...] = ()
    sources: tuple[tuple[int, ...], ...] = ()
    wide: int = 0


NARROW = 8
"""Most positions of a row that are computed at once, each in a register."""


class Depthwise(LayerKernel):
    """One filter per channel. Rows are laid out with their padding. If windows move by one position, positions are
    treated as further channels, so that few channels fill lanes too."""

    maths = ("fast", "libm")
    kinds: ClassVar[tuple[str, ...]] = ("integer_depthwise", "depthwise")
    by_rows = True

    def takes(self, f: Layer) -> bool:
        op = cast(Any, f.op)
        if op.multiplier > 1 or prod(w.kernel for w in op.windows) > TAPS or (f.by_rows and len(op.windows) == 1):
            return False
        if f.integer:
            own = op.own
            types = (f.dtypes_in[0], str(own.weights.dtype), own.multipliers.dtype.name)
            bound = own.bound + 128 * 127 * len(own.weights) < 1 << 31
            return types == ("int8", "int8", "int16") and own.weights.min(initial=0) >= -127 and bound and self._fits(f)
        return f.storage.name == "float32" and self._fits(f)

    def _fits(self, f: Layer) -> bool:
        lay = self.lay(f)
        return self.end(f) * (1 if f.integer else 4) + FOUR * len(lay.sources) * lay.wide <= ROOM

    def readers(self, f: Layer) -> list[tuple[int, list[tuple[int, int]]]]:
        """For a narrow row of floats, whose inputs are not laid out: each column of the input, with the positions that
        read it and their places along the row. Empty for other rows."""
        r = rows_of(cast(Any, f.op).windows, f.ins[0], f.outs[0])
        w, count = r.inner.window, r.inner.count
        if f.integer or r.channels % LANES or count > NARROW or not r.outer:
            return []
        places = [(w.start(k) + tap * w.dilation, (k, tap)) for k in range(count) for tap in range(w.kernel)]
        seen = [(n, [place for column, place in places if column == n]) for n in range(r.inner.n)]
        used = {tap for _, there in seen for _, tap in there}
        return seen if len(used) == w.kernel else []

    def end(self, f: Layer) -> int:
        """Number of values in all rows that a row of outputs reads."""
        return self.lay(f).pitch * prod(int(w.kernel) for w in cast(Any, f.op).windows[:-1])

    def lay(self, f: Layer) -> Lay:
        """The layout of the rows that a row of outputs reads. Bytes of four rows are side by side, or of one row at
        four places."""
        r = rows_of(cast(Any, f.op).windows, f.ins[0], f.outs[0])
        line, w, channels = r.inner, r.inner.window, r.channels
        pitch = ((line.count - 1) * w.stride + w.extent) * channels
        rows, tap = prod(one.window.kernel for one in r.outer), w.dilation * channels
        period_lanes = lcm(channels, LANES)
        repeats = period_lanes // channels if w.stride == 1 and period_lanes <= PERIOD else 1
        period = repeats * channels
        lay = Lay(pitch, -(-period // LANES) * LANES, (), period, w.stride * period, repeats)
        if not f.integer:
            return replace(lay, places=tuple(row * pitch + k * tap for row in range(rows) for k in range(w.kernel)))
        many, distance = (rows, pitch) if rows > 1 else (w.kernel, tap)
        runs = [[row if row < many else None for row in range(k, k + FOUR)] for k in range(0, many, FOUR)]
        wide = pitch if rows > 1 else pitch - (w.extent - 1) * channels
        taps = w.kernel if rows > 1 else 1
        return replace(
            lay,
            places=tuple(run * wide + k * tap for run in range(len(runs)) for k in range(taps)),
            fours=tuple(tuple(n if n is None else n * taps + k for n in run) for run in runs for k in range(taps)),
            sources=tuple(tuple((n or 0) * distance for n in run) for run in runs),
            wide=wide,
        )

    def pack(self, values: Array, lay: Lay) -> Array:
        """From (..., channels) to (..., a period padded to whole lanes)."""
        tiled = np.concatenate([values] * lay.repeats, axis=-1)
        return np.pad(tiled, [(0, 0)] * (values.ndim - 1) + [(0, -lay.period % LANES)])

    def weights(self, values: Array, lay: Lay) -> Array:
        """From (places, channels) to (places, a period in whole lanes); for bytes to (fours, a period, four)."""
        if not lay.fours:
            return self.pack(values, lay)
        full = np.concatenate([values, np.zeros_like(values[:1])])
        sides = [self.pack(full[[len(values) if n is None else n for n in four]], lay).T for four in lay.fours]
        return np.ascontiguousarray(np.array(sides)).reshape(len(sides), -1)


KERNELS = (Depthwise(),)
