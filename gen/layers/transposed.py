"""Transposed convolution: every input value adds its window to the output; Keras 3
``keras/src/layers/convolutional/base_conv_transpose.py``.

    full[t stride + i dilation, f] += x[t, c] kernel[i, c, f]

of which ``left`` positions are cut off at the start and ``right`` at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from ..core.graph import Array, Shape
from .convolution import Filtering
from .windows import Window, Windowed, taps


class Spreading(Windowed):
    """Windowed in the other direction: each input adds to a window of outputs."""

    def outputs(self, axes: Shape) -> Shape:
        pairs = zip(self.windows, axes, strict=False)
        return tuple(None if n is None else output_length(window, n) for window, n in pairs)

    def multiply(self, x: Array, kernel: Array, fill: float = 0) -> Array:
        """Places of a window without an input count as ``fill``."""
        x = x - fill if fill else x
        sizes = [output_length(w, n) for w, n in zip(self.windows, x.shape[1:], strict=False)]
        wide = [(n - 1) * w.stride + w.extent for w, n in zip(self.windows, x.shape[1:], strict=False)]
        ends = [max(full, w.left + size) for w, full, size in zip(self.windows, wide, sizes, strict=True)]
        total = np.zeros_like(x, shape=(len(x), *ends, self.filters))
        weights = kernel.reshape(taps(self.windows), -1, self.filters)
        for place, w in zip(product(*(range(w.kernel) for w in self.windows)), weights, strict=True):
            cuts = tuple(
                slice(at * window.dilation, at * window.dilation + (n - 1) * window.stride + 1, window.stride)
                for window, at, n in zip(self.windows, place, x.shape[1:], strict=False)
            )
            total[(slice(None), *cuts)] += x @ w
        z = total[(slice(None), *(slice(w.left, w.left + n) for w, n in zip(self.windows, sizes, strict=True)))]
        return z + fill * kernel.sum(axis=0) if fill else z


@dataclass(frozen=True, eq=False)
class TransposedConvolution(Spreading, Filtering):
    """Core (axes..., channels) -> (outputs..., filters); one group. A window's ``left`` and ``right`` are the positions
    of the full output that are cut off; a negative ``right`` adds positions with the bias alone.

    Args:
        kernel: (taps * channels, filters), as in :class:`Convolution`.
        groups: 1.
    """

    def macs(self, *inputs: Shape) -> int:
        return int(np.prod([n or 1 for n in inputs[0][:-1]])) * self.kernel.size


def output_length(window: Window, n: int) -> int:
    """Outputs along an axis of n values."""
    return (n - 1) * window.stride + window.extent - window.left - window.right
