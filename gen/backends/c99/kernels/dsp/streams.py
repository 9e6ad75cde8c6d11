"""Shared parts of kernels with byte results: the layers that they take, and words of their tables."""

from __future__ import annotations

import numpy as np

from .....core.formats import Array
from .....layers.integer.dense import IntegerDense
from .halfwords import ORDER, QUAD

FARTHEST = 22
"""The largest shift after the multiplication at which the zero point may be added before it, in 32 bits."""
DEEPEST = 23
"""The largest shift of a sum that leaves room for eight more bits."""


def to_bytes(op: IntegerDense, inputs: str) -> bool:
    """Whether a layer's results are only rescaled sums: ``sat8(round(sat16(sum >> pre) m >> post) + zero)``."""
    matrix, types = op.own, (inputs, str(op.own.weights.dtype), op.result.dtype)
    pre, post = matrix.rescale(0).shifts
    plain = op.activation is None and (op.low, op.high) == (-128, 127) and matrix.grouped is None
    return plain and types == ("int8", "int8", "int8") and pre <= DEEPEST and 1 <= post <= FARTHEST


def rounding(op: IntegerDense) -> int:
    """The rounding term of the last shift, plus the zero point."""
    post = op.own.rescale(0).post
    return (1 << post >> 1) + op.result.zero * (1 << post)


def fours(values: Array, quads: int) -> Array:
    """(inputs, rows), or half the columns if rows are packed in pairs -> (fours of rows, words): two of each four
    inputs in a word, in the order in which SXTB16 unpacks bytes."""
    parts = values.reshape(-1, QUAD, quads, values.shape[1] // quads)[:, list(ORDER)]
    parts = parts.reshape(-1, 2, 2, *parts.shape[2:])
    return halfwords(parts[:, :, 0], parts[:, :, 1]).transpose(2, 0, 1, 3).reshape(quads, -1)


def halfwords(low: Array, high: Array) -> Array:
    """Two 16-bit values in a word."""
    words = (low.astype(np.int64) & 0xFFFF) | (high.astype(np.int64) & 0xFFFF) << 16
    return words.astype(np.uint32).view(np.int32)
