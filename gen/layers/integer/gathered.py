"""Transposed and local convolutions, and resizing, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...core.formats import Array, Format
from ...core.graph import Op
from ...numerics.fixed import round_shift
from ..local import Local, OfPositions
from ..resize import Resize
from ..transposed import Spreading, TransposedConvolution
from .base import Task, quantizes
from .convolution import IntegerFiltering, filtering

LARGEST = 32760
"""Largest sum of an output's weights: a little below 2^15, because some are rounded up."""


@dataclass(frozen=True, eq=False)
class IntegerTransposed(Spreading, IntegerFiltering):
    """:class:`TransposedConvolution` in integers; places of a window without an input hold the zero point."""

    kind: ClassVar[str] = "integer_transposed_convolution"


@dataclass(frozen=True, eq=False)
class IntegerLocal(OfPositions, IntegerFiltering):
    """:class:`Local` in integers, with one group per position."""


@dataclass(frozen=True, eq=False)
class IntegerResize(Resize):
    """``sat(round_shift(sum of weights (x - zero), post) + zero)``; a sum is below 2^30.

    Args:
        source, result: the formats of x and y.
        post: the weights, with the ratio of the scales in them, are in units of ``2^-post``.
    """

    source: Format
    result: Format
    post: int

    @property
    def reach(self) -> tuple[int, int]:
        """The bounds of a sum, or a part of it."""
        most = int(np.abs(self.weights.astype(np.int64)).sum(axis=1).max())
        far = max(self.source.high - self.source.zero, self.source.zero - self.source.low)
        return -most * far, most * far

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0].astype(np.int64) - self.source.zero
        parts = self.weights.astype(np.int64).reshape(*self.weights.shape, *(1,) * (x.ndim - 2))
        total = (x[:, self.places] * parts).sum(axis=2)
        return (self.result.saturated(round_shift(total, self.post)),)


@quantizes(TransposedConvolution, Local)
def gathered(op: TransposedConvolution | Local, task: Task) -> tuple[Op, Sequence[Format]]:
    form = IntegerLocal if isinstance(op, Local) else IntegerTransposed
    return filtering(form, op, task, task.numeric)


@quantizes(Resize)
def resize(op: Resize, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    gains = op.weights.astype(np.float64) * (source.scale / result.scale)
    largest = np.abs(gains).sum(axis=1).max()
    if not 0 < largest < LARGEST:
        raise task.refuse("its inputs are too large beside its outputs for 16-bit multipliers")
    post = min(30, int(np.floor(np.log2(LARGEST / largest))))
    parts = np.round(gains * 2.0**post).astype(np.int16)
    return IntegerResize(op.places, parts, source, result, post), [result]
