"""LSTM in integers: the arguments of a unit's gates, computed from all its sums at once."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, cast

from .....layers.integer.cells import IntegerLstm
from ...parts import MatrixPart
from ..base import LIMIT_24, Layer, LayerKernel
from .integer import ByteGemv, fresh

LEAST = 8
"""The least shift after which products fit 24 bits."""


class ByteCell(LayerKernel):
    """An LSTM whose sums fit 24 bits."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_lstm",)

    def takes(self, f: Layer) -> bool:
        op = cast(IntegerLstm, f.op)
        return all(
            one.storage == "int8" and 0 < one.bound < LIMIT_24 and all(scale.post >= LEAST for scale in one.rescales)
            for one in (op.own, op.past)
        )


def begun(part: MatrixPart) -> MatrixPart:
    """A matrix whose sums begin at 0."""
    last = part.products[-1]
    assert isinstance(last.kernel, ByteGemv)
    return replace(part, products=(fresh(last),))


KERNELS = (ByteCell(),)
