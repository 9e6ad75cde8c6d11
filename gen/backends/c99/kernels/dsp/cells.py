"""LSTM and GRU in integers, a unit's values in registers: each gate from its sums to its activation at once."""

from __future__ import annotations

from typing import ClassVar, cast

from .....layers.integer.cells import IntegerGru
from ..base import Layer, LayerKernel


class UnitCell(LayerKernel):
    """Any LSTM; a GRU that resets behind the recurrent kernel."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_lstm", "integer_gru")

    def takes(self, f: Layer) -> bool:
        return f.op.kind == "integer_lstm" or cast(IntegerGru, f.op).reset_after


KERNELS = (UnitCell(),)
