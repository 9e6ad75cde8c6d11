"""Depthwise convolutions along channels: a vector of sums at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm, prod
from typing import Any, ClassVar, cast

import numpy as np

from .....core.formats import Array
from ...windows import rows_of
from ..base import Layer, LayerKernel
from ..lanes.bytes import LANES

TAPS = 32
"""Most places of a window: each is a statement."""
PERIOD = 256
"""Most values of a row that have weights of their own where positions lie side by side in lanes."""
ROOM = 1 << 15
"""Most bytes of inputs that are laid out at once, on the stack."""


@dataclass(frozen=True)
class Lay:
    """How a row's inputs lie.

    Args:
        pitch: values of each row of inputs, with padding. slack: values behind all, which are read for nothing.
        places: of the window, from its first position's.
        period: outputs whose weights differ: all channels, of as many positions as fill lanes.
        step: inputs from one period to the next.
        repeats: positions in a period.
    """

    pitch: int
    slack: int
    places: tuple[int, ...]
    period: int
    step: int
    repeats: int


class Depthwise(LayerKernel):
    """A filter a channel. Rows are laid out with their padding; where windows move by one position, positions are as
    further channels, so that few channels fill lanes too."""

    template = "depthwise.mako"
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
            return types == ("int8", "int8", "int16") and own.weights.min(initial=0) >= -127 and self._fits(f)
        return f.storage.name == "float32" and self._fits(f)

    def _fits(self, f: Layer) -> bool:
        lay, taps = self.lay(f), cast(Any, f.op).windows[-1].kernel
        return bool(len(lay.places) // taps * lay.pitch * (1 if f.integer else 4) <= ROOM)

    def lay(self, f: Layer) -> Lay:
        """The rows that a row of outputs sees."""
        r = rows_of(cast(Any, f.op).windows, f.ins[0], f.outs[0])
        line, w, channels = r.inner, r.inner.window, r.channels
        pitch = ((line.count - 1) * w.stride + w.extent) * channels
        rows = prod(one.window.kernel for one in r.outer)
        places = tuple(row * pitch + tap * w.dilation * channels for row in range(rows) for tap in range(w.kernel))
        whole = lcm(channels, LANES)
        repeats = whole // channels if w.stride == 1 and whole <= PERIOD else 1
        period = repeats * channels
        return Lay(pitch, -(-period // LANES) * LANES, places, period, w.stride * period, repeats)

    def pack(self, values: Array, lay: Lay) -> Array:
        """(places, channels) -> (an even number of places, a period in whole lanes); or both without places."""
        tiled = np.concatenate([values] * lay.repeats, axis=-1)
        return np.pad(tiled, [(0, n % 2) for n in values.shape[:-1]] + [(0, -lay.period % LANES)])


KERNELS = (Depthwise(),)
