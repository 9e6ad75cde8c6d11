"""Integers along an axis: positions of largest values, running sums; and keys of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.formats import MASK, Array, Format, whole_format
from ...core.graph import Op
from ...numerics.fixed import Rescale, rescale
from ..cumsum import Cumsum
from ..lookup import Lookup
from ..position import Position
from .base import Task, quantizes
from .pool import LARGEST


@quantizes(Position)
def position(op: Position, task: Task) -> tuple[Op, Sequence[Format]]:
    """The op itself: integers are ordered like their real values."""
    count = int(task.cores[0][0] or 1)
    if count > LARGEST:
        raise task.refuse(f"it counts {count:,} positions")
    return op, [whole_format(count - 1)]


@dataclass(frozen=True, eq=False)
class IntegerCumsum(Cumsum):
    """y = sat(gain(sum of x - zero) + zero), the sums in 32 bits."""

    source: Format = MASK
    result: Format = MASK
    gain: Rescale | None = None

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        assert self.gain is not None
        total = (inputs[0].astype(np.int64) - self.source.zero).cumsum(axis=1)
        return (self.result.saturated(self.gain(total)),)


@quantizes(Cumsum)
def cumsum(op: Cumsum, task: Task) -> tuple[Op, Sequence[Format]]:
    source, result = task.inputs[0], task.output_format()
    count = int(task.cores[0][0] or 1)
    if count > LARGEST:
        raise task.refuse(f"it sums {count:,} values")
    bound = count * source.reach
    return IntegerCumsum(source, result, rescale(source.scale / result.scale, bound, 1 << result.bits)), [result]


@dataclass(frozen=True, eq=False)
class IntegerLookup(Lookup):
    """The same in integers: keys and values are int32."""


@quantizes(Lookup)
def lookup(op: Lookup, task: Task) -> tuple[Op, Sequence[Format]]:
    most = float(max(np.abs(op.values).max(), abs(op.other)))
    if most > LARGEST:
        raise task.refuse(f"its values reach {most:,.0f}")
    return IntegerLookup(op.keys.astype(np.int32), op.values.astype(np.int32), op.other), [whole_format(int(most))]
