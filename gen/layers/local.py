"""LocallyConnected: a convolution with another kernel at every position; tf_keras
``tf_keras/src/layers/locally_connected``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.graph import Array, Shape
from ..core.op import Op
from .convolution import Filtering
from .windows import Windowed, taps, views


class OfPositions(Windowed):
    """Windowed, with one group of columns per position."""

    @property
    def filters(self) -> int:
        return int(self.columns.shape[1]) // self.groups

    @property
    def channels(self) -> int:
        return len(self.columns) // taps(self.windows)

    def multiply(self, x: Array, kernel: Array, fill: float = 0) -> Array:
        windows = np.stack(list(views(x, self.windows, fill)), axis=-2)
        flat = windows.reshape(len(x), self.groups, 1, len(kernel))
        weights = kernel.reshape(len(kernel), self.groups, self.filters).transpose(1, 0, 2)
        return (flat @ weights).reshape(*windows.shape[:-2], self.filters)

    def macs(self, *inputs: Shape) -> int:
        return int(self.columns.size)


@dataclass(frozen=True, eq=False)
class Local(OfPositions, Filtering):
    """Core (axes..., channels) -> (outputs..., filters).

    Args:
        kernel: (taps * channels, positions * filters): the filters of a position are contiguous.
        bias: (positions, filters), or None.
        groups: number of positions, each a group of the kernel's columns.
    """

    read = None
    """None: the kernel of each position has other factors for a channel."""

    def then(self, reader: Op) -> Op | None:
        return None
