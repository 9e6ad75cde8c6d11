"""Fixed per-channel scaling: BatchNormalization at inference, Normalization, Rescaling.

    y = (x - center) scale + offset

The centre is subtracted first, as Keras does: folding it into the offset would lose digits if the mean is large
compared with the deviation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..core.graph import Array, Op, Shape, known
from .base import EachValue, cast


@dataclass(frozen=True, eq=False)
class Normalize(EachValue):
    """Each of center, scale, offset broadcasts to the core; None if it does nothing."""

    center: Array | None
    scale: Array | None
    offset: Array | None

    def usual(self, x: Array) -> Array:
        """Values with the mean ``center`` and the deviation ``1 / scale``, or 1 for a scale of 0."""
        scale = np.float32(1) if self.scale is None else np.where(self.scale == 0, np.float32(1), self.scale)
        return x / scale + (0 if self.center is None else self.center)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        if self.center is not None:
            x = x - cast(self.center, x)
        if self.scale is not None:
            x = x * cast(self.scale, x)
        if self.offset is not None:
            x = x + cast(self.offset, x)
        return (x,)

    def into(self, kernel: Array, bias: Array | None) -> tuple[Array, Array] | None:
        """The kernel (inputs, rows) and bias of a layer that computes its rows and then this scaling. None if this does
        not scale rows, or the result overflows float32.

        After a matrix no digits are lost: its sums are as large as the centre either way.
        """
        parts = [p for p in (self.center, self.scale, self.offset) if p is not None]
        rows = kernel.shape[1]
        if any(p.size not in (1, rows) or p.shape[-1] != p.size for p in parts):
            return None
        center, scale, offset = (
            np.broadcast_to(np.float64(neutral) if p is None else p.astype(np.float64).reshape(-1), rows)
            for p, neutral in ((self.center, 0), (self.scale, 1), (self.offset, 0))
        )
        start = np.zeros(rows) if bias is None else bias.astype(np.float64)
        with np.errstate(over="ignore"):
            folded = (kernel * scale).astype(np.float32), ((start - center) * scale + offset).astype(np.float32)
        return folded if all(np.isfinite(p).all() for p in folded) else None

    @property
    def read(self) -> Array | None:
        return None if self.scale is None or self.scale.ndim != 1 else self.scale[:, None]

    def fed(self, gain: Array, offset: Array | None) -> Op | None:
        center = (0.0 if self.center is None else self.center.astype(np.float64)) - (0.0 if offset is None else offset)
        scale = gain if self.scale is None else self.scale.astype(np.float64) * gain
        return replace(self, center=np.asarray(center / gain), scale=scale)

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        scale = (1.0 if self.scale is None else self.scale.astype(np.float64)) / gain
        start = 0.0 if self.offset is None else self.offset.astype(np.float64)
        return replace(self, scale=scale, offset=(start - offset) / gain)

    def macs(self, *inputs: Shape) -> int:
        return int(np.prod([axis or 1 for axis in inputs[0]])) if known(inputs[0]) else 0
