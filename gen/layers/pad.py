"""Zeros added at the ends of axes, or values removed there: ZeroPadding and Cropping."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..core.graph import Array, Op, Shape
from ..core.op import Walk
from .convolution import Convolution

Ends = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Pad(Op):
    """Core (axes..., rest): ``ends`` has, for each of the first axes, the number of zeros before and after it; a
    negative number removes values."""

    moves: ClassVar[bool] = True

    ends: Ends
    zero: int = 0
    """The value of the padding: the zero point in integers."""

    @property
    def walk(self) -> Walk | None:
        return Walk(padding=self.ends[0]) if any(self.ends[0]) else None

    def then(self, reader: Op) -> Op | None:
        """Zeros before a convolution become its padding."""
        if not isinstance(reader, Convolution) or len(reader.windows) != len(self.ends):
            return None
        windows = tuple(
            replace(window, left=window.left + a, right=window.right + b)
            for window, (a, b) in zip(reader.windows, self.ends, strict=True)
        )
        cut = any(amount < 0 for ends in self.ends for amount in ends)
        outside = any(max(w.left, w.right) >= w.extent for w in windows)
        return None if cut or outside else replace(reader, windows=windows)

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        first = (None if n is None else n + sum(ends) for n, ends in zip(inputs[0], self.ends, strict=False))
        return ((*first, *inputs[0][len(self.ends) :]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        return (padded(inputs[0], self.ends, self.zero),)


def padded(x: Array, ends: Ends, value: int) -> Array:
    """x (samples, axes..., rest) with a value added at the ends of axes, or cut there."""
    cuts = [slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape[1:], ends, strict=False)]
    pads = [(max(a, 0), max(b, 0)) for a, b in ends]
    rest = [(0, 0)] * (x.ndim - 1 - len(ends))
    return np.pad(x[(slice(None), *cuts)], [(0, 0), *pads, *rest], constant_values=value)
