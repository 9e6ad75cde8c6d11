"""LSTM and GRU in integers with a unit's values in registers: each gate from its sums to its activation at once."""

from __future__ import annotations

from typing import ClassVar, cast

from .....layers.integer.cells import IntegerGru
from ..base import Layer, LayerKernel


class UnitCell(LayerKernel):
    """Any LSTM; a GRU with its reset after the recurrent kernel."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_lstm", "integer_gru")

    def takes(self, f: Layer) -> bool:
        return f.op.kind == "integer_lstm" or cast(IntegerGru, f.op).reset_after


KERNELS = (UnitCell(),)
